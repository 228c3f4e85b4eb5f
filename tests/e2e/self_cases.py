"""The tests tested: what must be complained about is complained about."""

import copy
import sys

import check as checks
import kinds
import pool
import program
import schema
import stacks

PYTHON = {"kind": "python", "function": "crash", "qualname": None, "qualname_guessed": False,
          "file": "/no/crash.py", "line": 7, "end_line": None, "column": None, "end_column": None,
          "source": None, "lines": None, "source_changed": False,
          "locals": [{"name": "x", "kind": "local", "value": "1"}]}
NATIVE = {"kind": "native", "function": "null_read", "offset": 4, "pc": "0x10", "build_id": "ab12",
          "module": "/x/" + stacks.EXTENSION, "file": "memory.c", "line": 3, "inlined": False}
MERGING = {"by": "address", "evaluations": 1, "unmatched": 0, "gaps": 0, "guessed": False}
REPORT = {
    "schema": "fdpreload.report/1", "id": "x", "kind": "crash",
    "time": "2026-01-02T03:04:05.000006Z",
    "process": {"pid": 2, "ppid": 1, "comm": "x", "exe": "/bin/x", "cmdline": "x", "cwd": "/", "uid": 0,
                "gid": 0, "start_time": "2026-01-02T03:04:05.000006Z", "uptime_s": 0.5,
                "cgroup": "/"},
    "signal": {"number": 11, "name": "SIGSEGV", "description": None, "code": 1, "code_name": "SEGV_MAPERR",
               "address": "0x0", "sender_pid": None, "sender_uid": None,
               "blocked": False},
    "died_of": {"number": 6, "name": "SIGABRT", "code": -6, "code_name": "SI_TKILL"},
    "handler": {"address": "0x10", "module": "/bin/x", "offset": "0x8", "symbol": "f",
                "text": "why"},
    "foreign_handlers": [{"number": 11, "name": "SIGSEGV", "action": "handler",
                          "address": "0x10", "module": "/bin/x", "offset": "0x8",
                          "symbol": "f"}],
    "cause": {"kind": "null-dereference", "text": "why"},
    "watch": None,
    "annotations": {"request": "17"},
    "python": {"implementation": "CPython", "version": "3.12.1", "free_threaded": False,
               "gil_holder_tid": 2,
               "gc_collecting": False, "finalizing": False, "foreign_threads": 0,
               "extensions": [{"name": "a.b", "file": "/a/b.so"}]},
    "capture": {"method": "live", "hold_ms": 1.5, "complete": True, "missing": []},
    "deadlocks": [],
    "threads": [
        {"tid": 2, "name": "x", "crashed": True, "holds_gil": True, "waits": None,
         "python_thread": True, "python_name": "worker", "daemon": True,
         "python_state": "attached", "collecting_garbage": False, "importing": ["a.b"],
         "watch": None, "raised": None, "handled": [], "exceptions": [],
         "interpreters": [0], "merging": MERGING, "frames": [NATIVE, PYTHON]},
        {"tid": 3, "name": "y", "crashed": False, "holds_gil": False,
         "python_thread": False, "python_name": None, "daemon": None,
         "python_state": None, "collecting_garbage": False, "importing": [],
         "waits": {"kind": "mutex", "text": "why", "address": "0x10", "owner_tid": 2,
                   "owner_name": "x"},
         "watch": {"unmoved_dumps": 1, "unmoved_s": 0.5, "cpu_s": 0.25, "unmoved_frames": 2},
         "raised": None, "handled": [], "exceptions": [],
         "interpreters": [], "merging": dict(MERGING, by=None, evaluations=0), "frames": []}],
    "tasks": [
        {"address": "0x10", "name": "Task-1", "coroutine": "a.b", "type": "_asyncio.Task",
         "state": "pending", "must_cancel": False, "late": False, "loop": "0x20", "tid": 2,
         "future": {"type": "_asyncio.Future", "address": "0x30", "state": "pending"},
         "awaits": [0], "awaited_by": [0], "frames": [PYTHON]}],
    "task_cycles": [{"tasks": [0]}],
    "greenlets": [
        {"address": "0x40", "type": "greenlet.greenlet", "main": False, "state": "suspended",
         "function": None, "parent": 0, "tid": 2, "late": False, "truncated": False,
         "frames": [PYTHON]}],
    "registers": {"rax": "0x0"}, "code_bytes": "0f0b",
    "modules": [{"path": "/bin/x", "build_id": "ab12", "start": "0x1000", "end": "0x2000",
                 "bias": "0x1000", "interpreter": True}],
}


def leaves(value, path=()):
    """All paths to fields and elements."""
    items = value.items() if isinstance(value, dict) else \
        enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield path + (key,)
        yield from leaves(item, path + (key,))


def changed(path, change):
    report = copy.deepcopy(REPORT)
    inner = report
    for key in path[:-1]:
        inner = inner[key]
    change(inner, path[-1])
    return report


def set_to(value):
    def change(inner, key):
        inner[key] = value
    return change


def remove(inner, key):
    del inner[key]


def add_beside(inner, key):
    inner["surplus"] = 1


def schema_rejects(context):
    check = context.check
    check.equal("complaints about a good report", schema.complaints(REPORT), [])
    for path in leaves(REPORT):
        for bad in (b"", float("nan"), {"a": 1}, [[]]):
            check.true("%s = %r is accepted" % (path, bad),
                       schema.complaints(changed(path, set_to(bad))))
        if isinstance(path[-1], str) and path[-2:-1] not in (("registers",), ("annotations",)):
            check.true("%s may be missing" % (path,),
                       schema.complaints(changed(path, remove)))
            check.true("something beside %s is accepted" % (path,),
                       schema.complaints(changed(path, add_beside)))
    for path, bad in ((("threads", 0, "crashed"), False), (("threads", 1, "crashed"), True),
                      (("threads", 1, "tid"), 2), (("modules", 0, "end"), "0x1000"),
                      (("capture", "missing"), ["a reason"]), (("cause", "kind"), "bad-luck"),
                      (("handler",), None), (("foreign_handlers", 0, "action"), "ignore"),
                      (("foreign_handlers", 0, "address"), None),
                      (("time",), "2026-01-02T03:04:05Z"), (("registers", "rax"), 0)):
        check.true("%s = %r is accepted" % (path, bad),
                   schema.complaints(changed(path, set_to(bad))))


def death():
    report = copy.deepcopy(REPORT)
    report.update(kind="death", threads=[], modules=[], registers=None, handler=None,
                  cause={"kind": "no-handler", "text": "why"})
    report["signal"].update(code=None, code_name=None, address=None)
    report["died_of"] = {name: report["signal"][name]
                         for name in ("number", "name", "code", "code_name")}
    report["capture"].update(method="none", complete=False, missing=["all"])
    return report


def schema_rejects_deaths(context):
    check = context.check
    check.equal("complaints about a good death", schema.complaints(death()), [])
    for path, value in ((("kind",), "crash"), (("threads",), REPORT["threads"]),
                        (("modules",), REPORT["modules"]), (("registers",), {}),
                        (("signal", "code"), 1), (("signal", "address"), "0x0"),
                        (("died_of", "code"), 0), (("cause", "kind"), "unknown"),
                        (("capture", "method"), "live")):
        report = death()
        inner = report
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
        check.true("%s = %r is accepted in a death" % (path, value), schema.complaints(report))
    report = copy.deepcopy(REPORT)
    report["signal"]["code"] = None
    check.true("a crash without a code is accepted", schema.complaints(report))


def dump():
    report = copy.deepcopy(REPORT)
    report.update(kind="dump", id=None, signal=None, died_of=None, cause=None, handler=None,
                  registers=None, foreign_handlers=[])
    report["threads"][0]["crashed"] = False
    return report


def stall():
    report = dump()
    report.update(kind="stall", id="x", cause={"kind": "heartbeat-missed", "text": "why"})
    return report


def deadlock():
    report = dump()
    report.update(cause={"kind": "deadlock", "text": "why"}, deadlocks=[{"threads": [2, 3]}])
    report["threads"][0]["waits"] = dict(REPORT["threads"][1]["waits"], owner_tid=3)
    return report


def schema_rejects_deadlocks(context):
    """What waits for nobody, or for somebody else, is in no circle."""
    check = context.check
    check.equal("complaints about a good one", schema.complaints(deadlock()), [])
    for what, path, bad in (
            ("no cause", ("cause",), None),
            ("another cause", ("cause", "kind"), "heartbeat-missed"),
            ("no circle", ("deadlocks",), []),
            ("a thread too few", ("deadlocks", 0, "threads"), [2]),
            ("a thread that is not there", ("deadlocks", 0, "threads"), [2, 3, 4]),
            ("a thread that runs", ("threads", 1, "waits"), None),
            ("an owner that is unknown", ("threads", 0, "waits", "owner_tid"), None),
            ("an owner outside", ("threads", 0, "waits", "owner_tid"), 4)):
        report = deadlock()
        inner = report
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = bad
        check.true(what + " is accepted", schema.complaints(report))


def hang():
    report = dump()
    tid = report["threads"][0]["tid"]
    report.update(kind="hang", id="x", cause={"kind": "gil-held", "text": "why"},
                  watch={"looks": 9, "seconds": 10.1, "tid": tid, "evidence": ["seen"],
                         "threads": [{"tid": tid, "changes": 0, "run_s": 0.5}]})
    return report


def schema_rejects_hangs(context):
    """What was watched hangs, in one of some ways, and lives."""
    check = context.check
    check.equal("complaints about a good one", schema.complaints(hang()), [])
    watch = hang()["watch"]
    for name, value in (("kind", "stall"), ("kind", "crash"), ("cause", None),
                        ("cause", {"kind": "abort", "text": "why"}), ("signal", REPORT["signal"]),
                        ("watch", None), ("watch", dict(watch, looks=1)),
                        ("watch", dict(watch, tid=1)), ("watch", dict(watch, threads=[])),
                        ("watch", dict(watch, threads=[dict(watch["threads"][0], changes=9)])),
                        ("watch", dict(watch, evidence=[""]))):
        report = hang()
        report[name] = value
        check.true("%s = %r is accepted" % (name, value), schema.complaints(report))


def schema_rejects_dumps(context):
    """A process that lives has died of nothing."""
    check = context.check
    for make, kind, cause, name in ((dump, "stall", {"kind": "abort", "text": "why"}, "x"),
                                    (stall, "dump", None, None)):
        check.equal("complaints about a good one", schema.complaints(make()), [])
        for path, value in ((("kind",), "crash"), (("kind",), kind), (("cause",), cause),
                            (("id",), name), (("signal",), REPORT["signal"]),
                            (("died_of",), REPORT["died_of"]), (("registers",), {}),
                            (("handler",), REPORT["handler"]),
                            (("foreign_handlers",), REPORT["foreign_handlers"]),
                            (("threads",), REPORT["threads"])):
            report = make()
            report[path[0]] = value
            check.true("%s = %r is accepted in a %s" % (path[0], value, make.__name__),
                       schema.complaints(report))


def complains(context, what, function, *arguments):
    """FUNCTION must find something wrong."""
    inner = checks.Check()
    function(inner, what, *arguments)
    context.check.true(what + " is accepted", inner.problems)


def stacks_differ(context):
    good = ["c:null_read", "py:crash"]
    inner = checks.Check()
    stacks.merged(inner, "good", [NATIVE, PYTHON], good)
    stacks.native_lines(inner, "good", [NATIVE], (("null_read", "memory.c", 3),))
    stacks.python_frames(inner, "good", [PYTHON], [[1, noted(7)]], False)
    context.check.equal("complaints about good stacks", inner.problems, [])
    for what, frames in (("another order", [PYTHON, NATIVE]), ("a frame too few", [NATIVE]),
                         ("a frame too many", [NATIVE, PYTHON, PYTHON]), ("nothing", [])):
        complains(context, what, stacks.merged, frames, good)
    complains(context, "short recursion", stacks.merged, [NATIVE] * (kinds.MANY - 1) + [PYTHON],
              ["c:null_read*", "py:crash"])
    complains(context, "another line of C", stacks.native_lines, [NATIVE],
              (("null_read", "memory.c", 4),))
    complains(context, "another line of Python", stacks.python_frames, [PYTHON],
              [[1, noted(8)]], True)
    complains(context, "one frame twice", stacks.python_frames, [PYTHON, PYTHON],
              [[1, noted(7)]], False)
    complains(context, "a missing source", stacks.python_frames,
              [dict(PYTHON, file=__file__, line=1)], [], False)


def noted(line):
    return {"function": "crash", "qualname": None, "file": "/no/crash.py",
            "position": [line, None, None, None]}


def raises(context):
    raise ValueError("on purpose")


def checks_nothing(context):
    del context


def hangs(context):
    context.setup.run(["/bin/sh", "-c", "while :; do :; done"], context.subdirectory("run"),
                      shim=False, seconds=0.2)


# One child stays; another outlives its parent and ends with status 3.
LEAVER = """
import os
read_end, write_end = os.pipe()
if os.fork() == 0:
    os.close(write_end)
    os.read(read_end, 1)
    os._exit(3)
if os.fork() == 0:
    os.close(write_end)
    os.execv("/bin/sleep", ["sleep", "600"])
"""


def leaves_processes(context):
    """A program that leaves somebody behind is seen."""
    old, program.DAEMON_SECONDS = program.DAEMON_SECONDS, 0.5
    run = context.setup.run([sys.executable, "-c", LEAVER], context.subdirectory("run"),
                            shim=False)
    program.DAEMON_SECONDS = old
    context.check.equal("stuck", [name.split()[0] for name in run.stuck], ["sleep"])
    context.check.equal("orphans", sorted(orphan.status for orphan in run.orphans), [3 << 8])


def pool_notices(context):
    for function, word in ((raises, "on purpose"), (checks_nothing, "checked nothing"),
                           (hangs, "hang")):
        case = pool.Case(function.__name__, function)
        directory = context.subdirectory(function.__name__)
        problems, skipped = pool.run_here(case, context.setup, directory)
        context.check.contains(function.__name__, " ".join(problems), word)
        context.check.equal(function.__name__ + " skipped", skipped, None)


def matrix():
    return [pool.Case("self/" + function.__name__.replace("_", "-"), function)
            for function in (schema_rejects, schema_rejects_deaths, schema_rejects_dumps,
                             schema_rejects_deadlocks, schema_rejects_hangs, stacks_differ,
                             pool_notices, leaves_processes)]
