"""The interpreter's own faulthandler, which the package may stand in front of."""

try:
    import faulthandler as module
except ImportError:
    # Python 2.7 without the backport; a sub-interpreter with a GIL of its own.
    module = None

# Imported anew while an older copy of the package is installed: that one knows.
module = getattr(module, "original", module)


def helpers():
    """Its functions for tests, by name: _sigsegv(), _stack_overflow() and so on."""
    return {name: getattr(module, name) for name in dir(module)
            if name.startswith("_") and not name.startswith("__")
            and callable(getattr(module, name))} if module else {}
