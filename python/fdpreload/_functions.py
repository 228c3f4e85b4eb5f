"""The functions of faulthandler.

Each takes any arguments and has them parsed (see _arguments), so that it says of wrong
ones what faulthandler says; the order of the checks is faulthandler's: arguments,
signal, timeout, file, and only then the library.  Keywords of ours are taken out first.
"""

import signal

from fdpreload import _arguments, _files, _names, _signatures, _timeouts
from fdpreload._library import (ALL_THREADS, C_STACK, CHAIN, EXIT, FULL, REPEAT,
                                library)

# Those that enable() is for.
_FATAL = (signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGABRT, signal.SIGSEGV)

# Python frames of this package between the caller and the library: dump_traceback().
_OWN_FRAMES = 1

__all__ = []


def _public(function):
    """Makes FUNCTION one of the package's, with the signature of its name."""
    signature = getattr(_signatures, function.__name__)
    function.__module__ = "fdpreload"
    function.__text_signature__ = signature.text()
    if _signatures.RUNNING >= (3,):
        # inspect.signature(), and so help(), follow it.
        function.__wrapped__ = signature.like()
    __all__.append(function.__name__)
    return function


def _flags(*pairs):
    """The sum of the flags whose condition is true: (condition, flag), ..."""
    return sum(flag for condition, flag in pairs if condition)


def _taken(kwargs, name):
    """A keyword of ours, out of KWARGS; None if it was not given."""
    return kwargs.pop(name, None)


def _max_threads(values):
    """The last of VALUES where the version has it, removed."""
    return values.pop() if _signatures.HAS_MAX_THREADS else _signatures.MAX_THREADS


def _check_signal(number):
    if number in _FATAL:
        raise RuntimeError("signal %d cannot be registered, use enable() instead"
                           % number)
    if not 1 <= number < signal.NSIG:
        raise ValueError("signal number out of range")


@_public
def enable(*args, **kwargs):
    """Show the stacks when the process crashes, in a file that is chosen here.

    The report of the crash is stored as without it.  Once more: only the file and the
    options are replaced.

    file         an open file, a descriptor, or None for sys.stderr; kept until disable()
    all_threads  all threads, not only the one that crashes
    c_stack      also its C stack (from Python 3.14 on)
    max_threads  of all threads at most so many; 0 is 100, less is none (from 3.15 on)
    full         the text of the report, with native frames, instead of faulthandler's

    Raises what faulthandler.enable() raises for wrong arguments; RuntimeError without
    libfdpreload.so, OSError if it cannot do it.
    """
    full = _taken(kwargs, "full")
    values = _arguments.parse(_signatures.enable, args, kwargs)
    max_threads = _max_threads(values)
    c_stack = values.pop() if _signatures.HAS_C_STACK else False
    number, file = _files.descriptor(values[0])
    flags = _flags((values[1], ALL_THREADS), (c_stack, C_STACK), (full, FULL))
    _files.arm(library.enable, number, flags, max_threads)
    _files.hold("enable", file)


@_public
def disable(*args, **kwargs):
    """End what enable() has begun; True if there was something to end.

    Crashes are reported as before enable().
    """
    _arguments.parse_none("disable", args, kwargs)
    result = bool(library.disable())
    _files.release("enable")
    return result


@_public
def is_enabled(*args, **kwargs):
    """True after enable(), False after disable() and at the start."""
    _arguments.parse_none("is_enabled", args, kwargs)
    return bool(library.is_enabled())


@_public
def dump_traceback(*args, **kwargs):
    """Write the stacks of the process to a file, now.

    file         an open file, a descriptor, or None for sys.stderr
    all_threads  all threads, not only the one that calls
    max_threads  of all threads at most so many; 0 is 100, less is none (from 3.15 on)
    full         the text of a report, with native frames, instead of faulthandler's

    It is written when the function returns.  Raises as enable() does.
    """
    full = _taken(kwargs, "full")
    values = _arguments.parse(_signatures.dump_traceback, args, kwargs)
    max_threads = _max_threads(values)
    number, _file = _files.descriptor(values[0])
    flags = _flags((values[1], ALL_THREADS), (full, FULL))
    # Nothing is open there: faulthandler's output is lost, and so is ours.
    library.dump_traceback(number, flags, max_threads, _OWN_FRAMES)


@_public
def dump_c_stack(*args, **kwargs):
    """Write the C stack of the calling thread to a file, now.

    file    an open file, a descriptor, or None for sys.stderr

    As faulthandler of Python 3.14 does, on every version.  The frames are those of the
    caller and of ctypes, through which it is asked for; the library's own are left out.

    It is written when the function returns.  Raises as enable() does.
    """
    number, _file = _files.descriptor(
        _arguments.parse(_signatures.dump_c_stack, args, kwargs)[0])
    library.dump_c_stack(number)


@_public
def dump_traceback_later(*args, **kwargs):
    """Write the stacks of all threads to a file when a time has passed.

    timeout      seconds, more than 0: any real number that the version takes elsewhere,
                 whole ones on Python 2.7
    repeat       again each time it has passed
    file         an open file, a descriptor, or None for sys.stderr; kept until
                 cancel_dump_traceback_later()
    exit         end the process then with _exit(1)
    max_threads  at most so many threads; 0 is 100, less is none (from Python 3.15 on)
    name         each name is a timer of its own, 63 bytes of UTF-8 at most; None is the
                 one that faulthandler has
    full         the text of a report, with native frames, instead of faulthandler's

    A timer that runs already begins anew.  Forked children have none.  Nothing runs in
    the process until the time has passed.  Raises as enable() does.
    """
    name = _names.timer(_taken(kwargs, "name"))
    full = _taken(kwargs, "full")
    values = _arguments.parse(_signatures.dump_traceback_later, args, kwargs)
    max_threads = _max_threads(values)
    timeout, repeat, file, leave = values
    microseconds = _timeouts.later(timeout)
    number, file = _files.descriptor(file)
    flags = _flags((repeat, REPEAT), (leave, EXIT), (full, FULL))
    _files.arm(lambda fd: library.dump_traceback_later(name, microseconds, fd, flags,
                                                       max_threads), number)
    _files.hold(("later", name), file)


@_public
def cancel_dump_traceback_later(*args, **kwargs):
    """End a timer of dump_traceback_later(); none is fine.

    name    that it was given, or None

    When it returns no dump of that timer is being made, and none will be.
    """
    name = _names.timer(_taken(kwargs, "name"))
    _arguments.parse_none("cancel_dump_traceback_later", args, kwargs)
    library.cancel_dump_traceback_later(name)
    _files.release(("later", name))


@_public
def register(*args, **kwargs):
    """Write the stacks to a file whenever a signal arrives.

    signum       1 to 64, but for those that enable() is for
    file         an open file, a descriptor, or None for sys.stderr; kept until
                 unregister()
    all_threads  all threads, not only the one that the signal interrupts
    chain        do then what was to be done about the signal before
    max_threads  of all threads at most so many; 0 is 100, less is none (from 3.15 on)
    full         the text of a report, with native frames, instead of faulthandler's

    Once more: file and options are replaced.  Raises as enable() does; OSError (EINVAL)
    for a signal that cannot be handled.
    """
    full = _taken(kwargs, "full")
    values = _arguments.parse(_signatures.register, args, kwargs)
    max_threads = _max_threads(values)
    number, file, all_threads, chain = values
    _check_signal(number)
    target, file = _files.descriptor(file)
    flags = _flags((all_threads, ALL_THREADS), (chain, CHAIN), (full, FULL))
    _files.arm(lambda fd: library.register(number, fd, flags, max_threads), target)
    _files.hold(("register", number), file)


@_public
def unregister(*args, **kwargs):
    """End what register() has begun for a signal; True if there was something to end.

    signum    1 to 64, but for those that enable() is for
    """
    number = _arguments.parse_one_int("unregister", args, kwargs)
    _check_signal(number)
    result = bool(library.unregister(number))
    _files.release(("register", number))
    return result
