"""Merging where more than Python and its extensions is on the stack: code that was made while
the program ran, and C++ exceptions that left Python behind.
"""

import contextlib
import os
import re
import shutil
import subprocess

import check as checks
import crash_cases
import schema
from common import BY_NAME, one_report, program_line
from crash_cases import check_left_behind
from pool import Case

HERE = os.path.dirname(os.path.abspath(__file__))


def functions(thread):
    return [frame["function"] for frame in thread["frames"] if frame["kind"] == "python"]


def dumps():
    return {name for name in os.listdir("/tmp") if re.fullmatch(r"jit-\d+\.dump", name)}


def perf_jit(context, interpreter, kind):
    """Trampolines with unwind tables that only perf gets to see."""
    before = dumps()
    try:
        crash_cases.crash(context, BY_NAME[kind], "main", interpreter, ["live", "served"],
                          options=["-X", "perf_jit"])
    finally:
        for name in dumps() - before:
            if not os.path.exists("/proc/" + re.search(r"\d+", name).group()):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(os.path.join("/tmp", name))


def jit(context, interpreter):
    """Compiled code has no table and no name, and stands where it runs."""
    check = context.check
    run = context.setup.run(program_line(interpreter, "hot.py"), context.subdirectory("run"),
                            environment={"PYTHON_JIT": "1",
                                         "PYTHONPATH": context.setup.extensions})
    if b"no just-in-time compiler" in run.stderr or b"_jit" in run.stderr:
        raise checks.Skip("it was built without the just-in-time compiler")
    check_left_behind(check, run)
    report = one_report(context, run)[0]
    if not report:
        return
    thread = report["threads"][0]
    check.equal("schema", schema.complaints(report), [])
    check.equal("functions", functions(thread), ["callback", "hot", "<module>"])
    check.equal("merging", thread["merging"], {
        "by": "address", "evaluations": 2, "unmatched": 0, "gaps": 0, "guessed": False})
    hot = next(index for index, frame in enumerate(thread["frames"])
               if frame["function"] == "hot")
    check.equal("what has called is compiled code", thread["frames"][hot - 1]["module"], None)


def build(context):
    """The library that throws, or a skip."""
    compiler = shutil.which("c++") or shutil.which("g++")
    if not compiler:
        raise checks.Skip("there is no C++ compiler")
    library = os.path.join(context.directory, "libthrows.so")
    subprocess.run([compiler, "-g", "-O1", "-fPIC", "-shared", "-o", library,
                    os.path.join(HERE, "programs", "throws.cc")], check=True)
    return library


def die_of_exception(context, interpreter, function):
    run = context.setup.run(program_line(interpreter, "throws.py", build(context), function),
                            context.subdirectory("run"))
    check_left_behind(context.check, run)
    report = one_report(context, run)[0]
    if report:
        context.check.equal("schema", schema.complaints(report), [])
    return report


def uncaught(context, interpreter):
    """Nobody catches it: nothing was unwound, and all of the stack is there."""
    report = die_of_exception(context, interpreter, "does_not_catch")
    thread = report["threads"][0]
    context.check.equal("signal", report["signal"]["name"], "SIGABRT")
    context.check.equal("functions", functions(thread), ["callback", "main", "<module>"])
    context.check.equal("merging", (thread["merging"]["guessed"], thread["merging"]["unmatched"]),
                        (False, 0))
    order = [frame["function"] for frame in thread["frames"]
             if frame["function"] in ("throws", "callback", "does_not_catch", "main")]
    context.check.equal("order", order[:4], ["throws", "callback", "does_not_catch", "main"])


def caught(context, interpreter):
    """Python was left without its knowing: it names a frame that native code has left, which is
    shown and said to be in no evaluation."""
    report = die_of_exception(context, interpreter, "catches")
    thread = report["threads"][0]
    context.check.equal("functions", functions(thread), ["callback", "main", "<module>"])
    context.check.equal("merging", (thread["merging"]["guessed"], thread["merging"]["unmatched"]),
                        (True, 1))
    order = [frame["function"] for frame in thread["frames"]
             if frame["function"] in ("callback", "catches", "main")]
    context.check.equal("order", order[-3:] if "main" not in order[:-1] else order[:3],
                        ["callback", "catches", "main"])


def cases(interpreters):
    """Of INTERPRETERS, on each for which there is such a thing."""
    found = []
    for one in interpreters:
        free = one.name.endswith("t")
        if one.version >= (3, 13) and not free:
            found.append(Case("perf-jit-sorted-key/" + one.label, perf_jit, (one, "sorted-key")))
        if one.version >= (3, 14) and not free:
            found.append(Case("jit/" + one.label, jit, (one,)))
        if one.version >= (3, 6):
            found.append(Case("exception-uncaught/" + one.label, uncaught, (one,)))
            found.append(Case("exception-caught/" + one.label, caught, (one,)))
    return found
