"""What threads wait for, and deadlocks: hangs of each kind, and a program that has none."""

import collections
import json
import os
import re
import signal
import subprocess
import time

import program
import schema
from crash_cases import METHODS
from common import one_report, program_line, wait_ready

# Until a hang is there; a thread that wants the GIL is awake at times.
SOON_SECONDS = 20
HEALTHY_DUMPS = 200

Edge = collections.namedtuple("Edge", "waiter kind owner")


def edges(text):
    return [Edge(*line.split()) for line in text.strip().splitlines()]


# The circle: who waits for what, held by whom.
HANGS = {
    "mutexes": edges("a mutex b\nb mutex a"),
    "inherited": edges("a mutex b\nb mutex a"),
    "rlocks": edges("a rlock b\nb rlock a"),
    "mixed": edges("a mutex b\nb rlock a"),
    "gil": edges("a gil b\nb mutex a"),
    "twice": edges("a mutex a"),
    "three": edges("a mutex b\nb rlock c\nc rlock a"),
    "import_rlock": edges("a import-lock b\nb rlock a"),
    "import_mutex": edges("a import-lock b\nb mutex a"),
}


def dump(context, pid, *options):
    answer = subprocess.run([context.setup.daemon, "--dump", str(pid), *options],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    context.check.equal("status of the command", answer.returncode, 0)
    context.check.equal("its standard error", answer.stderr, b"")
    return answer.stdout


def report_of(context, pid, *options):
    report = json.loads(dump(context, pid, "--format", "json", *options))
    context.check.equal("schema", schema.complaints(report), [])
    return report


def by_tid(report):
    return {thread["tid"]: thread for thread in report["threads"]}


def edges_of(report, tids):
    threads = by_tid(report)
    return [Edge(threads[tid]["name"], threads[tid]["waits"]["kind"],
                 threads[tid]["waits"]["owner_name"]) for tid in tids]


def await_report(context, pid, is_there, *options):
    """The first report that is as it should be, or the last one."""
    end = time.monotonic() + SOON_SECONDS
    while True:
        report = report_of(context, pid, *options)
        if is_there(report) or time.monotonic() > end:
            return report


def hang(context, interpreter, how, look, shim=False, **more):
    """Calls LOOK(pid) while the program hangs; it ends by itself after that."""
    def prepare(process, output):
        wait_ready(output)
        look(process.pid)
        # Its main thread cannot end it.
        if how == "gil" and not shim:
            process.kill()

    run = context.setup.run(program_line(interpreter, "locked.py", how),
                            context.subdirectory("run"), shim=shim, prepare=prepare, **more)
    if not shim:
        context.check.equal("status", run.status, signal.SIGKILL if how == "gil" else 0)
        context.check.equal("standard error", run.stderr, b"")
    return run


def check_circle(context, report, expected):
    """One deadlock, whose threads are the first and say what they wait for."""
    check = context.check
    circles = [circle["threads"] for circle in report["deadlocks"]]
    if not check.equal("deadlocks", len(circles), 1):
        return
    check.equal("circle", sorted(edges_of(report, circles[0])), expected)
    check.equal("first threads", sorted(thread["tid"] for thread in
                                        report["threads"][:len(expected)]), sorted(circles[0]))
    threads = by_tid(report)
    for tid, after in zip(circles[0], circles[0][1:] + circles[0][:1]):
        check.equal("whom thread %d waits for" % tid, threads[tid]["waits"]["owner_tid"], after)


def check_text(context, text, count):
    name = r'thread \d+ "[a-f]"'
    lines = text.splitlines()
    context.check.true("headline: " + lines[0],
                       lines[0].endswith("): deadlock of %d thread%s"
                                         % (count, "" if count == 1 else "s")))
    pattern = name + r" waits for (mutex 0x\w+|RLock 0x\w+|the GIL|the import of \"stuck\")"
    pattern += r"( (held )?by " + name + "| that it holds itself)"
    begin = re.match("\n" + r"Deadlock:  %s\n( {11}%s\n){%d}Time: " % (pattern, pattern, count - 1),
                     text[len(lines[0]) + 1:])
    context.check.true("section: %r" % text[:400], begin is not None)
    titles = re.findall("\n" + r"Threads? [^\n]*most recent call first:", text)
    context.check.contains("first stack", titles[0], "waits for" if count < 3 else "\"")


def deadlock(context, interpreter, how):
    expected = HANGS[how]

    def look(pid):
        report = await_report(context, pid, lambda report: report["deadlocks"])
        check_circle(context, report, expected)
        context.check.equal("kind", report["kind"], "dump")
        context.check.equal("cause", report["cause"] and report["cause"]["kind"], "deadlock")
        report = await_report(context, pid, lambda report: report["deadlocks"], "--no-native")
        check_circle(context, report, expected)
        text = ""
        end = time.monotonic() + SOON_SECONDS
        while "deadlock" not in text and time.monotonic() < end:
            text = dump(context, pid).decode()
        check_text(context, text, len(expected))

    hang(context, interpreter, how, look)


def pairs(context, interpreter):
    """Two circles: each is one, and both come before the others."""
    def look(pid):
        report = await_report(context, pid, lambda report: len(report["deadlocks"]) == 2)
        found = [sorted(edges_of(report, circle["threads"])) for circle in report["deadlocks"]]
        context.check.equal("circles", sorted(found), [HANGS["mutexes"], HANGS["rlocks"]])
        context.check.equal("the last two", {thread["name"] for thread in report["threads"][4:]},
                            {"z", report["threads"][-1]["name"], report["threads"][-2]["name"]})
        context.check.contains("text", dump(context, pid).decode().splitlines()[0],
                               "): 2 deadlocks of 4 threads")

    hang(context, interpreter, "pairs", look)


def waits_of(report):
    return {thread["name"]: (thread["waits"] or {}).get("kind") for thread in report["threads"]}


def single(context, interpreter, how, expected):
    """Waits that are no deadlock: the kind of each, and words of its text."""
    kinds = {name: kind for name, (kind, _) in expected.items()}

    def is_there(report):
        found = waits_of(report)
        return all(found.get(name) == kind for name, kind in kinds.items())

    def look(pid):
        report = await_report(context, pid, is_there)
        found = waits_of(report)
        context.check.equal("kinds", {name: found.get(name) for name in kinds}, kinds)
        for thread in report["threads"]:
            if thread["name"] in expected:
                context.check.contains("text of " + thread["name"], thread["waits"]["text"],
                                       expected[thread["name"]][1])
        context.check.equal("deadlocks", report["deadlocks"], [])
        context.check.equal("cause", report["cause"], None)

    hang(context, interpreter, how, look)


PLAIN = {
    "a": ("lock", "waits for Python lock 0x"),
    "b": ("call", "is in read() on descriptor "),
    "c": ("call", "is in "),
    "d": ("rlock", ", with a timeout"),
    "e": ("condition", "waits for condition variable 0x"),
    "f": ("rwlock", "waits for read-write lock 0x"),
}


def crashed(context, interpreter, how, capture):
    """A process that hangs and is ended: the report has a cause, and the deadlock."""
    def is_there(report):
        main = by_tid(report)[report["process"]["pid"]]["waits"]
        return report["deadlocks"] and (how == "gil" or main and "read()" in main["text"])

    def look(pid):
        await_report(context, pid, is_there)
        os.kill(pid, signal.SIGABRT)
        # Its standard input is not to end before that.
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)

    run = hang(context, interpreter, how, look, shim=True,
               environment={"FDPRELOAD_CAPTURE": METHODS[capture]})
    context.check.equal("signal", os.WTERMSIG(run.status), signal.SIGABRT)
    report, text = one_report(context, run)
    if not report:
        return
    context.check.equal("method", report["capture"]["method"], capture)
    context.check.equal("cause", report["cause"]["kind"], "signal-sent")
    context.check.equal("crashed", [thread["crashed"] for thread in report["threads"]].index(True),
                        0)
    circles = [circle["threads"] for circle in report["deadlocks"]]
    context.check.equal("circles", [sorted(edges_of(report, circle)) for circle in circles],
                        [HANGS[how]])
    context.check.equal("then the circle", {thread["tid"] for thread in report["threads"][1:3]},
                        set(circles[0]) if circles else None)
    main = report["threads"][0]["waits"]
    if how != "gil":
        context.check.equal("main thread", main and main["text"], "is in read() on descriptor 0")
    context.check.contains("text", text, "\nDeadlock:  thread ")


def check_healthy(context, report, inner, outer):
    """
    Nobody waits for himself, nobody is a mutex's owner twice, and, since all take the outer
    lock first, who holds an inner one waits for no lock, who holds an outer one for no outer.
    """
    check = context.check
    threads = by_tid(report)
    owners = {}
    waiting = {tid: thread["waits"] for tid, thread in threads.items()
               if thread["waits"] and thread["waits"]["kind"] in ("mutex", "rlock")}
    for tid, wait in waiting.items():
        owner, address = wait["owner_tid"], int(wait["address"], 16)
        if owner is None:
            continue
        check.true("%d waits for itself" % tid, owner != tid)
        check.true("two owners of %x" % address, owners.setdefault(address, owner) == owner)
        blocked = waiting.get(owner)
        if blocked and address in inner:
            check.true("who holds an inner lock waits: %r" % (blocked,), False)
        if blocked and address in outer:
            check.true("who holds an outer lock waits for %r" % (blocked,),
                       int(blocked["address"], 16) in inner)
    check.equal("deadlocks", report["deadlocks"], [])
    return sum(wait["owner_tid"] is not None for wait in waiting.values())


def healthy(context, interpreter):
    """Many threads that wait for each other's locks all the time, and no deadlock."""
    def look(pid):
        with program.deadline(program.HANG_SECONDS):
            while output()[1:] == []:
                os.sched_yield()
        inner, outer = ([int(word) for word in line.split()] for line in output()[1:3])
        found = 0
        for turn in range(HEALTHY_DUMPS):
            native = [] if turn % 10 == 0 else ["--no-native"]
            found += check_healthy(context, report_of(context, pid, *native), inner, outer)
            if context.check.problems:
                break
        # Else nothing has been looked at.
        context.check.true("edges that were found: %d" % found, found > HEALTHY_DUMPS // 4)

    def output():
        text = program.read(os.path.join(context.directory, "run", "out")).decode()
        lines = text.splitlines()
        return lines if len(lines) == 3 and text.endswith("\n") else lines[:1]

    hang(context, interpreter, "healthy", look, seconds=4 * program.HANG_SECONDS)


# What depends on how Python makes its locks.
WITH_PYTHON_LOCKS = [
    ("deadlock-rlocks", deadlock, ("rlocks",)),
    ("deadlock-mixed", deadlock, ("mixed",)),
    ("deadlock-import-rlock", deadlock, ("import_rlock",)),
    ("deadlock-healthy", healthy, ()),
    ("waits-plain", single, ("plain", PLAIN)),
]

ON_EACH_VERSION = WITH_PYTHON_LOCKS + [
    ("deadlock-mutexes", deadlock, ("mutexes",)),
    ("deadlock-gil", deadlock, ("gil",)),
]

ON_ONE_VERSION = [
    ("deadlock-twice", deadlock, ("twice",)),
    ("deadlock-inherited", deadlock, ("inherited",)),
    ("deadlock-three", deadlock, ("three",)),
    ("deadlock-import-mutex", deadlock, ("import_mutex",)),
    ("deadlock-pairs", pairs, ()),
    ("deadlock-crashed", crashed, ("mixed", "live")),
    ("deadlock-served", crashed, ("mixed", "served")),
    ("deadlock-served-gil", crashed, ("gil", "served")),
    ("waits-child", single, ("child", {"a": ("child", ' "sleep"')})),
    ("waits-join", single, ("join", {"a": ("thread", "waits for the end of thread ")})),
]
