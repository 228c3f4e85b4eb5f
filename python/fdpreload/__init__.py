"""faulthandler, done from outside of the process: the Python side of fdpreload.

The functions are those of the standard module faulthandler, with the signatures,
defaults and errors that it has in the version of Python that runs; what they ask
for is done by libfdpreload.so and its reporter, which have to be there:

    python -m fdpreload app.py            or   LD_PRELOAD=libfdpreload.so python app.py

    import fdpreload
    fdpreload.install()                   `import faulthandler` now gives this package
    fdpreload.dump_traceback_later(30, name="request 17")

Without the library each function that needs it raises RuntimeError; importing the
package is always possible.  Keywords that faulthandler does not have (name, full)
are keyword-only.  On Python 2.7 the functions are those of the backport, faulthandler
3.2.
"""

from fdpreload import _original
from fdpreload._extensions import annotate, heartbeat
from fdpreload._functions import *  # noqa: F401,F403: as many as the version has
from fdpreload._functions import __all__ as _of_faulthandler
from fdpreload._install import install, uninstall
from fdpreload._version import version

__version__ = version

# The interpreter's own module, or None where there is none.
original = _original.module

# What only makes the process crash (_sigsegv() and the like) stays the original's.
globals().update(_original.helpers())

__all__ = _of_faulthandler + ["annotate", "heartbeat", "install", "uninstall", "version"]
