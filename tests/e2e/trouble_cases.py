"""When the daemon, the log or the program's descriptors are in trouble: the
program dies as it would have without us, and in time."""

import os
import re
import shutil
import signal

import check as checks
import crash_cases
import kinds
import program
import stacks
from common import NULL_READ, both, crash_line, one_report, program_line, wait_ready
from crash_cases import check_left_behind, check_same_death

# The promise is 3 s from the fault to the death; the rest is this machine.
DEADLINE_SECONDS = 3.0
SLACK_SECONDS = 1.0
NOBODY = 65534


def unwritable_log(context, interpreter):
    blocker = os.path.join(context.directory, "a-file")
    with open(blocker, "w"):
        pass
    bare, run = both(context, crash_line(interpreter),
                     {"FDPRELOAD_LOG_DIR": os.path.join(blocker, "log")})
    check_same_death(context.check, bare, run)
    check_left_behind(context.check, run)
    error = run.stderr.decode()
    context.check.contains("echo", error, "SIGSEGV")
    context.check.contains("echo", error.lower(), "null")
    context.check.contains("echo", error, "crash.py")


def no_daemon(context, interpreter):
    bare, run = both(context, crash_line(interpreter), {"FDPRELOAD_DAEMON": "/nonexistent"})
    check_same_death(context.check, bare, run)
    context.check.equal("processes that stay", run.stuck, [])
    context.check.equal("reports", run.reports(), [])


def no_analysis(context, interpreter):
    """Half of the daemon is missing: the last rung, and its log says what."""
    alone = os.path.join(context.subdirectory("alone"), "fdpreloadd")
    shutil.copy(context.setup.daemon, alone)
    bare, run = both(context, crash_line(interpreter), {"FDPRELOAD_DAEMON": alone})
    check_same_death(context.check, bare, run)
    check_left_behind(context.check, run)
    says_died(context, run)
    context.check.equal("what is in the directory", run.reports(), ["fdpreloadd.log"])
    log = program.read(os.path.join(run.log, "fdpreloadd.log")).decode()
    context.check.contains("log", log, "no reports can be made")
    context.check.contains("log", log, "fdpreload-analysis.so")


def says_died(context, run):
    """At least the last rung: one line of the shim."""
    context.check.true("standard error does not name the signal: %r" % run.stderr,
                       re.search(rb"SIGSEGV|signal 11\b", run.stderr))


def daemon_pid(context):
    """The daemon is our child since its parent is gone."""
    for pid in program.children():
        if program.comm_of(pid) in program.DAEMON:
            return pid
    context.check.true("there is a daemon", False)
    return None


def harmed_daemon(context, interpreter, number, environment, limit):
    """The daemon is killed or stopped before the crash."""
    victims = []

    def prepare(process, output):
        wait_ready(output)
        pid = daemon_pid(context)
        if pid:
            victims.append(pid)
            os.kill(pid, number)
            # For the kill this leaves the zombie to be counted later.
            os.waitid(os.P_PID, pid, os.WEXITED | os.WSTOPPED | os.WNOWAIT)

    def finish():
        if number == signal.SIGSTOP:
            for pid in victims:
                os.kill(pid, signal.SIGCONT)

    setup, check = context.setup, context.check
    line = crash_line(interpreter, place="pthread")
    bare = setup.run(line, context.subdirectory("bare"), shim=False,
                     environment={"CRASH_WAIT": "1"})
    run = setup.run(line, context.subdirectory("shim"), prepare=prepare, finish=finish,
                    environment=dict(environment, CRASH_WAIT="1"))
    check_same_death(check, bare, run)
    check.true("died after %.1f s" % run.seconds, run.seconds < limit + SLACK_SECONDS)
    check.equal("processes that stay", run.stuck, [])
    says_died(context, run)
    if number == signal.SIGSTOP:
        one_report(context, run, logged=True)


def signalled_daemon(context, interpreter):
    """All that can be sent to a whole control group: systemd's watchdog sends SIGABRT."""
    def prepare(process, output):
        wait_ready(output)
        pid = daemon_pid(context)
        for number in signal.valid_signals() if pid else ():
            if number not in (signal.SIGKILL, signal.SIGSTOP):
                os.kill(pid, number)

    run = context.setup.run(crash_line(interpreter), context.subdirectory("shim"),
                            prepare=prepare, environment={"CRASH_WAIT": "1"})
    context.check.equal("signal", os.WTERMSIG(run.status), signal.SIGSEGV)
    check_left_behind(context.check, run)
    one_report(context, run)


def closed_error(context, interpreter):
    line = ["/bin/sh", "-c", 'exec "$@" 2>&-', "sh", *crash_line(interpreter)]
    bare, run = both(context, line)
    check_same_death(context.check, bare, run)
    check_left_behind(context.check, run)
    one_report(context, run)


def closed_all(context, interpreter, mode):
    bare, run = both(context, program_line(interpreter, "close_all.py", mode))
    check_same_death(context.check, bare, run)
    context.check.equal("processes that stay", run.stuck, [])
    says_died(context, run)
    victim = os.path.join(run.directory, "cwd", "victim")
    if mode == "reuse":
        context.check.equal("bytes in the program's file", program.read(victim), b"")


def full_pipe(context, interpreter):
    """Nobody reads the program's error output: it dies all the same."""
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    try:
        while os.write(write_end, bytes(4096)):
            pass
    except BlockingIOError:
        pass
    os.set_blocking(write_end, True)
    bare, _ = both(context, crash_line(interpreter))
    run = context.setup.run(crash_line(interpreter), context.subdirectory("full"),
                            stderr=write_end)
    os.close(read_end)
    os.close(write_end)
    check_same_death(context.check, bare, run)
    check_left_behind(context.check, run)
    context.check.true("died after %.1f s" % run.seconds,
                       run.seconds < DEADLINE_SECONDS + SLACK_SECONDS)
    one_report(context, run)


def run_as_nobody(context, interpreter, script, *arguments):
    """Another user, with copies of the products that it may read."""
    if os.getuid() != 0:
        raise checks.Skip("needs root")
    if not shutil.which("setpriv"):
        raise checks.Skip("needs setpriv")
    build = context.subdirectory("build")
    setup = program.Setup(build)
    for name in ("libfdpreload.so", "fdpreloadd", "fdpreload-analysis.so"):
        shutil.copy(os.path.join(context.setup.build, name), setup.build)
    shutil.copytree(context.setup.extensions, setup.extensions)
    shutil.copy(script, build)
    nobody = ["setpriv", "--reuid=%d" % NOBODY, "--regid=%d" % NOBODY, "--clear-groups"]
    inner = ["env", "LD_PRELOAD=" + setup.shim, interpreter.path,
             os.path.join(build, os.path.basename(script)), *arguments]

    def directory(name):
        path = os.path.join(context.directory, name)
        os.makedirs(os.path.join(path, "open"))
        os.chmod(os.path.join(path, "open"), 0o777)
        return path

    run = setup.run(
        ["sh", "-c", 'cd ../open && exec "$@"', "sh", *nobody, *inner],
        directory("shim"), environment={
            "LD_PRELOAD": None,
            "FDPRELOAD_LOG_DIR": os.path.join(context.directory, "shim", "open", "log")})
    check_left_behind(context.check, run)
    os.symlink("open/log", run.log)
    return run


def as_nobody(context, interpreter):
    run = run_as_nobody(context, interpreter, crash_cases.CRASH, "null-read", "pthread", "2")
    context.check.equal("status", os.WTERMSIG(run.status), signal.SIGSEGV)
    report, _ = one_report(context, run)
    if report:
        context.check.equal("uid", report["process"]["uid"], NOBODY)
        context.check.equal("complete", report["capture"]["missing"], [])
        stacks.merged(context.check, "crashed", report["threads"][0]["frames"],
                      kinds.whole_stack(NULL_READ, "pthread"))


def few_descriptors(context, interpreter, number, watched):
    """With fewer than 32 it is left alone: it needs them all, and so would a daemon."""
    line = ["prlimit", "--nofile=%d:%d" % (number, number), *crash_line(interpreter)]
    bare, run = both(context, line)
    check_same_death(context.check, bare, run)
    check_left_behind(context.check, run, daemons=1 if watched else 0)
    if watched:
        one_report(context, run)
    else:
        context.check.equal("standard error", run.stderr, bare.stderr)


def no_directory(context, interpreter):
    """The working directory is gone when it dies."""
    script = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'
    code = "import _crashers; _crashers.die('null-read')"
    line = ["/bin/sh", "-c", script, "sh", interpreter.path, "-c", code]
    bare, run = both(context, line)
    check_same_death(context.check, bare, run)
    check_left_behind(context.check, run)
    one_report(context, run)


# On one version each, going round: name, function, further arguments.
ON_ONE_VERSION = [
    ("unwritable-log", unwritable_log, ()),
    ("no-daemon", no_daemon, ()),
    ("no-analysis", no_analysis, ()),
    ("daemon-killed", harmed_daemon, (signal.SIGKILL, {}, DEADLINE_SECONDS)),
    ("daemon-stopped", harmed_daemon, (signal.SIGSTOP, {}, DEADLINE_SECONDS)),
    ("daemon-stopped-deadline", harmed_daemon,
     (signal.SIGSTOP, {"FDPRELOAD_DEADLINE_MS": "500"}, 0.5)),
    ("signalled-daemon", signalled_daemon, ()),
    ("closed-stderr", closed_error, ()),
    ("full-pipe", full_pipe, ()),
    ("closed-all", closed_all, ("close",)),
    ("closed-all-reused", closed_all, ("reuse",)),
    ("few-descriptors", few_descriptors, (32, True)),
    ("too-few-descriptors", few_descriptors, (31, False)),
    ("no-directory", no_directory, ()),
]
