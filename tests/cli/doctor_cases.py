"""fdpreload doctor: what it says of a machine where something is wrong."""

import ctypes
import os
import signal
import struct

import calls
import program
from pool import Case

# Levels as doctor writes them.
OK, NOTE, PROBLEM = "ok", "note", "PROBLEM"


def expect(context, what, answer, check, level, part=""):
    """Doctor has that to say of CHECK; the exit status follows from the levels."""
    found = answer.lines()
    context.check.true("%s: no line %s %s: ...%s... in\n%s" % (what, level, check, part,
                                                             answer.stdout),
                       any(one == level and part in text for one, text in found.get(check, [])))
    worst = any(one == PROBLEM for lines in found.values() for one, _ in lines)
    context.check.equal("%s: status" % what, answer.status, int(worst))
    context.check.equal("%s: standard error" % what, answer.stderr, "")


def well(context):
    """Nothing is wrong, and nothing is left behind by the looking."""
    check = context.check
    answer = calls.call(context, "doctor")
    check.equal("status, with\n" + answer.stdout, answer.status, 0)
    for name in ("library", "reporter", "analysis", "settings", "log directory"):
        expect(context, "well", answer, name, OK)
    check.contains("test crash", answer.lines()["test crash"][0][1], "reported ")
    check.equal("temporary files", os.listdir(os.path.join(context.directory, "tmp")), [])
    check.true("the log directory was made",
               not os.path.exists(os.path.join(context.directory, "log")))
    check.equal("processes left", program.children(), [])


def as_json(context):
    """The same, for programs."""
    check = context.check
    log = "log \udcff\x1b[31m"
    answer = calls.call(context, "doctor", env={"FDPRELOAD_LOG_DIR": log})
    again = calls.call(context, "doctor", "--format", "json", env={"FDPRELOAD_LOG_DIR": log})
    report = again.report()
    check.equal("keys", sorted(report), ["checks", "pid", "schema", "version", "well"])
    check.equal("schema", report["schema"], "fdpreload.doctor/1")
    check.equal("pid", report["pid"], None)
    check.equal("well", report["well"], again.status == 0)
    check.equal("checks", [(one["check"], one["result"]) for one in report["checks"]],
                [(line.split(None, 1)[1].split(":")[0], line.split()[0].lower())
                 for line in answer.stdout.splitlines()])
    check.true("escape in text", "\x1b" not in answer.stdout and "\\x1b[31m" in answer.stdout)
    check.true("more than ASCII in JSON", again.stdout.isascii() and "\x1b" not in again.stdout)


def signals_ignored(context):
    """What whoever starts doctor ignores and blocks is not its business."""
    def prepare():
        for number in (signal.SIGCHLD, signal.SIGSEGV):
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD, signal.SIGSEGV])
    answer = calls.call(context, "doctor", preexec_fn=prepare)
    context.check.equal("status, with\n" + answer.stdout, answer.status, 0)
    context.check.contains("test crash", answer.lines()["test crash"][0][1], "reported ")


def usage(context):
    for arguments in (["x"], ["0"], ["-1"], ["1", "2"], ["99999999999"], ["--format", "xml"],
                      ["--format"], ["--bogus"], [""]):
        answer = calls.call(context, "doctor", *arguments)
        context.check.equal("status of %r" % arguments, answer.status, 2)
        context.check.equal("lines of %r" % arguments, answer.stderr.count("\n"), 1)
        context.check.equal("output of %r" % arguments, answer.stdout, "")


def products(context):
    """Each of the products missing or damaged."""
    def doctor(name, without=(), damaged=None, **env):
        directory = calls.copy_of_products(context, name, without)
        if damaged:
            with open(os.path.join(directory, damaged), "w") as file:
                file.write("damaged\n")
        return calls.call(context, "doctor", tool=os.path.join(directory, "fdpreload"), env=env)

    missing = doctor("1", without=["fdpreload-analysis.so"])
    expect(context, "no module", missing, "analysis", PROBLEM, "fdpreload-analysis.so")
    expect(context, "no module", missing, "test crash", PROBLEM, "no report was made")
    expect(context, "a damaged module", doctor("2", damaged="fdpreload-analysis.so"),
           "test crash", PROBLEM, "no reports can be made: ")
    if not os.path.exists("/usr/local/libexec/fdpreload/fdpreloadd"):
        missing = doctor("3", without=["fdpreloadd"])
        expect(context, "no reporter", missing, "reporter", PROBLEM, "make install")
        expect(context, "no reporter", missing, "test crash", PROBLEM, "no reporter daemon")
    expect(context, "a damaged reporter", doctor("4", damaged="fdpreloadd"),
           "test crash", PROBLEM, "does not watch")
    if not os.path.exists("/usr/local/lib/libfdpreload.so"):
        expect(context, "no library", doctor("5", without=["libfdpreload.so"]),
               "library", PROBLEM, "make install")
    expect(context, "a damaged library", doctor("6", damaged="libfdpreload.so"),
           "library", PROBLEM)
    expect(context, "a space", doctor("7 7"), "library", PROBLEM, "space")
    expect(context, "a wrong FDPRELOAD_DAEMON", doctor("8", FDPRELOAD_DAEMON="/nonexistent"),
           "reporter", PROBLEM, "FDPRELOAD_DAEMON is /nonexistent")
    expect(context, "another FDPRELOAD_DAEMON", doctor("9", FDPRELOAD_DAEMON="/bin/false"),
           "test crash", PROBLEM)


def log_directories(context):
    def doctor(path, **env):
        return calls.call(context, "doctor", env=dict(env, FDPRELOAD_LOG_DIR=path))

    file = os.path.join(context.directory, "file")
    with open(file, "w"):
        pass
    for what, path in (("a file", file), ("below a file", file + "/log")):
        expect(context, what, doctor(path), "log directory", PROBLEM, "Not a directory")
    opened = context.subdirectory("opened")
    os.chmod(opened, 0o777)
    expect(context, "open to all", doctor(opened), "log directory", PROBLEM, "mode 0777")
    own = context.subdirectory("own")
    expect(context, "own", doctor(own), "log directory", OK, own)
    context.check.equal("files in it", os.listdir(own), [])
    expect(context, "relative", doctor("own"), "log directory", OK, own)
    new = os.path.join(context.directory, "new/er")
    expect(context, "new", doctor(new), "log directory", OK, new)
    context.check.true("it was made", not os.path.exists(os.path.dirname(new)))


def log_directory_of_others(context):
    """Of somebody else; and as somebody who has no right and no home."""
    calls.need_root()
    theirs = context.subdirectory("theirs")
    os.chown(theirs, 12345, 12345)
    expect(context, "theirs", calls.call(context, "doctor", env={"FDPRELOAD_LOG_DIR": theirs}),
           "log directory", PROBLEM, "belongs to user 12345")
    tool = os.path.join(calls.copy_of_products(context, "products"), "fdpreload")
    before = ["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups"]
    more = {"TMPDIR": None, "XDG_STATE_HOME": None}
    expect(context, "no right",
           calls.call(context, "doctor", tool=tool, before=before, env=more),
           "log directory", PROBLEM, "Permission denied")
    expect(context, "no home",
           calls.call(context, "doctor", tool=tool, before=before,
                      env=dict(more, FDPRELOAD_LOG_DIR=None, HOME=None)),
           "log directory", PROBLEM, "HOME is not set")


def log_space(context):
    calls.need_root()
    calls.need_namespaces("--mount")
    place = context.subdirectory("place")
    script = "mount -t tmpfs -o size=64k,mode=700 none %s && exec \"$@\"" % place
    answer = calls.call(context, "doctor", before=["unshare", "--mount", "sh", "-c", script, "sh"],
                        env={"FDPRELOAD_LOG_DIR": place})
    expect(context, "no space", answer, "log space", PROBLEM, "64 KiB")


def no_proc(context):
    calls.need_root()
    calls.need_namespaces("--mount")
    answer = calls.call(context, "doctor", before=[
        "unshare", "--mount", "sh", "-c", "umount -l /proc && exec \"$@\"", "sh"])
    expect(context, "no /proc", answer, "container", PROBLEM, "/proc is not mounted")


def settings(context):
    for env, level, part in (
            ({"FDPRELOAD_ECHO": "loud"}, NOTE, "FDPRELOAD_ECHO=loud"),
            ({"FDPRELOAD_LOGDIR": "/x"}, NOTE, "FDPRELOAD_LOGDIR"),
            ({"FDPRELOAD_DEADLINE_MS": "9"}, NOTE, "100 to 60000"),
            ({"FDPRELOAD_FOLLOW": "none"}, PROBLEM, "no program is watched"),
            ({"FDPRELOAD_ECHO": "full"}, OK, "2 variables"),
            ({"FDPRELOAD_LOG_DIR": None}, OK, "defaults")):
        expect(context, "%r" % env, calls.call(context, "doctor", env=env), "settings", level,
               part)


def preload_is_wrong(context):
    """Another library of that name, that ld.so cannot load."""
    bad = os.path.join(context.subdirectory("bad"), "libfdpreload.so")
    with open(bad, "w") as file:
        file.write("damaged\n")
    answer = calls.call(context, "doctor", env={"LD_PRELOAD": bad})
    context.check.contains("what ld.so says", answer.stdout,
                           "PROBLEM  test crash: ld.so did not load the library")


# linux/seccomp.h, linux/filter.h, linux/prctl.h; x86-64.
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
RET_ALLOW, RET_EPERM, RET_KILL = 0x7fff0000, 0x00050001, 0x80000000
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
PTRACE, PROCESS_VM_READV, SECCOMP = 101, 310, 317


def install_filter(numbers, action):
    """Of the calling process: these system calls end in ACTION."""
    code = [(LOAD, 0, 0, 0)]
    for left, number in zip(range(len(numbers), 0, -1), numbers):
        code.append((JUMP_EQUAL, left, 0, number))
    code += [(RETURN, 0, 0, RET_ALLOW), (RETURN, 0, 0, action)]
    text = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *line) for line in code))
    libc = ctypes.CDLL(None)
    filter_ = ctypes.create_string_buffer(struct.pack("<H6xQ", len(code),
                                                      ctypes.addressof(text)))
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter_, 0, 0) != 0:
        raise OSError("no filter can be installed")


def filtered(context):
    """As in a container without ptrace: reports are made all the same."""
    answer = calls.call(context, "doctor", preexec_fn=lambda: install_filter(
        [PTRACE, PROCESS_VM_READV], RET_EPERM))
    for check in ("ptrace", "process_vm_readv"):
        expect(context, "refused", answer, check, NOTE, "not permitted")
    expect(context, "refused", answer, "watching", NOTE, "FDPRELOAD_WATCH finds no hangs")
    expect(context, "refused", answer, "seccomp", NOTE, "filtered already")
    expect(context, "refused", answer, "test crash", NOTE, "through its crashed thread")
    context.check.equal("status", answer.status, 0)


def killed(context):
    """A filter that kills who asks: doctor itself lives, and says so."""
    answer = calls.call(context, "doctor", preexec_fn=lambda: install_filter(
        [PTRACE, PROCESS_VM_READV, SECCOMP], RET_KILL))
    for check in ("ptrace", "process_vm_readv", "confinement"):
        expect(context, "killed", answer, check, NOTE, "kills")
    expect(context, "killed", answer, "test crash", NOTE, "through its crashed thread")


def matrix():
    return [Case("doctor/" + function.__name__.replace("_", "-"), function)
            for function in (well, as_json, signals_ignored, usage, products, log_directories,
                             log_directory_of_others, log_space, no_proc, settings,
                             preload_is_wrong, filtered, killed)]
