"""Handlers of the program's own: who had the fault first, and what came of it.

A handler that recovers makes no report; one that gives up leads to the report of
the original fault, with its own name in it.
"""

import collections
import os
import signal

import crash_cases
import kinds
import stacks
from common import BY_NAME, NULL_READ, both, crash_line, unchanged
from crash_cases import METHODS, check_left_behind, check_report, check_same_death, signal_of
from pool import Case

# What a report lacks for want of time is not what these cases are about.
PATIENCE_MS = "20000"

# A handler that has nothing to do with it calls a function that crashes.
IN_HANDLER = kinds.kind("in-handler", "SIGSEGV", "SEGV_MAPERR", "null-dereference",
                        "c:null_read c:on_signal c:in_handler " + kinds.CRASH, 0)
# After a fault that was recovered from, another one further down the stack.
DEEPER = kinds.kind("jump-then-deeper", "SIGFPE", "FPE_INTDIV", "arithmetic",
                    "c:divide c:deeper c:jump_then_deeper " + kinds.CRASH)
# The same instruction again, after its fault was mended.
MENDED = kinds.kind("page-then-null", "SIGSEGV", "SEGV_MAPERR", "null-dereference",
                    "c:touch c:page_then_null " + kinds.CRASH, 0)

# How the handler is called, and by what signal the process dies in the end (None:
# of the same); WORDS are in what the report says of the handler.  EXACT: siginfo is
# that of the bare run.
Way = collections.namedtuple("Way", "handler symbol died_of words exact")


def way(handler, symbol, words, died_of=None, exact=True):
    return Way(handler, symbol, died_of, words, exact)


AGAIN = "had the signal first, gave up and sent SIGSEGV again"
FAILED = "had the signal first and returned, and the instruction failed again"

WAYS = [
    way("default-return", "on_default_return", FAILED),
    way("default-raise", "on_default_raise", AGAIN),
    way("default-raise-onstack", "on_default_raise", AGAIN),
    way("nodefer-raise", "on_default_raise", AGAIN),
    way("resethand-raise", "on_default_raise", AGAIN),
    way("other-raise", "on_other_raise", "had the signal first, gave up and sent SIGFPE",
        "SIGFPE"),
    way("abort", "on_abort_call", "had the signal first, and the process aborted (SIGABRT)",
        "SIGABRT"),
    way("fault", "on_fault",
        "had the signal first, and failed itself: SIGSEGV (SEGV_MAPERR) at address 0x10"),
    way("kill-wait", "on_kill_wait", AGAIN),
    # The thread and the whole process are sent it at one time.
    way("kill-return", "on_kill_return", "had the signal first", exact=False),
]

ABORT_RETURN = way("abort-return", "on_return",
                   "handler of SIGABRT (`on_return` of %s) returned; abort() then ended the "
                   "process" % stacks.EXTENSION)
# What Python calls for any signal: static, and so without a name where it is stripped.
PYTHON_ABORT = way("python", None, "returned; abort() then ended the process")

# Python code, behind a function that ctypes has made: of the report it has no part.
CTYPES = way("ctypes", None, "had the signal first, and the process aborted (SIGABRT)", "SIGABRT")

FAULTHANDLER = {
    "SIGABRT": "gave up and sent SIGABRT again",
    "SIGSEGV": "gave up and sent SIGSEGV again",
    "SIGFPE": "gave up and sent SIGFPE again",
}


def run_both(context, one, place, interpreter, method, environment, options=(), exact=True):
    """(bare run, run under the shim)."""
    others = 0 if place == "main" or "large" in one.flags else crash_cases.BYSTANDERS
    line = crash_cases.command(interpreter, one, place, others)
    line[1:1] = options
    bare = context.setup.run(line, context.subdirectory("bare"), shim=False,
                             environment=environment)
    run = context.setup.run(line, context.subdirectory("shim"),
                            environment=dict(environment, FDPRELOAD_CAPTURE=METHODS[method],
                                             FDPRELOAD_DEADLINE_MS=PATIENCE_MS))
    if exact:
        check_same_death(context.check, bare, run)
    else:
        context.check.equal("wait status", signal_of(run.status), signal_of(bare.status))
    check_left_behind(context.check, run)
    return bare, run


def check_handler(check, report, expected, module, died_of):
    check.equal("died_of.name", report["died_of"]["name"], died_of)
    check.equal("died_of.number", report["died_of"]["number"], int(getattr(signal, died_of)))
    handler = report["handler"]
    if not check.true("no handler is named", handler is not None):
        return
    check.true("the handler's module: %s" % handler["module"], module(handler["module"] or ""))
    if expected.symbol:
        check.equal("handler.symbol", handler["symbol"], expected.symbol)
    check.contains("handler.text", handler["text"], expected.words)


def is_extension(path):
    return os.path.basename(path) == stacks.EXTENSION


def interpreter_of(interpreter):
    """Of libpython or, where there is none, of the program."""
    def check(path):
        name = os.path.basename(path)
        return name.startswith("libpython") or path == os.path.realpath(interpreter.path)
    return check


def gives_up(context, interpreter, one, place, method, expected, module=is_extension):
    """One report of the original fault that names the handler."""
    bare, run = run_both(context, one, place, interpreter, method,
                         {"CRASH_HANDLER": expected.handler}, exact=expected.exact)
    context.check.equal("signal", signal_of(run.status).split()[0],
                        expected.died_of or one.signal)
    report = check_report(context, one, place, interpreter, method, bare, run)
    if report:
        check_handler(context.check, report, expected, module, expected.died_of or one.signal)


def python_abort(context, interpreter):
    gives_up(context, interpreter, BY_NAME["os-abort"], "main", "live", PYTHON_ABORT,
             interpreter_of(interpreter))


def python_code(context, interpreter, place):
    gives_up(context, interpreter, NULL_READ, place, "live", CTYPES, lambda path: path == "")


def faulthandled(context, interpreter, one, place, method, early):
    """EARLY: enabled when the interpreter starts, not by the program."""
    # Without us a thread has no stack for a handler, when its own is used up.
    exact = place == "main" or one.name != "overflow"
    environment = {} if early else {"CRASH_HANDLER": "faulthandler"}
    bare, run = run_both(context, one, place, interpreter, method, environment,
                         ["-X", "faulthandler"] if early else (), exact)
    if exact:
        context.check.contains("faulthandler", bare.stderr, b"Fatal Python error")
    context.check.contains("faulthandler", run.stderr, b"Fatal Python error")
    report = check_report(context, one, place, interpreter, method, bare, run)
    if report:
        check_handler(context.check, report, way(None, None, FAULTHANDLER[one.signal]),
                      interpreter_of(interpreter), one.signal)


def recovers(context, interpreter, name):
    bare, run = both(context, [interpreter.path, crash_cases.CRASH, name, "main"])
    context.check.equal("bare status", bare.status, 0)
    unchanged(context, bare, run)


def no_handler(context, interpreter, one, method, environment=None):
    """The report, which says nothing of a handler that had it first."""
    bare, run = run_both(context, one, "main", interpreter, method, environment or {})
    report = check_report(context, one, "main", interpreter, method, bare, run)
    if report:
        context.check.equal("handler", report["handler"], None)
        context.check.equal("died_of", report["died_of"],
                            {name: report["signal"][name] for name in report["died_of"]})
    return report


def stale(context, interpreter, method):
    """The handler was left by longjmp: it has no part in what comes later."""
    no_handler(context, interpreter, DEEPER, method)


def mended(context, interpreter, method):
    """The handler has done its work: it has no part in what comes later."""
    no_handler(context, interpreter, MENDED, method)


def in_handler(context, interpreter, method):
    """What a handler interrupted is below it in the report, and marked."""
    report = no_handler(context, interpreter, IN_HANDLER, method)
    if report:
        functions = [frame["function"] for frame in report["threads"][0]["frames"]]
        context.check.contains("functions", functions, "<signal handler called>")
        if "<signal handler called>" in functions:
            at = functions.index("<signal handler called>")
            context.check.equal("the handler", functions[at - 1], "on_signal")
            context.check.true("what it interrupted", functions.index("in_handler") > at)


def blocked(context, interpreter, method):
    report = no_handler(context, interpreter, NULL_READ, method, {"CRASH_HANDLER": "blocked"})
    if report:
        context.check.equal("signal.blocked", report["signal"]["blocked"], True)


def foreign(context, interpreter, method):
    report = no_handler(context, interpreter, NULL_READ, method, {"CRASH_HANDLER": "raw"})
    if not report:
        return
    found = report["foreign_handlers"]
    context.check.equal("foreign handlers", [(one["name"], one["action"], one["symbol"])
                                             for one in found],
                        [("SIGBUS", "handler", "on_raw")])
    for one in found:
        context.check.true("module: %s" % one["module"], is_extension(one["module"] or ""))


def possible(expected, place, method):
    """A thread that waits for another one's report cannot be parked, and one that is
    alone cannot wait for another to get its signal."""
    return (expected.handler, method) != ("kill-return", "served") and \
        (expected.handler, place) != ("kill-wait", "main")


FAULTHANDLED = [(name, place) for name in ("null-read", "abort", "overflow", "divide")
                for place in ("main", "pthread")]

# name, function, further arguments
ON_EACH_VERSION = [
    ("faulthandler-%s-%s/%s/%s" % (when, name, place, "live"), faulthandled,
     (BY_NAME[name], place, "live", when == "early"))
    for when in ("early", "late") for name, place in FAULTHANDLED
] + [
    ("handler-python-abort", python_abort, ()),
    ("handler-python-code/main", python_code, ("main",)),
    ("handler-python-code/pthread", python_code, ("pthread",)),
]

ON_ONE_VERSION = [
    ("faulthandler-%s/%s/served" % (name, place), faulthandled,
     (BY_NAME[name], place, "served", False))
    for name, place in FAULTHANDLED
] + [
    ("handler-%s/%s/%s" % (expected.handler, place, method), gives_up,
     (NULL_READ, place, method, expected))
    for expected in WAYS for place in ("main", "pthread", "native") for method in METHODS
    if possible(expected, place, method)
] + [
    ("handler-abort-return/%s/%s" % (place, method), gives_up,
     (BY_NAME["abort"], place, method, ABORT_RETURN))
    for place in ("main", "pthread") for method in METHODS
] + [
    ("handler-%s/%s" % (name, method), function, (method,))
    for name, function in (("stale", stale), ("mended", mended), ("interrupted", in_handler), ("blocked", blocked),
                           ("foreign", foreign))
    for method in METHODS
] + [
    ("recovers-by-jump", recovers, ("recover-by-jump",)),
    ("recovers-by-page", recovers, ("recover-by-page",)),
]
