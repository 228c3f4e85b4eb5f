"""Where the library and the reporter lie that belong to this package."""

import os

LIBRARY = "libfdpreload.so"
DAEMON = "fdpreloadd"

_HERE = os.path.dirname(os.path.abspath(__file__))

try:
    # Written by `make install`: its $(libdir), as seen from here.
    from fdpreload._installed import libdir as _libdir
except ImportError:
    _libdir = None


def library():
    """The path of libfdpreload.so; None if it lies at none of candidates()."""
    for path in candidates():
        if os.path.isfile(path):
            return path
    return None


def candidates():
    """Where libfdpreload.so may lie, best first: in the package (a wheel), or where
    `make install` has put it."""
    directories = [_HERE]
    if _libdir:
        directories.append(os.path.normpath(os.path.join(_HERE, _libdir)))
    return [os.path.join(directory, LIBRARY) for directory in directories]


def daemon():
    """The path of the reporter if it lies in the package, else None: then the library
    knows where."""
    path = os.path.join(_HERE, DAEMON)
    return path if os.access(path, os.X_OK) else None


def program(name):
    """The path of the program NAME of the package, which need not exist."""
    return os.path.join(_HERE, name)
