"""Processes that nobody may trace, and that answer when they are asked."""

import json
import os

import program
import schema
from common import both, one_report, program_line, unchanged, wait_reading
from crash_cases import check_left_behind
from dump_cases import names
from through_cases import FILTERED, ask

NOT_PERMITTED = 4
ALWAYS = {"FDPRELOAD_ANSWER": "always"}


def untraceable(interpreter, *arguments, name="urgent.py"):
    """The program, its reporter and whoever asks have the same filter."""
    return [*FILTERED, *program_line(interpreter, name, *arguments)]


def standing(context, interpreter, how, use, **more):
    """USE(pid of who stands) meanwhile; it has to go on as if nothing had been."""
    def prepare(process, output):
        with program.deadline(program.HANG_SECONDS):
            while not program.read(output).endswith(b"\n"):
                os.sched_yield()
        pid = int(program.read(output).split()[1])
        wait_reading(pid)
        use(pid)

    run = context.setup.run(untraceable(interpreter, "stands", how),
                            context.subdirectory("run"), prepare=prepare, **more)
    context.check.equal("status", run.status, 0)
    context.check.equal("standard output", run.stdout.decode().splitlines()[1:], ["goes on []"])
    context.check.equal("standard error", run.stderr, b"")
    context.check.equal("reports", run.reports(), [])
    # The filtering program was watched too, until it became the other one.
    check_left_behind(context.check, run, daemons=2)


def check_answered(context, report):
    check = context.check
    check.equal("schema", schema.complaints(report), [])
    check.equal("method", report["capture"]["method"], "served")
    check.true("missing: %s" % report["capture"]["missing"],
               any("native stacks" in one for one in report["capture"]["missing"]))
    main = report["threads"][0]
    check.equal("main thread", names(main), ["sleeps", "stands", "<module>"])
    check.equal("the call that it waits in is ours", main["waits"], None)
    check.equal("threads", len(report["threads"]), 2)
    check.equal("the other one", names(report["threads"][1])[-3:],
                ["Thread.run", "Thread._bootstrap_inner", "Thread._bootstrap"]
                if "." in names(report["threads"][1])[-1] else
                ["run", "_bootstrap_inner", "_bootstrap"])


def answers(context, interpreter, how):
    """Again and again, and whatever the program does about the signal."""
    def use(pid):
        for _ in range(3):
            answer = ask(context, pid, "--format", "json", by=FILTERED)
            context.check.equal("status", (answer.returncode, answer.stderr), (0, b""))
            if answer.returncode == 0:
                check_answered(context, json.loads(answer.stdout))

    standing(context, interpreter, how, use)


def silent(context, interpreter, how, environment=None):
    """Then it says that it may not, in time, and the program has no harm."""
    def use(pid):
        answer = ask(context, pid, by=FILTERED)
        context.check.equal("status", answer.returncode, NOT_PERMITTED)
        context.check.equal("output", answer.stdout, b"")
        context.check.contains("error", answer.stderr.decode(), "FDPRELOAD_ANSWER")

    standing(context, interpreter, how, use, environment=environment)


def later(context, interpreter):
    """Timers of a program that nobody may trace say what those of any other say."""
    def timed(name, line):
        run = context.setup.run(line, context.subdirectory(name))
        context.check.equal(name + ": status", run.status, 0)
        context.check.equal(name + ": standard error", run.stderr, b"")
        return run.stdout.decode().splitlines()

    context.check.equal("timers", timed("filtered", untraceable(interpreter, "later",
                                                                name="dumping.py")),
                        timed("free", program_line(interpreter, "dumping.py", "later")))


def stall(context, interpreter):
    """A missed heartbeat gets its report."""
    run = context.setup.run(untraceable(interpreter, "heartbeats", name="dumping.py"),
                            context.subdirectory("run"))
    context.check.equal("status", run.status, 0)
    report, _ = one_report(context, run, logged=True)
    if report:
        context.check.equal("kind", (report["kind"], report["capture"]["method"]),
                            ("stall", "served"))
        context.check.equal("frames", names(report["threads"][0])[-2:],
                            ["heartbeats", "<module>"])


def same(context, interpreter):
    """What a program does with the signal has the same effect as without us."""
    bare, run = both(context, program_line(interpreter, "urgent.py"), environment=ALWAYS)
    context.check.true("it says something", len(bare.stdout.splitlines()) > 25)
    context.check.equal("standard output", run.stdout, bare.stdout)
    unchanged(context, bare, run)


ON_EACH_VERSION = [
    ("answer", answers, ("nothing",)),
]

ON_ONE_VERSION = [
    ("answer-handled", answers, ("handled",)),
    ("answer-forked", answers, ("forks",)),
    ("answer-blocked", silent, ("blocked",)),
    ("answer-ignored", silent, ("ignored",)),
    ("answer-never", silent, ("nothing", {"FDPRELOAD_ANSWER": "never"})),
    ("answer-later", later, ()),
    ("answer-stall", stall, ()),
    ("answer-same", same, ()),
]
