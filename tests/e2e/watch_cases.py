"""fdpreload dump --watch: the same process again and again."""

import json
import os
import re
import signal
import subprocess

import program
import schema
from common import program_line, wait_reading, wait_ready
from dump_cases import ask, names

# Long enough for a thread that spins to get its turn on a busy machine.
SECONDS = "0.7"
PATIENCE = 30


def start(context, pid, *options):
    # Without a buffer, or what is in it is lost to communicate().
    return subprocess.Popen([context.setup.daemon, "--dump", str(pid), "--watch", SECONDS,
                             *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)


def finish(context, watch, error=b""):
    """What is left of its output; it has to end well, whatever ended it."""
    try:
        output, said = watch.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        watch.kill()
        output, said = watch.communicate()
        context.check.true("it does not end", False)
    context.check.equal("status", watch.returncode, 0)
    context.check.equal("standard error", said, error)
    return output


def dump(context, watch):
    """The next one, its threads by the function that each was started with."""
    report = json.loads(watch.stdout.readline())
    context.check.equal("schema", schema.complaints(report), [])
    found = {}
    for thread in report["threads"]:
        stack = names(thread)
        for function in ("waits", "spins", "moves"):
            if function in stack:
                found[function] = thread["watch"]
    context.check.equal("threads", sorted(found), ["moves", "spins", "waits"])
    return found


def watching(context, interpreter, options, use):
    """USE(process, watch, path of its output) while both are there."""
    def prepare(process, output):
        wait_ready(output)
        # What it says so from is not yet where it stands.
        wait_reading(process.pid)
        watch = start(context, process.pid, *options)
        try:
            with program.deadline(PATIENCE):
                use(process, watch, output)
        finally:
            watch.kill()
            watch.communicate()

    run = context.setup.run(program_line(interpreter, "watched.py"),
                            context.subdirectory("run"), shim=False, prepare=prepare)
    context.check.equal("status of the program", run.status, 0)


def check_standing(context, mark, dumps, before):
    """In so many dumps, and longer than in the one before."""
    context.check.equal("dumps", mark["unmoved_dumps"], dumps)
    context.check.true("seconds of %s after %s" % (mark, before),
                       mark["unmoved_s"] > before["unmoved_s"])


def check_first(context, marks):
    for function, mark in marks.items():
        context.check.equal(function, mark, {"unmoved_dumps": 1, "unmoved_s": 0, "cpu_s": None,
                                             "unmoved_frames": None})


def check_next(context, marks, number, before):
    """One waits and one spins; what the third one does is not said here."""
    for function in ("waits", "spins"):
        check_standing(context, marks[function], number, before[function])
    context.check.true("frames of who waits", marks["waits"]["unmoved_frames"] > 4)


def marks(context, interpreter, options):
    """One thread moves when it is told to; the dump that sees it has moved says so."""
    def use(process, watch, output):
        seen = [dump(context, watch)]
        check_first(context, seen[0])
        process.stdin.write(b"\n")
        process.stdin.flush()
        while len(seen) < 2 or seen[-1]["moves"]["unmoved_dumps"] > 1:
            seen.append(dump(context, watch))
            check_next(context, seen[-1], len(seen), seen[-2])
        moved = seen[-1]["moves"]
        context.check.equal("who moved", (moved["unmoved_s"], moved["unmoved_frames"]), (0, 3))
        seen.append(dump(context, watch))
        check_next(context, seen[-1], len(seen), seen[-2])
        check_standing(context, seen[-1]["moves"], 2, moved)
        context.check.true("CPU time in %s" % seen[-1],
                           seen[-1]["waits"]["cpu_s"] < 0.01 < seen[-1]["spins"]["cpu_s"])
        watch.send_signal(signal.SIGINT)
        for line in finish(context, watch).splitlines():
            context.check.equal("schema", schema.complaints(json.loads(line)), [])

    watching(context, interpreter, ("--format", "json", *options), use)


def text(context, interpreter):
    """A line between two dumps, and the marks where the threads are."""
    def use(process, watch, output):
        lines = [watch.stdout.readline()]
        while sum(b" later ---\n" in line for line in lines) < 2 or lines[-1] != b"\n" or \
                b"Captured:" not in b"".join(lines).rpartition(b" later ---")[2]:
            lines.append(watch.stdout.readline())
        watch.send_signal(signal.SIGTERM)
        said = (b"".join(lines) + finish(context, watch)).decode()
        dumps = re.split(r"\n--- \d+\.\d s later ---\n\n", said)
        context.check.true("dumps: %d" % len(dumps), len(dumps) >= 3)
        for number, one in enumerate(dumps, 1):
            standing = re.findall(r"has not moved in %d dumps \(\d+\.\d s, \d+\.\d s of CPU\)" %
                                  number, one)
            context.check.equal("threads that stand in dump %d" % number, len(standing),
                                0 if number == 1 else 4)
            context.check.true("it begins and ends: %r" % one[-60:],
                               one.startswith("python") and one.endswith("\n"))

    watching(context, interpreter, ("--no-native",), use)


def process_ends(context, interpreter):
    """That it has ended is said, and is no failure."""
    def use(process, watch, output):
        watch.stdout.readline()
        process.stdin.close()
        finish(context, watch, b"fdpreload dump: process %d has ended\n" % process.pid)

    watching(context, interpreter, ("--format", "json", "--no-native"), use)


def reader_ends(context, interpreter):
    """Nobody reads any more: the end, quietly."""
    def use(process, watch, output):
        watch.stdout.readline()
        watch.stdout.close()
        context.check.equal("status", watch.wait(PATIENCE), 0)
        context.check.equal("standard error", watch.stderr.read(), b"")
        watch.stdout = None

    watching(context, interpreter, ("--nonblocking", "--format", "json"), use)


def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
        return [int(child) for child in file.read().split()]


def dump_dies(context, interpreter):
    """One dump that is lost ends nothing."""
    def use(process, watch, output):
        watch.stdout.readline()
        # The one that has written that may not have ended yet.
        while children(watch.pid):
            os.sched_yield()
        while not children(watch.pid):
            os.sched_yield()
        os.kill(children(watch.pid)[0], signal.SIGKILL)
        later = dump(context, watch)
        context.check.true("it goes on: %s" % later, later["waits"]["unmoved_dumps"] == 2)
        watch.send_signal(signal.SIGTERM)
        finish(context, watch)

    watching(context, interpreter, ("--format", "json", "--no-native"), use)


def family(context, interpreter):
    """Each process of a tree has its own history."""
    def prepare(process, output):
        wait_ready(output)
        watch = start(context, process.pid, "--all", "--no-native", "--format", "json")
        with program.deadline(PATIENCE):
            reports = [json.loads(watch.stdout.readline()) for _ in range(8)]
        watch.send_signal(signal.SIGINT)
        finish(context, watch)
        seen = {}
        for report in reports:
            context.check.equal("schema", schema.complaints(report), [])
            seen.setdefault(report["process"]["pid"], []).append(
                report["threads"][0]["watch"]["unmoved_dumps"])
        context.check.equal("dumps of each", sorted(seen.values()), [[1, 2]] * 4)

    run = context.setup.run(program_line(interpreter, "dumping.py", "parent"),
                            context.subdirectory("run"), prepare=prepare)
    context.check.equal("status of the program", run.status, 0)


def refused(context, interpreter):
    for value in ("0", "-1", "nan", "inf", "86400.1", "", "1s", "x"):
        answer = ask(context, os.getpid(), "--watch", value)
        context.check.equal("--watch %s: status" % value, answer.returncode, 2)
        context.check.equal("--watch %s: output" % value, answer.stdout, b"")
        context.check.contains("--watch %s: advice" % value, answer.stderr,
                               b"--watch takes a number of seconds")
    answer = ask(context, 4194304 + 1, "--watch", "1")
    context.check.equal("no process: status", answer.returncode, 3)
    context.check.equal("no process: lines of advice", answer.stderr.count(b"\n"), 1)


ON_EACH_VERSION = [
    ("watch-marks", marks, (("--no-native",),)),
]

ON_ONE_VERSION = [
    ("watch-nonblocking", marks, (("--nonblocking",),)),
    ("watch-text", text, ()),
    ("watch-process-ends", process_ends, ()),
    ("watch-reader-ends", reader_ends, ()),
    ("watch-dump-dies", dump_dies, ()),
    ("watch-family", family, ()),
    ("watch-refused", refused, ()),
]
