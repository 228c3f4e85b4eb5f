"""Dumps of processes that are not stopped for a moment."""

import json
import os
import re
import shutil
import subprocess

import program
import schema
from common import program_line, wait_ready
from dump_cases import ask, names

DUMPS = 100

# Each function of crossing.py, and what there is of the library: who calls it.
CALLERS = {
    "<module>": {None, "do_made"}, "work": {"<module>", "run"}, "wait": {"run"},
    "run": {"_bootstrap_inner", "__bootstrap_inner"}, "_bootstrap_inner": {"_bootstrap"},
    "_bootstrap": {None}, "__bootstrap_inner": {"__bootstrap"}, "__bootstrap": {None},
    "do_sort": {"work"}, "__lt__": {"do_sort"}, "less": {"__lt__"},
    "do_sub": {"work"}, "letter": {"do_sub"}, "upper": {"letter"},
    "do_json": {"work"}, "encode": {"do_json"}, "iterencode": {"encode"},
    "convert": {"iterencode"}, "plain": {"convert"},
    "do_map": {"work"}, "double": {"do_map"}, "generate": {"do_map"}, "same": {"generate"},
    "do_flip": {"work"}, "flip": {"do_flip", "deep"}, "flip_inner": {"flip"},
    "flop": {"do_flip"}, "flop_inner": {"flop"},
    "do_deep": {"work"}, "deep": {"deep", "do_deep"},
    "do_made": {"work"}, "one": {"do_made"}, "two": {"do_made"},
    "one_inner": {"one"}, "two_inner": {"two"},
}
MOVING = re.compile(r"thread (\d+) kept moving: ")


def check_calls(context, report):
    """Every stack is one that the program can have, to its very end."""
    for thread in report["threads"]:
        stack = names(thread)
        for function, caller in zip(stack, stack[1:] + [None]):
            if caller not in CALLERS.get(function, ()):
                return context.check.equal("stack", stack, "%s called by %s" % (function, caller))
    return True


def dump_running(context, pid):
    answer = ask(context, pid, "--nonblocking", "--format", "json")
    context.check.equal("status of the command", answer.returncode, 0)
    context.check.equal("its standard error", answer.stderr, b"")
    return json.loads(answer.stdout) if answer.returncode == 0 else None


def check_crossing(context, report):
    """True if it is as it should be; what moved on has to be said."""
    check = context.check
    moving = {int(tid) for tid in MOVING.findall("\n".join(report["capture"]["missing"]))}
    empty = {thread["tid"] for thread in report["threads"] if not thread["frames"]}
    return all([
        check.equal("schema", schema.complaints(report), []),
        check.equal("method", report["capture"]["method"], "nonblocking"),
        check.equal("hold", report["capture"]["hold_ms"], None),
        check.equal("threads", len(report["threads"]), 3),
        check.equal("what is missing", len(report["capture"]["missing"]), len(moving)),
        check.true("no frames: %s, moving: %s" % (empty, moving), empty <= moving),
        check_calls(context, report)])


def crossing(context, interpreter):
    """Two threads that never rest: no stack is invented, and hardly one missed."""
    reports = []

    def prepare(process, output):
        wait_ready(output)
        for _ in range(DUMPS):
            reports.append(dump_running(context, process.pid))
            if not reports[-1] or not check_crossing(context, reports[-1]):
                break

    run = context.setup.run(program_line(interpreter, "crossing.py"),
                            context.subdirectory("run"), shim=False, prepare=prepare)
    context.check.equal("status", run.status, 0)
    context.check.equal("standard error", run.stderr, b"")
    complete = sum(report["capture"]["complete"] for report in reports if report)
    context.check.true("complete: %d of %d" % (complete, DUMPS), complete >= 0.9 * DUMPS)
    seen = {name for report in reports if report
            for thread in report["threads"] for name in names(thread)}
    context.check.true("only %s were seen" % sorted(map(str, seen)), len(seen) > len(CALLERS) / 2)


def lines(thread):
    return [[frame["function"], frame["file"], frame["line"]] for frame in thread["frames"]]


def standing(context, interpreter):
    """What stands is seen as the interpreter itself sees it."""
    reports = []

    def prepare(process, output):
        with program.deadline(program.HANG_SECONDS):
            while program.read(output).count(b"\n") < 2:
                os.sched_yield()
        reports.append(dump_running(context, process.pid))

    run = context.setup.run(program_line(interpreter, "standing.py"),
                            context.subdirectory("run"), shim=False, prepare=prepare)
    context.check.equal("status", run.status, 0)
    if not reports[0]:
        return
    theirs = json.loads(run.stdout.splitlines()[1])
    ours = {str(thread["tid"]): lines(thread) for thread in reports[0]["threads"]}
    context.check.equal("missing", reports[0]["capture"]["missing"], [])
    context.check.equal("threads", len(theirs), 7)
    context.check.equal("threads of ours", len(ours), 8)
    for tid, stack in theirs.items():
        context.check.equal("stack of thread %s" % tid, ours.get(tid), stack)


def traced_calls(context, pid, *options):
    """Names of the system calls that a dump makes."""
    path = os.path.join(context.subdirectory("strace"), "calls")
    answer = subprocess.run(["strace", "-f", "-o", path, context.setup.daemon, "--dump", str(pid),
                             *options], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    context.check.equal("status under strace", answer.returncode, 0)
    return set(re.findall(r"^\d+ +(\w+)\(", program.read(path).decode(), re.MULTILINE))


def harmless(context, interpreter):
    """Nothing is done to the process: no system call that could, and none that it notices."""
    said = {}
    for name, options in (("stopped", ("--no-native",)), ("running", ("--nonblocking",))):
        calls = []

        def prepare(process, output):
            wait_ready(output)
            for _ in range(20):
                context.check.equal("status", ask(context, process.pid, *options).returncode, 0)
            if name == "running" and shutil.which("strace"):
                calls.extend(traced_calls(context, process.pid, *options))

        run = context.setup.run(program_line(interpreter, "waiting.py"),
                                context.subdirectory(name), shim=False, prepare=prepare)
        context.check.equal("status", run.status, 0)
        said[name] = int(run.stdout.split()[-1])
        if calls:
            context.check.contains("system calls", calls, "process_vm_readv")
            context.check.equal("forbidden system calls", sorted(
                {"ptrace", "kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo",
                 "pidfd_send_signal", "process_vm_writev"} & set(calls)), [])
    context.check.true("a stop interrupts nothing", said["stopped"] > 0)
    context.check.equal("interrupted calls", said["running"], 0)


def contradiction(context, interpreter):
    answer = ask(context, os.getpid(), "--nonblocking", "--native")
    context.check.equal("status", answer.returncode, 2)
    context.check.equal("output", answer.stdout, b"")
    context.check.equal("standard error", answer.stderr,
                        b"fdpreload dump: --nonblocking shows no native frames: it cannot go "
                        b"with --native; see 'fdpreload --help'\n")
    for options in (("--nonblocking", "--no-native"), ("--native", "--no-native", "--nonblocking")):
        answer = ask(context, os.getpid(), *options)
        context.check.equal("status", answer.returncode, 0)
        context.check.contains("text", answer.stdout, b"\nCaptured:  nonblocking (read while")


# Who is called by C: there have to be native frames between the two.  (A generator's
# function runs for a moment as one that Python calls, when the generator is made.)
FROM_C = {("__lt__", "do_sort"), ("letter", "do_sub"), ("double", "do_map"),
          ("convert", "iterencode")}
# And where there are none from 3.11 on, when Python calls Python.
INLINED = {("less", "__lt__"), ("upper", "letter"), ("plain", "convert"), ("same", "generate"),
           ("flip_inner", "flip"), ("flip", "deep"), ("deep", "deep"), ("do_sort", "work")}


def split(thread):
    """[(function, native frames between it and the one that it called, the innermost first)]"""
    found, between = [], 0
    for frame in thread["frames"]:
        if frame["kind"] == "python":
            found.append((frame["function"], between))
            between = 0
        else:
            between += 1
    return found


def check_merged(context, interpreter, report):
    """Native frames are between those that C calls through, and nowhere else."""
    check = context.check
    problems = list(report["capture"]["missing"])
    inlines = interpreter.version >= (3, 11)
    by = "address" if interpreter.version >= (3, 10) else "count"
    for thread in report["threads"]:
        said = thread["merging"]
        if said["guessed"] or said["unmatched"] or said["gaps"] or said["by"] not in (by, None):
            problems.append("%s: %s" % (split(thread), said))
        if said["by"] is None and any(frame["kind"] == "python" for frame in thread["frames"]):
            problems.append("%s: not merged" % split(thread))
        stack = split(thread)
        for (called, _), (caller, between) in zip(stack, stack[1:]):
            pair = called, caller
            if pair in FROM_C and not between or not inlines and not between:
                problems.append("%s: nothing between %s and %s" % (stack, called, caller))
            if inlines and pair in INLINED and between:
                problems.append("%s: %d between %s and %s" % (stack, between, called, caller))
    return all([check.equal("merging", problems, []), check_calls(context, report)])


def merged(context, interpreter, dumps):
    """A program that crosses the border all the time: each stack is merged."""
    seen = set()

    def prepare(process, output):
        wait_ready(output)
        for _ in range(dumps):
            answer = ask(context, process.pid, "--format", "json")
            context.check.equal("status of the command", (answer.returncode, answer.stderr),
                                (0, b""))
            report = json.loads(answer.stdout)
            if not check_merged(context, interpreter, report):
                break
            for thread in report["threads"]:
                stack = split(thread)
                seen.update((called, caller)
                            for (called, _), (caller, _) in zip(stack, stack[1:]))

    run = context.setup.run(program_line(interpreter, "crossing.py"),
                            context.subdirectory("run"), shim=False, prepare=prepare)
    context.check.equal("status", run.status, 0)
    # Else it would have shown nothing.
    context.check.true("borders that were met: %s" % sorted(FROM_C & seen),
                       len(FROM_C & seen) >= (2 if dumps < 100 else len(FROM_C)))


MERGED_DUMPS = 25

ON_EACH_VERSION = [
    ("running-merged", merged, (MERGED_DUMPS,)),
    ("running-crossing", crossing, ()),
    ("running-standing", standing, ()),
]

ON_ONE_VERSION = [
    ("running-harmless", harmless, ()),
    ("running-contradiction", contradiction, ()),
]
