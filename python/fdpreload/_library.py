"""libfdpreload.so: its functions as preload/fdpreload.h declares them, its errors as
exceptions."""

import errno
import os

# enum fdpreload_flags
ALL_THREADS = 1
C_STACK = 2
CHAIN = 4
REPEAT = 8
EXIT = 16
FULL = 32

# FDPRELOAD_NAME_MAX and FDPRELOAD_VALUE_MAX: bytes
NAME_MAX = 63
VALUE_MAX = 1023

NOT_LOADED = ("libfdpreload.so is not loaded into this process: start it with "
              "`python -m fdpreload ...` or with LD_PRELOAD=libfdpreload.so")

_TOO_OLD = ("the libfdpreload.so in this process is older than this package and has no "
            "%s(): install the one that belongs to it")

_ADVICE = {
    errno.ENOTCONN: "libfdpreload.so watches nothing in this process: FDPRELOAD_FOLLOW "
                    "leaves it out, or no reporter could be started (with "
                    "FDPRELOAD_DEBUG=file it says why)",
    errno.EPIPE: "the reporter of libfdpreload.so has gone: start the program again",
    errno.ETIMEDOUT: "the reporter of libfdpreload.so has not answered in time: give it "
                     "longer with FDPRELOAD_DEADLINE_MS",
    errno.EPERM: "the reporter of libfdpreload.so may not look into this process: allow "
                 "ptrace(2) of one's own processes",
    errno.ENOSPC: "there are 64 annotations already: remove one with "
                  "annotate(key, None)",
}

# Types of ctypes, without c_.
_ARGUMENTS = {
    "enable": "int uint long",
    "disable": "",
    "is_enabled": "",
    "dump_traceback": "int uint long uint",
    "dump_c_stack": "int",
    "dump_traceback_later": "char_p uint64 int uint long",
    "cancel_dump_traceback_later": "char_p",
    "register": "int int uint long",
    "unregister": "int",
    "heartbeat": "char_p uint64",
    "annotate": "char_p char_p",
}


def _exception(number):
    if number == errno.ENOSYS:
        return RuntimeError(NOT_LOADED)
    if number == errno.ENOMEM:
        return MemoryError()
    return OSError(number, _ADVICE.get(number, os.strerror(number)))


def _check(result, _function, _arguments):
    # Whoever passes a descriptor decides what one that is not open means.
    if result < 0 and result != -errno.EBADF:
        raise _exception(-result)
    return result


class _Library(object):
    """Each function of the library is an attribute, looked up when it is first used.

    They return 0 or a positive number, or -EBADF, and raise RuntimeError without the
    library, OSError or MemoryError if it fails.

    PyDLL, which keeps the GIL: faulthandler keeps it too.  Whoever lets it go while a
    dump is made has other threads run on in between, the dump shows no moment that
    ever was, and the thread that asked is not the current one any more.  The reporter
    needs no GIL, and answers within its deadline.
    """

    def __getattr__(self, name):
        if name not in _ARGUMENTS:
            raise AttributeError(name)
        import ctypes
        process = ctypes.PyDLL(None)
        try:
            function = process["fdp_api_" + name]
        except AttributeError:
            loaded = hasattr(process, "fdp_api_version")
            raise RuntimeError(_TOO_OLD % name if loaded else NOT_LOADED)
        function.argtypes = [getattr(ctypes, "c_" + one)
                             for one in _ARGUMENTS[name].split()]
        function.restype = ctypes.c_int
        function.errcheck = _check
        setattr(self, name, function)
        return function


library = _Library()
