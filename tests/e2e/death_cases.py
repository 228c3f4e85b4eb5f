"""Deaths by a fault that no handler of ours has seen: reported from outside."""

import os
import signal

import crash_cases
import program
import schema
from common import both, program_line, wait_ready
from crash_cases import check_left_behind, check_same_death, find_reports, load


def death(context, interpreter, run, pid, number):
    """The only report of RUN, which is of the death of PID; or None."""
    check = context.check
    paths = find_reports(check, run, pid)
    if len(paths) != 1:
        return None
    report, text = load(paths[0][0]), crash_cases.read_text(paths[0][1])
    check.equal("schema", schema.complaints(report), [])
    check.equal("kind", report["kind"], "death")
    check.equal("signal", report["signal"]["number"], number)
    check.equal("exe", report["process"]["exe"], os.path.realpath(interpreter.path))
    check.contains("cmdline", report["process"]["cmdline"], "unseen.py")
    check.equal("uid", report["process"]["uid"], os.getuid())
    check.true("start time", report["process"]["start_time"])
    check.contains("headline", text.split("\n")[0], "no handler ran")
    check.contains("text", crash_cases.flat(text), crash_cases.flat(report["cause"]["text"]))
    return report


def unseen(context, interpreter, way, number, words, foreign=None):
    bare, run = both(context, program_line(interpreter, "unseen.py", way))
    check = context.check
    check.equal("signal of the bare run", os.WTERMSIG(bare.status), number)
    check_same_death(check, bare, run)
    check.equal("standard error", run.stderr, bare.stderr)
    check_left_behind(check, run)
    report = death(context, interpreter, run, run.pid, number)
    if not report:
        return
    check.equal("the core is mentioned", "left a core" in report["cause"]["text"],
                os.WCOREDUMP(run.status))
    check.contains("cause", report["cause"]["text"], words)
    check.equal("foreign handlers", [(one["number"], one["action"])
                                     for one in report["foreign_handlers"]], foreign or [])


def zombie(context, interpreter, way):
    """It is known how it died before its parent has asked."""
    run = context.setup.run(program_line(interpreter, "unseen.py", "zombie", way),
                            context.subdirectory("shim"))
    context.check.equal("standard output", run.stdout, b"%d\n" % -signal.SIGSEGV)
    check_left_behind(context.check, run)
    death(context, interpreter, run, None, signal.SIGSEGV)


def not_ours(context, interpreter, way, daemon_waits):
    """What a watched process has become is not watched."""
    def prepare(process, output):
        wait_ready(output)
        if not daemon_waits:
            daemon_is_gone()
        os.kill(process.pid, signal.SIGSEGV)

    run = context.setup.run(program_line(interpreter, "unseen.py", way),
                            context.subdirectory("shim"), prepare=prepare)
    context.check.equal("signal", os.WTERMSIG(run.status), signal.SIGSEGV)
    context.check.equal("reports", run.reports(), [])
    check_left_behind(context.check, run)


def daemon_is_gone():
    """It has seen the end of its last client; the zombie is counted later."""
    for pid in program.children():
        if program.comm_of(pid) in program.DAEMON:
            with program.deadline(program.DAEMON_SECONDS):
                os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


ON_ONE_VERSION = [
    ("unseen-ignored", unseen, ("die_ignoring", signal.SIGSEGV, "was ignored")),
    ("unseen-replaced", unseen, ("raw_default", signal.SIGSEGV, "set it to SIG_DFL",
                                 [(signal.SIGSEGV, "default")])),
    ("unseen-filtered", unseen, ("filtered", signal.SIGSYS, "seccomp")),
    ("unseen-zombie", zombie, ("die_ignoring",)),
    ("unseen-zombie-beside-child", zombie, ("beside_child",)),
    ("unseen-executed", not_ours, ("executed", False)),
    ("unseen-executed-beside-child", not_ours, ("executed_beside_child", True)),
]
