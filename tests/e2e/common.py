"""What the cases other than the crash matrix share."""

import os

import crash_cases
import kinds
import program
import schema
from crash_cases import check_left_behind, check_same_death, find_reports, load

PROGRAMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs")
BY_NAME = {one.name: one for one in kinds.KINDS}
NULL_READ = BY_NAME["null-read"]


def both(context, command, environment=None, name="", bare_command=None, **more):
    """(bare run, run under the shim) of one command."""
    setup = context.setup
    bare = setup.run(bare_command or command, context.subdirectory("bare" + name), shim=False)
    run = setup.run(command, context.subdirectory("shim" + name), environment=environment, **more)
    return bare, run


def crash_line(interpreter, kind="null-read", place="main", others=0):
    return crash_cases.command(interpreter, BY_NAME[kind], place, others)


def program_line(interpreter, name, *arguments):
    return [interpreter.path, os.path.join(PROGRAMS, name), *arguments]


def unchanged(context, bare, run, daemons=1):
    """A program that lives: nothing at all may differ."""
    check = context.check
    check_same_death(check, bare, run)
    check.equal("standard error", run.stderr, bare.stderr)
    check.equal("reports", run.reports(), [])
    check_left_behind(check, run, daemons)


def one_report(context, run, logged=False):
    """The only report of RUN, valid, with its text; or (None, None)."""
    reports = find_reports(context.check, run, run.pid, logged=logged)
    if len(reports) != 1:
        context.check.true("standard error: %r" % run.stderr[-600:], False)
        return None, None
    report = load(reports[0][0])
    context.check.equal("schema", schema.complaints(report), [])
    return report, crash_cases.read_text(reports[0][1])


def wait_ready(path):
    """Until the program that PATH collects the output of stands by."""
    with program.deadline(program.HANG_SECONDS):
        while not program.read(path).startswith(b"ready\n"):
            os.sched_yield()


def wait_reading(pid):
    """Until a thread reads from descriptor 0."""
    with program.deadline(program.HANG_SECONDS):
        while not any(program.read("/proc/%d/task/%s/syscall" % (pid, tid)).startswith(b"0 0x0 ")
                      for tid in os.listdir("/proc/%d/task" % pid)):
            os.sched_yield()
