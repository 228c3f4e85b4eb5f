"""The package in place of faulthandler."""

import gc
import sys

from fdpreload import _functions, _original

_NAME = "faulthandler"
_STDERR = 2


# What uninstall() has to put back, while the package is installed: "previous", what was
# in sys.modules; "carried", the file that the original was enabled for, or None.
_undo = {}


def _package():
    return sys.modules[__name__.split(".")[0]]


def _file_of_original():
    """The file that the original writes a crash to; 2 if it does not say.

    It is not among its attributes; but up to 3.13 it tells the garbage collector which
    files it keeps alive.  A number it does not keep, and the file of a timer or of a
    signal cannot be told from that of enable().
    """
    files = [one for one in gc.get_referents(_original.module) if hasattr(one, "fileno")]
    return files[0] if len(files) == 1 and _is_open(files[0]) else _STDERR


def _is_open(file):
    try:
        return file.fileno() >= 0
    except Exception:
        return False


def install():
    """Let `import faulthandler` give this package from now on.

    If the original is enabled (-X faulthandler, PYTHONFAULTHANDLER, or by a call), it is
    disabled, and enable() is called for the file that it had if that can be found out
    (up to Python 3.13, if it is not a mere number), else for descriptor 2.
    Modules that have imported faulthandler already keep the original, which is
    fdpreload.original; what was asked of it with register() and dump_traceback_later()
    goes on.  Once more: nothing.

    Raises RuntimeError without libfdpreload.so, OSError if it watches nothing here;
    nothing is changed then.
    """
    if _undo:
        return
    _functions.is_enabled()
    original, carried = _original.module, None
    if original is not None and original.is_enabled():
        carried = _file_of_original()
        _functions.enable(carried)
        original.disable()
    _undo.update(previous=sys.modules.get(_NAME), carried=carried)
    sys.modules[_NAME] = _package()


def uninstall():
    """Undo install(); nothing if there is nothing to undo.

    If the original was enabled then, and enable() has not been undone since, the
    original is enabled again for the same file.
    """
    if not _undo:
        return
    previous, carried = _undo.pop("previous"), _undo.pop("carried")
    if previous is None:
        sys.modules.pop(_NAME, None)
    else:
        sys.modules[_NAME] = previous
    if carried is not None and _functions.disable():
        _original.module.enable(carried)


for _function in (install, uninstall):
    _function.__module__ = "fdpreload"
