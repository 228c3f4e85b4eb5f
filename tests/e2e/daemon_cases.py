"""One daemon for a family: who joins it, and how long it stays."""

import os
import re
import signal
import socket

import check as checks
import crash_cases
import schema
from common import both, crash_line, one_report, program_line, wait_ready
from crash_cases import check_left_behind, check_same_death, find_reports, load
from trouble_cases import daemon_pid, says_died

REPORTER = re.compile(r"[0-9a-f]{5}:[0-9a-f]{16}:[0-9a-f]{16}\n")
NOWHERE = {"HOME": "/nonexistent", "XDG_STATE_HOME": "/nonexistent"}


def needs_root():
    if os.geteuid() != 0:
        raise checks.Skip("needs root")


def family(context, interpreter, arguments, daemons=1, reports=1, logged=False):
    """A family whose children crash: the run, and its reports."""
    bare, run = both(context, program_line(interpreter, "family.py", *arguments))
    check = context.check
    check_same_death(check, bare, run)
    check_left_behind(check, run, daemons)
    found = [load(paths[0]) for paths in find_reports(check, run, None, reports, logged)]
    for report in found:
        check.equal("schema", schema.complaints(report), [])
        check.equal("cause", report["cause"]["kind"], "null-dereference")
    check.equal("processes", len({report["process"]["pid"] for report in found}), reports)
    return run, found


def executed(context, interpreter, changes, daemons):
    family(context, interpreter, ["exec", *changes], daemons)


def worker_pool(context, interpreter):
    family(context, interpreter, ["serve", "8"], reports=8, logged=True)


def together(context, interpreter):
    """A child crashes while its parent is being read; core files overwrite each other."""
    run = context.setup.run(program_line(interpreter, "family.py", "together"),
                            context.subdirectory("shim"))
    context.check.equal("signal", os.WTERMSIG(run.status), signal.SIGSEGV)
    # Among the orphans is the child.
    context.check.equal("processes that stay", run.stuck, [])
    context.check.equal("daemons", [crash_cases.signal_of(one.status) for one in run.daemons()],
                        ["exit 0"])
    find_reports(context.check, run, None, 2, logged=True)


def forked(context, interpreter, how, complete=True):
    _, reports = family(context, interpreter, ["fork", how], logged=True)
    for report in reports:
        context.check.equal("threads", len(report["threads"]), 1)
        if complete:
            context.check.equal("missing", report["capture"]["missing"], [])


def forked_as_root(context, interpreter, how, complete=True):
    needs_root()
    forked(context, interpreter, how, complete)


def forked_without_way(context, interpreter):
    """Neither channel nor name: the last rung but one."""
    needs_root()
    run, _ = family(context, interpreter, ["fork", "close-network"], reports=0)
    says_died(context, run)


def killed_daemon(context, interpreter):
    """The name leads nowhere: the child has a daemon of its own."""
    def prepare(process, output):
        wait_ready(output)
        pid = daemon_pid(context)
        if pid:
            os.kill(pid, signal.SIGKILL)
            # The zombie is counted later.
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)

    check = context.check
    run = context.setup.run(program_line(interpreter, "family.py", "exec"),
                            context.subdirectory("shim"), prepare=prepare)
    check.equal("wait status", run.status, 0)
    check.equal("standard output", run.stdout, b"ready\nchild -11\n")
    check.equal("processes that stay", run.stuck, [])
    check.equal("daemons", sorted(crash_cases.signal_of(one.status) for one in run.daemons()),
                ["SIGKILL", "exit 0"])
    find_reports(check, run, None)


def reporter_of(context, interpreter, **environment):
    """The variable as a program finds it that runs in this environment."""
    code = "import os; print(os.environ.get('FDPRELOAD_REPORTER'))"
    directory = context.subdirectory("reporter%d" % len(os.listdir(context.directory)))
    run = context.setup.run([interpreter.path, "-c", code], directory, environment=environment)
    return run.stdout.decode()


def variable(context, interpreter):
    """It has its form, and its last part is a function of the settings."""
    check = context.check
    fixed = dict(NOWHERE, FDPRELOAD_LOG_DIR=os.path.join(context.directory, "log"))

    def parts(**more):
        text = reporter_of(context, interpreter, **dict(fixed, **more))
        check.true("form of %r" % text, REPORTER.fullmatch(text))
        return text.strip().split(":")

    first, second = parts(), parts()
    check.equal("settings", first[2], second[2])
    check.true("tokens are the same", first[1] != second[1])
    for name, value in (("FDPRELOAD_ECHO", "none"), ("HOME", "/"), ("XDG_STATE_HOME", "/"),
                        ("FDPRELOAD_UNKNOWN", "")):
        check.true("%s does not matter" % name, parts(**{name: value})[2] != first[2])
    check.equal("settings, with a variable of somebody else", parts(OTHER="x")[2], first[2])
    # A relative path means something else in each of the two directories.
    check.true("the directory does not matter",
               parts(FDPRELOAD_DEBUG="debug")[2] != parts(FDPRELOAD_DEBUG="debug")[2])
    check.equal("without children", reporter_of(context, interpreter, FDPRELOAD_CHILDREN="0"),
                "None\n")


class Listener:
    """Somebody of our own user with a name of the right form."""

    def __init__(self, backlog):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.bind("")
        self.name = self.socket.getsockname()[1:].decode()
        self.socket.listen(backlog)
        self.others = []

    def fill(self):
        """Until nobody can connect any more."""
        try:
            while True:
                other = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                self.others.append(other)
                other.setblocking(False)
                other.connect(self.socket.getsockname())
        except BlockingIOError:
            pass


def wrong_values(settings, silent, full):
    good = "%s:" + "0" * 16 + ":" + settings
    return {
        "empty": "", "colons": "::", "large": "0" * 5000, "bytes": "\xff" * 39,
        "nobody": good % "fffff", "silent": good % silent, "full": good % full,
        "capitals": good % "FFFFF", "settings": (good % silent).replace(settings, "0" * 16),
        "short": (good % "fffff")[:-1], "long": good % "fffff" + "0", "no-hex": good % "xyzzy",
        "token": (good % silent).replace("0" * 16, "-" * 16), "spaces": " " * 39,
    }


def wrong_variable(context, interpreter):
    """Whatever it holds, the program has a daemon and is reported."""
    fixed = dict(NOWHERE, FDPRELOAD_LOG_DIR=os.path.join(context.directory, "log"))
    settings = reporter_of(context, interpreter, **fixed).strip().split(":")[2]
    silent, full = Listener(5), Listener(0)
    full.fill()
    for name, value in wrong_values(settings, silent.name, full.name).items():
        run = context.setup.run(crash_line(interpreter), context.subdirectory(name),
                                environment=dict(fixed, FDPRELOAD_REPORTER=value))
        check = checks.Check()
        check.equal("signal", os.WTERMSIG(run.status), signal.SIGSEGV)
        check_left_behind(check, run)
        os.rename(fixed["FDPRELOAD_LOG_DIR"], run.log)
        find_reports(check, run, run.pid)
        context.check.count += check.count
        context.check.problems += ["%s: %s" % (name, problem) for problem in check.problems]


def wrong_token(context, interpreter):
    """The daemon is there, and does not let somebody in who guesses."""
    code = ("import os, subprocess, sys\n"
            "name, token, settings = os.environ['FDPRELOAD_REPORTER'].split(':')\n"
            "other = '%016x' % (int(token, 16) ^ 1)\n"
            "os.environ['FDPRELOAD_REPORTER'] = ':'.join((name, other, settings))\n"
            "print(subprocess.run([sys.executable, *sys.argv[1:]]).returncode)\n")
    run = context.setup.run([interpreter.path, "-c", code, *crash_line(interpreter)[1:]],
                            context.subdirectory("shim"))
    context.check.equal("standard output", run.stdout.split(b"\n")[-2], b"-11")
    check_left_behind(context.check, run, daemons=2)
    find_reports(context.check, run, None)


def no_children(context, interpreter):
    """FDPRELOAD_CHILDREN=0: the child is as without us, whatever else is preloaded."""
    code = ("import os; print(os.environ.get('LD_PRELOAD'), flush=True); "
            "os.system('echo \"$LD_PRELOAD\"')")
    shim, other = context.setup.shim, "libm.so.6"
    for index, (before, after) in enumerate([
            (shim, None), (shim + ":" + other, other), (other + " " + shim, other),
            (":%s::%s " % (shim, other), other),
            ("%s:%s %s" % (other, shim, other), "%s %s" % (other, other))]):
        run = context.setup.run([interpreter.path, "-c", code],
                                context.subdirectory("shim%d" % index),
                                environment={"LD_PRELOAD": before, "FDPRELOAD_CHILDREN": "0"})
        context.check.equal("LD_PRELOAD after %r" % before, run.stdout.decode(),
                            "%s\n%s\n" % (after, after or ""))
        check_left_behind(context.check, run)
    _, run = both(context, program_line(interpreter, "family.py", "exec"),
                  {"FDPRELOAD_CHILDREN": "0"})
    context.check.equal("reports of a child that is not watched", run.reports(), [])


def daemonized(context, interpreter):
    """All sockets are closed and the parent is long gone: the daemon waits."""
    run = context.setup.run(program_line(interpreter, "daemonized.py"),
                            context.subdirectory("shim"))
    check = context.check
    check.equal("wait status", run.status, 0)
    check.equal("processes that stay", run.stuck, [])
    check.equal("daemons", [crash_cases.signal_of(one.status) for one in run.daemons()],
                ["exit 0"])
    find_reports(check, run, None)


def hostile(context, interpreter, way):
    """The daemon neither stays for what it is told, nor loses the report."""
    run = context.setup.run(program_line(interpreter, "hostile.py", way),
                            context.subdirectory("shim"))
    context.check.equal("signal", os.WTERMSIG(run.status), signal.SIGSEGV)
    check_left_behind(context.check, run)
    report, _ = one_report(context, run, logged=True)
    if report:
        context.check.equal("cause", report["cause"]["kind"], "null-dereference")


HOSTILE = ["own_end", "own_end_by_name", "both_ends", "end_within", "wrong_lives", "silent",
           "silent_and_many", "guessing", "crashing_unproven", "garbage"]

ON_ONE_VERSION = [
    ("exec-joins", executed, ((), 1)),
    ("exec-other-settings", executed, (("FDPRELOAD_DEADLINE_MS=2999",), 2)),
    ("exec-without-variable", executed, (("FDPRELOAD_REPORTER=",), 2)),
    ("exec-daemon-killed", killed_daemon, ()),
    ("fork-plain", forked, ("plain",)),
    ("fork-close", forked, ("close",)),
    ("fork-exhaust", forked, ("exhaust",)),
    ("fork-network", forked_as_root, ("network",)),
    ("fork-root", forked_as_root, ("root",)),
    ("fork-user", forked_as_root, ("user", False)),
    ("fork-no-way", forked_without_way, ()),
    ("worker-pool", worker_pool, ()),
    ("together", together, ()),
    ("reporter-variable", variable, ()),
    ("reporter-wrong", wrong_variable, ()),
    ("reporter-wrong-token", wrong_token, ()),
    ("no-children", no_children, ()),
    ("daemonized", daemonized, ()),
] + [("hostile-" + way, hostile, (way,)) for way in HOSTILE]
