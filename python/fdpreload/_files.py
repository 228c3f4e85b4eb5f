"""Where output goes: files, descriptors, sys.stderr; and that a file lives as long
as something is to be written to it."""

import errno
import os
import sys
import warnings

from fdpreload import _signatures

INT_MAX = 0x7fffffff

_BAD_NUMBER = ("file is not a valid file descriptor" if _signatures.RUNNING >= (3, 12)
               else "file is not a valid file descripter")
_NO_STDERR = ("lost sys.stderr" if _signatures.RUNNING >= (3, 14)
              else "unable to get sys.stderr")

# The backport takes 0 for a failure of fileno().
_LOWEST = 1 if _signatures.RUNNING < (3,) else 0

# What is to be written to a file, and the file: see hold().
_held = {}


def _of_number(number):
    if isinstance(number, bool) and _signatures.RUNNING >= (3, 13):
        # Seen from whoever called the function of the package.
        warnings.warn("bool is used as a file descriptor", RuntimeWarning, stacklevel=4)
    too_large = not -INT_MAX - 1 <= number <= INT_MAX
    if too_large and _signatures.RUNNING >= (3,):
        raise OverflowError("Python int too large to convert to C int")
    if too_large or number < 0:
        raise ValueError(_BAD_NUMBER)
    return int(number)


def _of_object(file):
    number = file.fileno()
    # A long of Python 2 is none either.
    if not isinstance(number, int) or not _LOWEST <= number < INT_MAX:
        raise RuntimeError("file.fileno() is not a valid file descriptor")
    try:
        file.flush()
    except Exception:
        # What it still has in its buffer comes later then; faulthandler goes on too.
        pass
    return int(number)


def descriptor(file):
    """The descriptor of FILE, and the object to keep with it, which may be None.

    file    None for sys.stderr, a number, or an object with fileno(); its flush() is
            called, and may fail
    Raises what faulthandler raises: RuntimeError, ValueError, OverflowError, what
    fileno() raises, AttributeError without it.
    """
    if file is None:
        if not hasattr(sys, "stderr"):
            raise RuntimeError(_NO_STDERR)
        file = sys.stderr
        if file is None:
            raise RuntimeError("sys.stderr is None")
    elif isinstance(file, int):
        return _of_number(file), None
    return _of_object(file), file


def arm(call, number, *arguments):
    """CALL(NUMBER, *ARGUMENTS), and again with /dev/null if NUMBER is not open.

    faulthandler takes any number, and its output is lost if nothing is open there.
    """
    result = call(number, *arguments)
    if result != -errno.EBADF:
        return result
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        return call(nowhere, *arguments)
    finally:
        os.close(nowhere)


def hold(what, file):
    """Keeps FILE, or nothing if it is None, until WHAT is released or held anew.

    A file that nobody else knows would be closed by its end, and its number be used
    for another.
    """
    _held[what] = file


def release(what):
    """The end of hold(WHAT); none is fine."""
    _held.pop(what, None)
