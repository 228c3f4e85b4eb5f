"""What the library is asked for, and what becomes of its answers."""

import errno
import gc
import os
import re
import signal
import sys
import threading
import weakref

import suite
from suite import RUNNING, Skip, case, raised, same

stub = suite.Stub()

import fdpreload
from fdpreload import _files, _library, _timeouts

NULL = open(os.devnull, "w")
C_STACK = 2 if RUNNING >= (3, 14) else 0


class Stream(object):
    """A file that can be seen to end."""

    def fileno(self):
        return NULL.fileno()


def asked(function, *arguments, **keywords):
    """The calls of the library that FUNCTION(...) makes."""
    stub.calls()
    function(*arguments, **keywords)
    return stub.calls()


@case
def enable_passes_descriptor_and_flags():
    same(asked(fdpreload.enable, NULL), ["enable null %d 100" % (1 + C_STACK)])
    same(asked(fdpreload.enable, NULL, False), ["enable null %d 100" % C_STACK])
    same(asked(fdpreload.enable, NULL, full=True), ["enable null %d 100" % (33 + C_STACK)])
    same(asked(fdpreload.disable), ["disable"])


@case
def c_stack_is_a_flag():
    if RUNNING < (3, 14):
        raise Skip("from 3.14 on")
    same(asked(fdpreload.enable, NULL, True, False), ["enable null 1 100"])
    same(asked(fdpreload.enable, NULL, c_stack=False), ["enable null 1 100"])


@case
def dump_c_stack_passes_the_descriptor():
    same(asked(fdpreload.dump_c_stack, NULL), ["dump_c_stack null"])
    same(asked(fdpreload.dump_c_stack, file=NULL), ["dump_c_stack null"])


@case
def max_threads_is_passed():
    if RUNNING < (3, 15):
        raise Skip("from 3.15 on")
    same(asked(fdpreload.enable, NULL, max_threads=3), ["enable null 3 3"])
    same(asked(fdpreload.dump_traceback, NULL, max_threads=0),
         ["dump_traceback null 1 0 1"])
    same(asked(fdpreload.dump_traceback_later, 1, file=NULL, max_threads=-1),
         ["dump_traceback_later NULL 1000000 null 0 -1"])
    same(asked(fdpreload.register, 12, NULL, max_threads=7), ["register 12 null 1 7"])


@case
def dump_traceback_passes_all():
    same(asked(fdpreload.dump_traceback, NULL), ["dump_traceback null 1 100 1"])
    same(asked(fdpreload.dump_traceback, NULL, 0), ["dump_traceback null 0 100 1"])
    same(asked(fdpreload.dump_traceback, file=NULL, full=1),
         ["dump_traceback null 33 100 1"])


@case
def as_many_frames_are_skipped_as_are_the_packages():
    depths = []

    def look():
        frame, depth = sys._getframe(1), 0
        while frame.f_globals["__name__"].startswith("fdpreload"):
            frame, depth = frame.f_back, depth + 1
        depths.append((depth, frame.f_code.co_name))

    stub.hook(look)
    try:
        calls = asked(fdpreload.dump_traceback, NULL)
    finally:
        stub.hook(None)
    same(depths, [(int(calls[0].split()[-1]), "asked")])


@case
def dump_traceback_later_passes_all():
    later = fdpreload.dump_traceback_later
    same(asked(later, 2, file=NULL), ["dump_traceback_later NULL 2000000 null 0 100"])
    same(asked(later, 1, True, NULL, True), ["dump_traceback_later NULL 1000000 null 24 100"])
    same(asked(later, 1, exit=True, file=NULL, full=True, name=u"a \u00e9"),
         ["dump_traceback_later a %s 1000000 null 48 100" % u"\u00e9"])
    cancel = fdpreload.cancel_dump_traceback_later
    same(asked(cancel), ["cancel_dump_traceback_later NULL"])
    same(asked(cancel, name="a"), ["cancel_dump_traceback_later a"])
    same(asked(cancel, name=""), ["cancel_dump_traceback_later NULL"])


@case
def times_are_microseconds_rounded_as_faulthandler_does():
    if RUNNING < (3,):
        raise Skip("whole seconds")
    rows = [(0.5, 500000), (0.1, 100000), (1.0000001, 1000001), (86400, 86400000000),
            (1e-6, 1), (9e9, 3155760000000000)]
    if RUNNING < (3, 7):
        rows[2] = (1.0000001, 1000000)
    for seconds, microseconds in rows:
        same(_timeouts.later(seconds), microseconds, repr(seconds))


@case
def the_longest_time_is_that_of_the_library():
    header = open(os.path.join(suite.ROOT, "preload", "fdpreload.h")).read()
    same(int(re.search(r"TIMEOUT_MAX UINT64_C\((\d+)\)", header).group(1)),
         _timeouts.LONGEST)
    same(int(re.search(r"NAME_MAX (\d+)", header).group(1)), _library.NAME_MAX)
    same(int(re.search(r"VALUE_MAX (\d+)", header).group(1)), _library.VALUE_MAX)


@case
def flags_and_functions_are_those_of_the_header():
    header = open(os.path.join(suite.ROOT, "preload", "fdpreload.h")).read()
    flags = dict(re.findall(r"FDPRELOAD_(\w+) = (\d+),", header))
    same(sorted(flags), ["ALL_THREADS", "CHAIN", "C_STACK", "EXIT", "FULL", "REPEAT"])
    for name in flags:
        same(getattr(_library, name), int(flags[name]), name)
    letters = {"int": "int", "unsigned": "uint", "long": "long", "const char *": "char_p",
               "uint64_t": "uint64"}
    declared = {}
    for name, arguments in re.findall(r"extern int fdp_api_(\w+)\(([^)]*)\)", header):
        types = [one.strip() for one in arguments.split(",")]
        declared[name] = " ".join(letters[" ".join(one.split())]
                                  for one in types if one != "void")
    same(_library._ARGUMENTS, declared)


@case
def register_passes_all():
    same(asked(fdpreload.register, 10, NULL), ["register 10 null 1 100"])
    same(asked(fdpreload.register, 10, NULL, False, True, full=True),
         ["register 10 null 36 100"])
    same(asked(fdpreload.unregister, 10), ["unregister 10"])


@case
def a_closed_descriptor_is_silent_and_goes_nowhere():
    same(asked(fdpreload.enable, 9999),
         ["enable %s %d 100" % (one, 1 + C_STACK) for one in ("closed", "null")])
    same(fdpreload.disable(), True)
    same(asked(fdpreload.register, 10, 9999),
         ["register 10 %s 1 100" % one for one in ("closed", "null")])
    same(fdpreload.unregister(10), True)
    same(asked(fdpreload.dump_traceback_later, 5, file=9999),
         ["dump_traceback_later NULL 5000000 %s 0 100" % one for one in ("closed", "null")])
    fdpreload.cancel_dump_traceback_later()
    same(asked(fdpreload.dump_traceback, 9999), ["dump_traceback closed 1 100 1"])
    same(asked(fdpreload.dump_c_stack, 9999), ["dump_c_stack closed"])


def open_descriptors():
    return len(os.listdir("/proc/self/fd"))


@case
def no_descriptor_is_left_open():
    before = open_descriptors()
    for _ in range(3):
        fdpreload.enable(9999)
        fdpreload.dump_traceback_later(5, file=9999)
        fdpreload.dump_traceback(9999)
    fdpreload.cancel_dump_traceback_later()
    fdpreload.disable()
    same(open_descriptors(), before)


def lives(begin, end):
    """Whether a file lives between BEGIN(file) and END(), and after it."""
    file = Stream()
    reference = weakref.ref(file)
    begin(file)
    del file
    gc.collect()
    during = reference() is not None
    end()
    gc.collect()
    return during, reference() is not None


@case
def files_live_as_long_as_they_are_needed():
    f = fdpreload
    kept = (True, False)
    same(lives(f.enable, f.disable), kept)
    same(lives(f.enable, lambda: f.enable(NULL)), kept, "replaced")
    same(lives(f.enable, lambda: f.enable(1)), kept, "replaced by a number")
    f.disable()
    same(lives(lambda file: f.register(10, file), lambda: f.unregister(10)), kept)
    same(lives(lambda file: f.dump_traceback_later(9, file=file),
               f.cancel_dump_traceback_later), kept)
    same(lives(lambda file: f.dump_traceback_later(9, file=file, name="a"),
               lambda: f.cancel_dump_traceback_later(name="a")), kept)
    same(lives(lambda file: f.dump_traceback_later(9, file=file, name=u"a"),
               lambda: f.cancel_dump_traceback_later(name="a")), kept, "of one name")
    same(lives(f.dump_traceback, lambda: None), (False, False))


@case
def a_file_lives_on_if_another_is_refused():
    fdpreload.enable(NULL)
    stub.fail(errno.EPIPE)
    try:
        same(lives(lambda file: raised(fdpreload.enable, file), lambda: None)[0], False)
        same(_files._held["enable"], NULL)
    finally:
        stub.fail(0)
        fdpreload.disable()


@case
def other_timers_stay():
    _files._held.clear()
    fdpreload.dump_traceback_later(9, file=NULL, name="a")
    fdpreload.dump_traceback_later(9, file=NULL, name="b")
    fdpreload.cancel_dump_traceback_later(name="a")
    same(sorted(key for key in _files._held if key[0] == "later"), [("later", b"b")])
    fdpreload.cancel_dump_traceback_later(name="b")


@case
def the_gil_is_held():
    for function in (fdpreload.dump_traceback, fdpreload.dump_c_stack, fdpreload.enable):
        same([call for call in asked(function, NULL) if "without GIL" in call], [])
    fdpreload.disable()


@case
def no_other_thread_runs_meanwhile():
    ran, inside = [], []

    def look():
        before = len(ran)
        # A thread that waits for the GIL would get it here, were it to be had.
        for _ in range(1000):
            pass
        inside.append(len(ran) - before)

    stop = threading.Event()
    thread = threading.Thread(target=lambda: [ran.append(1) or stop.wait(0.0001)
                                              for _ in iter(stop.is_set, True)])
    thread.start()
    stub.hook(look)
    try:
        fdpreload.dump_traceback(NULL)
    finally:
        stub.hook(None)
        stop.set()
        thread.join()
    same(inside, [0])


def failing(number, function, *arguments, **keywords):
    stub.fail(number)
    try:
        return raised(function, *arguments, **keywords)
    finally:
        stub.fail(0)
        stub.calls()


@case
def failures_are_exceptions_that_say_what_to_do():
    python3 = RUNNING >= (3,)
    rows = [
        (errno.ENOTCONN, "OSError: [Errno 107] libfdpreload.so watches nothing"),
        (errno.EPIPE, "%s: [Errno 32] the reporter of libfdpreload.so has gone"
         % ("BrokenPipeError" if python3 else "OSError")),
        (errno.ETIMEDOUT, "%s: [Errno 110] the reporter of libfdpreload.so has not answered"
         % ("TimeoutError" if python3 else "OSError")),
        (errno.EPERM, "%s: [Errno 1] the reporter of libfdpreload.so may not look"
         % ("PermissionError" if python3 else "OSError")),
        (errno.EMFILE, "OSError: [Errno 24] Too many open files"),
        (errno.ENOMEM, "MemoryError: "),
        (errno.ENOSYS, "RuntimeError: libfdpreload.so is not loaded"),
        (errno.EINVAL, "OSError: [Errno 22] Invalid argument"),
    ]
    f = fdpreload
    functions = [(f.enable, NULL), (f.dump_traceback, NULL), (f.dump_c_stack, NULL),
                 (f.dump_traceback_later, 5, False, NULL), (f.register, 10, NULL),
                 (f.unregister, 10), (f.disable,), (f.is_enabled,),
                 (f.cancel_dump_traceback_later,), (f.heartbeat, "a", 1),
                 (f.annotate, "a", "b")]
    for number, wanted in rows:
        for one in functions:
            found = failing(number, *one)
            same(str(found)[:len(wanted)], wanted, one[0].__name__)


@case
def too_many_annotations_say_how_to_remove_one():
    found = failing(errno.ENOSPC, fdpreload.annotate, "a", "b")
    same(found, "OSError: [Errno 28] there are 64 annotations already: remove one with "
                "annotate(key, None)")


@case
def heartbeat_passes_microseconds():
    beat = fdpreload.heartbeat
    for seconds, microseconds in [(1, 1000000), (0.5, 500000), (0, 0), (None, 0), (0.0, 0),
                                  (1e-9, 1), (True, 1000000)]:
        same(asked(beat, "a", seconds), ["heartbeat a %d" % microseconds], repr(seconds))
    same(raised(beat, "a", -1), "ValueError: timeout must not be less than 0")
    for wrong in ("1", [], float("nan"), float("inf")):
        found = raised(beat, "a", wrong)
        assert str(found).split(":")[0] in ("TypeError", "ValueError", "OverflowError"), \
            (wrong, found)
    same(stub.calls(), [])


@case
def annotate_passes_text():
    note = fdpreload.annotate
    same(asked(note, "key", "value"), ["annotate key value"])
    same(asked(note, "key", ""), ["annotate key "])
    same(asked(note, "key", None), ["annotate key NULL"])
    same(asked(note, u"\u20ac", u"\u00e9"), [u"annotate \u20ac \u00e9"])
    same(asked(note, "k" * 63, "v" * 1023), ["annotate %s %s" % ("k" * 63, "v" * 1023)])


@case
def names_are_checked():
    long = u"\u20ac" * 22
    rows = [("", "ValueError: %s must not be empty"),
            (long, "ValueError: %s is 66 bytes long, at most 63 are possible: shorten it"),
            ("a\0b", "ValueError: %s must not have a null character in it"),
            (None, "TypeError: %s must be str, not NoneType"),
            (1, "TypeError: %s must be str, not int")]
    for value, wanted in rows:
        same(raised(fdpreload.heartbeat, value, 1), wanted % "name")
        same(raised(fdpreload.annotate, value, "x"), wanted % "key")
        if value:
            same(raised(fdpreload.dump_traceback_later, 5, file=NULL, name=value),
                 wanted % "name")
            same(raised(fdpreload.cancel_dump_traceback_later, name=value), wanted % "name")
    same(raised(fdpreload.annotate, "a", "v" * 1024),
         "ValueError: value is 1024 bytes long, at most 1023 are possible: shorten it")
    same(raised(fdpreload.annotate, "a", 1), "TypeError: value must be str, not int")
    same(stub.calls(), [])


@case
def signal_handlers_run_after_a_dump():
    def handler(_number, _frame):
        raise KeyError("handled")

    before = signal.signal(signal.SIGUSR1, handler)
    stub.library.stub_signal(signal.SIGUSR1)
    try:
        found = raised(lambda: [fdpreload.dump_traceback(NULL)])
    finally:
        stub.library.stub_signal(0)
        signal.signal(signal.SIGUSR1, before)
    same(found, "KeyError: 'handled'")


suite.run_cases()
suite.finish()
