"""Programs that are started under odd conditions: they run as without the shim.

Never forbid getpid(): kill(getpid(), ...) would mean everybody.
"""

import collections
import os

from common import (CRASH, INERT, NOBODY, PROGRAMS, SYSTEM_PYTHON, WATCHING, build, expect,
                    need_root, same, under)

NO_DAEMON = ["the reporter daemon could not be started"]
EPERM, ENOSYS = 1, 38

# The numbers of x86-64.
CALLS = {"clone": 56, "clone3": 435, "socketpair": 53, "memfd_create": 319, "madvise": 28,
         "sigaltstack": 131, "prctl": 157, "pipe2": 293, "setsid": 112, "close_range": 436,
         "prlimit64": 302, "fstat": 5, "wait4": 61, "dup2": 33, "vfork": 58, "sysinfo": 99,
         "sendmsg": 46, "seccomp": 317, "ptrace": 101, "process_vm_readv": 310}

# WORDS for programs/under.c.  What follows is true of both runs: the exit status
# of busy.py; and with the shim: what it says, and reports of a crash.
Condition = collections.namedtuple("Condition", "name words python states reports")


def forbidden(name, python, states, reports, *calls):
    words = []
    for call, error in calls:
        words += ["forbid", "%d:%d" % (CALLS[call], error)]
    return Condition("forbidden-" + name, words, python, states, reports)


def deadly(name, states, reports, *calls):
    words = []
    for call in calls:
        words += ["deadly", "%d" % CALLS[call]]
    return Condition("deadly-" + name, words, 0, states, reports)


CONDITIONS = [
    Condition("closed-0", ["close", "0"], 0, WATCHING, 1),
    Condition("closed-1", ["close", "1"], 0, WATCHING, 1),
    Condition("closed-2", ["close", "2"], 0, WATCHING, 1),
    Condition("closed-all", ["close", "0", "close", "1", "close", "2"], 0, WATCHING, 1),
    Condition("files-4", ["nofile", "4"], 0, NO_DAEMON, 0),
    Condition("files-5", ["nofile", "5"], 0, NO_DAEMON, 0),
    Condition("files-10", ["nofile", "10"], 0, NO_DAEMON, 0),
    Condition("files-30", ["nofile", "30"], 0, NO_DAEMON, 0),
    Condition("files-40", ["nofile", "40"], 0, WATCHING, 1),
    Condition("space", ["space", "%d" % (192 << 20)], 0, WATCHING, 1),
    Condition("no-process", ["user", NOBODY, "nproc", "0"], 1, NO_DAEMON, 0),
    Condition("nobody", ["user", NOBODY], 0, WATCHING, 1),
    Condition("no-proc", ["no-proc"], 0, WATCHING, 1),
    # Neither a report nor a log can be written.
    Condition("read-only", ["read-only"], 0, INERT, 0),
    forbidden("clone", 1, NO_DAEMON, 0, ("clone", EPERM)),
    # glibc falls back to clone() only for ENOSYS.
    forbidden("clone3", 1, WATCHING, 1, ("clone3", EPERM)),
    forbidden("both", 1, NO_DAEMON, 0, ("clone", ENOSYS), ("clone3", ENOSYS)),
    forbidden("socketpair", 0, NO_DAEMON, 0, ("socketpair", EPERM)),
    forbidden("dup2", 0, NO_DAEMON, 0, ("dup2", EPERM)),
    forbidden("sendmsg", 0, NO_DAEMON, 0, ("sendmsg", EPERM)),
    forbidden("madvise", 0, NO_DAEMON, 0, ("madvise", EPERM)),
    forbidden("memfd_create", 0, WATCHING, 1, ("memfd_create", EPERM)),
    forbidden("sigaltstack", 0, WATCHING, 1, ("sigaltstack", EPERM)),
    forbidden("prlimit64", 0, WATCHING, 1, ("prlimit64", EPERM)),
    forbidden("wait4", 1, WATCHING, 1, ("wait4", EPERM)),
    # Of the processes between us and the daemon; the last one may die before or
    # after it was told of us.
    deadly("setsid", NO_DAEMON, 0, "setsid"),
    deadly("close_range", (WATCHING, NO_DAEMON), 0, "close_range"),
    # Of the worker.
    deadly("seccomp", WATCHING, 1, "seccomp"),
    deadly("tracing", WATCHING, 1, "ptrace", "process_vm_readv"),
    # prctl() last: it sets the filters.
    forbidden("others", 0, WATCHING, 1, ("pipe2", EPERM), ("setsid", EPERM), ("fstat", EPERM),
              ("close_range", EPERM), ("vfork", EPERM), ("sysinfo", EPERM), ("prctl", EPERM)),
]
ROOTS = ["no-process", "nobody", "no-proc", "read-only"]


def start(context, condition, follow, command, status, says, reports):
    if condition.name in ROOTS:
        need_root()
    if "1" in condition.words:
        says = ""  # standard output is closed
    same(context, [*under(context, *condition.words), *command],
         expect(condition.states, status, says, reports), follow=follow)


def c_busy(context, condition):
    """Its child that aborts is reported where anything is."""
    start(context, condition, "all", [build(context, "busy.c"), "alone"], 0, "done",
          condition.reports)


def c_crash(context, condition):
    start(context, condition, "all", [build(context, "broken.c"), "null"], -11, "about to",
          condition.reports)


def python_busy(context, condition):
    says = "done" if condition.python == 0 else ""
    command = [SYSTEM_PYTHON, "-S", os.path.join(PROGRAMS, "busy.py"), "alone"]
    start(context, condition, "python", command, condition.python, says, 0)


def python_crash(context, condition):
    start(context, condition, "python", [SYSTEM_PYTHON, "-S", "-c", CRASH], -11, "about to",
          condition.reports)


def matrix():
    functions = {"c-busy": c_busy, "c-crash": c_crash, "python-busy": python_busy,
                 "python-crash": python_crash}
    return [("%s-%s" % (condition.name, name), function, (condition,))
            for condition in CONDITIONS for name, function in functions.items()]
