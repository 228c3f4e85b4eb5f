"""The daemon is nobody's child, in nobody's group, session, terminal or directory,
and it is gone when its clients are."""

import ctypes
import os
import shutil
import signal
import subprocess
import time

import check as checks
import crash_cases
import program
from common import both, one_report, program_line, unchanged, wait_ready
from crash_cases import check_left_behind, check_same_death, find_reports
from daemon_cases import needs_root
from trouble_cases import daemon_pid

CLONE_NEWNS = 0x20000
MS_PRIVATE_RECURSIVE = (1 << 18) | (1 << 14)
# The promise is 100 ms; the rest is this machine.
LEAVE_SECONDS = 5


def waits(context, interpreter):
    bare, run = both(context, program_line(interpreter, "waits.py"))
    context.check.equal("bare status", bare.status, 0)
    unchanged(context, bare, run)


def preloaded(context, line):
    """(bare, run) of a program that preloads the shim into another."""
    setup = context.setup
    bare = setup.run(line, context.subdirectory("bare"), shim=False)
    run = setup.run(line, context.subdirectory("shim"),
                    environment={"LD_PRELOAD": None, "TEST_PRELOAD": setup.shim})
    return bare, run


def subreaper(context, interpreter):
    bare, run = preloaded(context, program_line(interpreter, "subreaper.py", "prepare"))
    check_same_death(context.check, bare, run)
    context.check.equal("processes that stay", run.stuck, [])
    # The daemon's parent stays between them, and reaps it.
    context.check.equal("orphans", [crash_cases.signal_of(one.status) for one in run.orphans],
                        ["exit 0"])
    find_reports(context.check, run, None, 2)


def first_process(context, interpreter):
    """Its namespace ends with it, and the daemon too: the report is on disk."""
    needs_root()
    if not shutil.which("unshare"):
        raise checks.Skip("needs unshare")
    line = ["unshare", "-pf", "--mount-proc", *program_line(interpreter, "first.py")]
    bare, run = both(context, line)
    context.check.equal("standard output", run.stdout, bare.stdout)
    context.check.equal("wait status", run.status, bare.status)
    context.check.contains("standard output", run.stdout, b"no other child")
    context.check.equal("processes that stay", run.stuck, [])
    find_reports(context.check, run, None, 2)


def hangup(context, interpreter):
    """The terminal goes away, and what runs on it crashes."""
    line = program_line(interpreter, "terminal.py",
                        *program_line(interpreter, "crash_on.py", "SIGHUP"))
    bare, run = preloaded(context, line)
    context.check.equal("bare output", bare.stdout, b"signal %d\n" % signal.SIGSEGV)
    context.check.equal("standard output", run.stdout, bare.stdout)
    check_left_behind(context.check, run)
    find_reports(context.check, run, None)


def stat_fields(pid):
    """Of /proc/PID/stat, from the state on."""
    text = program.read("/proc/%d/stat" % pid)
    return text[text.rindex(b")") + 2:].split()


def members(kind, pid):
    """The processes of the group, or of the session, that PID leads."""
    field = {"group": 2, "session": 3}[kind]
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if int(stat_fields(int(name))[field]) == pid:
                found.append(int(name))
        except (FileNotFoundError, ProcessLookupError):
            pass  # it has ended meanwhile
    return found


def killed(context, interpreter, kind, number, reports):
    """A signal to the whole process group, or session, does not hit the daemon."""
    def prepare(process, output):
        wait_ready(output)
        hit = members(kind, process.pid)
        context.check.equal("members", hit, [process.pid])
        for pid in hit:
            os.kill(pid, number)

    run = context.setup.run(program_line(interpreter, "crash_on.py", "SIGTERM", kind),
                            context.subdirectory("shim"), prepare=prepare)
    context.check.equal("signal", os.WTERMSIG(run.status),
                        signal.SIGSEGV if reports else number)
    check_left_behind(context.check, run)
    find_reports(context.check, run, None, reports)


def belongings(context, interpreter):
    """What a daemon has while nothing happens."""
    check = context.check

    def prepare(process, output):
        wait_ready(output)
        pid = daemon_pid(context)
        if not pid:
            return
        fields, program_fields = stat_fields(pid), stat_fields(process.pid)
        check.true("a process group of its own", fields[2] != program_fields[2])
        check.true("a session of its own", fields[3] != program_fields[3])
        check.true("no leader of its session, who would get a terminal",
                   int(fields[3]) != pid)
        check.equal("terminal", fields[4], b"0")
        check.equal("directory", os.readlink("/proc/%d/cwd" % pid), "/")
        check.equal("descriptors", descriptors(pid),
                    ["/dev/null"] * 3 + ["[eventpoll]", "[pidfd]", "[signalfd]", "memfd", "socket",
                                         "socket"])
        names = [one.split(b"=")[0] for one in
                 program.read("/proc/%d/environ" % pid).split(b"\0")]
        check.true("LD_PRELOAD is passed on", b"LD_PRELOAD" not in names)
        mapped = program.read("/proc/%d/maps" % pid).decode()
        check.true("the shim is loaded into it", "libfdpreload" not in mapped)

    run = context.setup.run(program_line(interpreter, "crash_on.py", "SIGUSR1"),
                            context.subdirectory("shim"), prepare=lambda process, output: (
                                prepare(process, output), process.kill()))
    check_left_behind(check, run)


def descriptors(pid):
    """What they are open on, without numbers."""
    found = []
    for name in os.listdir("/proc/%d/fd" % pid):
        target = os.readlink("/proc/%d/fd/%s" % (pid, name))
        kind = target.split(":")[0]
        found.append(target.replace("anon_inode:", "") if kind in ("anon_inode", "/dev/null")
                     else "[pidfd]" if kind == "pidfd" else kind.split("/memfd")[-1])
    return sorted("memfd" if one == "" else one for one in found)


def unmounted(context, interpreter):
    """What the program has left, nobody holds."""
    needs_root()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) or \
            libc.mount(b"none", b"/", None, ctypes.c_ulong(MS_PRIVATE_RECURSIVE), None):
        raise checks.Skip("a mount namespace cannot be had")
    place = context.subdirectory("mounted")
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place], check=True)
    answers = []

    def prepare(process, output):
        wait_ready(output)
        answers.append(subprocess.run(["umount", place], stderr=subprocess.PIPE))

    line = ["/bin/sh", "-c", 'cd "$0" && exec "$@"', place,
            *program_line(interpreter, "mounted.py")]
    run = context.setup.run(line, context.subdirectory("shim"), prepare=prepare)
    context.check.equal("umount", [(one.returncode, one.stderr) for one in answers], [(0, b"")])
    check_left_behind(context.check, run)
    one_report(context, run)


def leaves(context, interpreter, line, what):
    """How long the daemon stays when its last client is killed."""
    found = []

    def prepare(process, output):
        wait_ready(output)
        victim = int(program.read(output).split()[1])
        pid = daemon_pid(context)
        begin = time.monotonic()
        os.kill(victim, signal.SIGKILL)
        with program.deadline(program.DAEMON_SECONDS):
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        found.append(time.monotonic() - begin)

    run = context.setup.run(program_line(interpreter, *line), context.subdirectory("shim"),
                            prepare=prepare)
    context.check.equal("processes that stay", run.stuck, [])
    context.check.equal("reports", run.reports(), [])
    print("     a daemon leaves %.1f ms after its last client, %s" % (1000 * found[0], what),
          flush=True)
    context.check.true("left after %.1f s" % found[0], found[0] < LEAVE_SECONDS)


ON_ONE_VERSION = [
    ("waits", waits, ()),
    ("subreaper", subreaper, ()),
    ("first-process", first_process, ()),
    ("hangup", hangup, ()),
    ("group-terminated", killed, ("group", signal.SIGTERM, 1)),
    ("group-killed", killed, ("group", signal.SIGKILL, 0)),
    ("session-terminated", killed, ("session", signal.SIGTERM, 1)),
    ("session-killed", killed, ("session", signal.SIGKILL, 0)),
    ("belongings", belongings, ()),
    ("unmounted", unmounted, ()),
    ("leaves", leaves, (("alive.py",), "which had its socket")),
    ("leaves-closed", leaves, (("alive.py", "closed"), "which had closed everything")),
]
