"""fdpreload run: the environment it makes, what it refuses, what it becomes."""

import os
import shutil
import signal
import sys

import calls
import program
from check import Skip
from pool import Case

CRASH = "import ctypes; ctypes.string_at(0)"

# Options, and the variables that they set; {here} is the working directory.
OPTIONS = (
    ([], {}),
    (["--log-dir", "/a/b"], {"FDPRELOAD_LOG_DIR": "/a/b"}),
    (["--log-dir=a b"], {"FDPRELOAD_LOG_DIR": "{here}/a b"}),
    (["--echo", "full"], {"FDPRELOAD_ECHO": "full"}),
    (["--echo=none", "--echo=brief"], {"FDPRELOAD_ECHO": "brief"}),
    (["--deadline", "100"], {"FDPRELOAD_DEADLINE_MS": "100"}),
    (["--deadline", "60000"], {"FDPRELOAD_DEADLINE_MS": "60000"}),
    (["--follow", "all"], {"FDPRELOAD_FOLLOW": "all"}),
    (["--signals", "SEGV,SIGABRT"], {"FDPRELOAD_SIGNALS": "SEGV,SIGABRT"}),
    (["--no-children"], {"FDPRELOAD_CHILDREN": "0"}),
    (["--save-capture"], {"FDPRELOAD_SAVE_CAPTURE": "1"}),
    (["--capture", "served"], {"FDPRELOAD_CAPTURE": "served"}),
    (["--daemon", "/bin/true"], {"FDPRELOAD_DAEMON": "/bin/true"}),
    (["--debug", "x"], {"FDPRELOAD_DEBUG": "{here}/x"}),
    (["--dump-after", "0.25"], {"FDPRELOAD_DUMP_AFTER": "0.25"}),
    (["--dump-after", "30", "--dump-repeat", "--dump-exit"],
     {"FDPRELOAD_DUMP_AFTER": "30", "FDPRELOAD_DUMP_REPEAT": "1", "FDPRELOAD_DUMP_EXIT": "1"}),
    (["--dump-signal", "SIGUSR1"], {"FDPRELOAD_DUMP_SIGNAL": "SIGUSR1"}),
    (["--dump-signal", "USR2,chain"], {"FDPRELOAD_DUMP_SIGNAL": "USR2,chain"}),
    (["--dump-signal", "SIGSYS"], {"FDPRELOAD_DUMP_SIGNAL": "SIGSYS"}),
    (["--dump-signal", "10"], {"FDPRELOAD_DUMP_SIGNAL": "10"}),
    (["--locals"], {"FDPRELOAD_LOCALS": "1"}),
    (["--guess-names"], {"FDPRELOAD_GUESS_NAMES": "1"}),
    (["--answer", "always"], {"FDPRELOAD_ANSWER": "always"}),
    (["--watch", "60"], {"FDPRELOAD_WATCH": "60"}),
    (["--watch", "0.1"], {"FDPRELOAD_WATCH": "0.1"}),
)

# What is refused, and a part of the one line that says so.
REFUSED = (
    ([], "no command"),
    (["--"], "no command"),
    (["--bogus", "touch"], "--bogus is not an option"),
    (["-x", "touch"], "-x is not an option"),
    (["--echo"], "--echo needs a value"),
    (["--no-children=1", "touch"], "--no-children takes no value"),
    (["--guess-names=0", "touch"], "--guess-names takes no value"),
    (["--log-dir", "", "touch"], "--log-dir: ''"),
    (["--echo", "loud", "touch"], "'loud' is not brief, full or none"),
    (["--echo", "", "touch"], "--echo: ''"),
    (["--follow", "Python", "touch"], "--follow: 'Python'"),
    (["--capture", "dead", "touch"], "--capture: 'dead'"),
    (["--deadline", "99", "touch"], "from 100 to 60000"),
    (["--deadline", "60001", "touch"], "--deadline: '60001'"),
    (["--deadline", "3e3", "touch"], "--deadline: '3e3'"),
    (["--deadline", "99999999999999999999", "touch"], "--deadline"),
    (["--signals", "SEGV,HUP", "touch"], "--signals: 'SEGV,HUP'"),
    (["--signals", "SEGV,", "touch"], "--signals: 'SEGV,'"),
    (["--signals", "", "touch"], "--signals: ''"),
    (["--dump-after", "0", "touch"], "--dump-after: '0'"),
    (["--dump-after", "-1", "touch"], "--dump-after: '-1'"),
    (["--dump-after", "1e3", "touch"], "--dump-after: '1e3'"),
    (["--dump-after", "99999999999999999999", "touch"], "--dump-after"),
    (["--dump-after", "inf", "touch"], "--dump-after: 'inf'"),
    (["--answer", "1", "touch"], "'1' is not auto, always or never"),
    (["--watch", "1h", "touch"], "--watch: '1h'"),
    (["--watch", "0.09", "touch"], "from 0.1 to 86400"),
    (["--watch", "86401", "touch"], "--watch: '86401'"),
    (["--dump-signal", "SEGV", "touch"], "--dump-signal: 'SEGV'"),
    (["--dump-signal", "11", "touch"], "--dump-signal: '11'"),
    (["--dump-signal", "KILL", "touch"], "--dump-signal: 'KILL'"),
    (["--dump-signal", "USR1,chains", "touch"], "--dump-signal: 'USR1,chains'"),
    (["--daemon", "/nonexistent", "touch"], "--daemon: '/nonexistent'"),
)


def variables(text):
    return dict(line.split("=", 1) for line in text.splitlines())


def options(context):
    check = context.check
    bare = calls.environment(context.directory)
    for arguments, expected in OPTIONS:
        answer = calls.call(context, "run", *arguments, "env")
        wanted = dict(bare, LD_PRELOAD=context.setup.shim)
        # By this its children find its reporter; `all` makes env(1) watched.
        found = variables(answer.stdout)
        found.pop("FDPRELOAD_REPORTER", None)
        wanted.update({name: value.format(here=context.directory)
                       for name, value in expected.items()})
        check.equal("variables after %r" % arguments, found, wanted)
        check.equal("standard error of %r" % arguments, answer.stderr, "")


def refused(context):
    check = context.check
    mark = os.path.join(context.directory, "mark")
    for arguments, part in REFUSED:
        answer = calls.call(context, "run", *arguments,
                            *([mark] if arguments[-1:] == ["touch"] else []))
        check.equal("status of %r" % arguments, answer.status, 2)
        check.equal("lines of %r" % arguments, answer.stderr.count("\n"), 1)
        check.contains("standard error of %r" % arguments, answer.stderr, part)
        check.true("%r started its command" % arguments, not os.path.exists(mark))


def preload(context):
    shim = context.setup.shim
    other = os.path.join(context.directory, "libfdpreload.so")
    shutil.copy(shim, other)
    for before, after in (
            (None, shim), ("", shim),
            ("libm.so.6", "libm.so.6:" + shim),
            ("libm.so.6 libdl.so.2", "libm.so.6 libdl.so.2:" + shim),
            (shim, shim),
            ("libm.so.6:" + other, "libm.so.6:" + other),
            ("/nonexistent/libfdpreload.so", "/nonexistent/libfdpreload.so:" + shim),
            ("libm.so.6:" + other + "x", "libm.so.6:" + other + "x:" + shim)):
        answer = calls.call(context, "run", "env", env={"LD_PRELOAD": before})
        context.check.equal("LD_PRELOAD after %r" % before,
                            variables(answer.stdout).get("LD_PRELOAD"), after)


def becomes_the_command(context):
    check = context.check
    for arguments, status, output in (
            (["sh", "-c", "echo $$; exit 7"], 7, "{pid}\n"),
            (["--", "echo", "--echo", "-x"], 0, "--echo -x\n"),
            (["--echo", "full", "echo", "--help", "a  b"], 0, "--help a  b\n"),
            (["sh", "-c", "kill -TERM $$"], -signal.SIGTERM, "")):
        answer = calls.call(context, "run", *arguments)
        check.equal("status of %r" % arguments, answer.status, status)
        check.equal("output of %r" % arguments, answer.stdout, output.format(pid=answer.pid))


def cannot_start(context):
    check = context.check
    plain = os.path.join(context.directory, "plain")
    with open(plain, "w") as file:
        file.write("no program\n")
    for command, status in (("no-such-command", 127), ("./no/such/command", 127),
                            (plain, 126), (context.directory, 126)):
        answer = calls.call(context, "run", command)
        check.equal("status of %s" % command, answer.status, status)
        check.contains("standard error", answer.stderr, command + ": ")
        check.equal("lines", answer.stderr.count("\n"), 1)


def finds_the_library(context):
    """Where distributions put it; and not elsewhere."""
    check = context.check
    for number, place in enumerate(("bin", "lib", "lib/x86_64-linux-gnu", "lib64", None)):
        root = context.subdirectory(str(number))
        os.mkdir(os.path.join(root, "bin"))
        tool = shutil.copy(context.setup.cli, os.path.join(root, "bin"))
        link = os.path.join(root, "link")
        os.symlink(tool, link)
        if place is None:
            if not os.path.exists("/usr/local/lib/libfdpreload.so"):
                answer = calls.call(context, "run", "env", tool=link)
                check.equal("status without", answer.status, 125)
                check.contains("standard error", answer.stderr, "was not found")
            continue
        library = os.path.join(root, place, "libfdpreload.so")
        os.makedirs(os.path.dirname(library), exist_ok=True)
        shutil.copy(context.setup.shim, library)
        answer = calls.call(context, "run", "env", tool=link)
        check.equal("LD_PRELOAD for " + place, variables(answer.stdout).get("LD_PRELOAD"),
                    library)


def refuses_separators(context):
    for name in ("a b", "a:b"):
        tool = os.path.join(calls.copy_of_products(context, name), "fdpreload")
        answer = calls.call(context, "run", "env", tool=tool)
        context.check.equal("status in %r" % name, answer.status, 125)
        context.check.contains("standard error", answer.stderr, "space or a colon")


def names(directory):
    return sorted(os.path.splitext(name)[1] for name in os.listdir(directory)) \
        if os.path.isdir(directory) else []


def crash(context):
    """A real one, with options only; and what was kept is read back."""
    check = context.check
    work = context.subdirectory("work")
    answer = calls.call(context, "run", "--log-dir", "kept", "--echo=full", "--save-capture",
                        "--capture", "served", "--", sys.executable, "-c",
                        "import os; os.chdir('/'); " + CRASH,
                        cwd=work, env={"FDPRELOAD_LOG_DIR": None})
    kept = os.path.join(work, "kept")
    check.equal("status", answer.status, -signal.SIGSEGV)
    check.equal("files", names(kept), [".fdpcap", ".json", ".txt"])
    check.contains("echo", answer.stderr, "Registers")
    check.contains("echo", answer.stderr, "string_at")
    check.contains("how it was read", answer.stderr, "served")
    for name in os.listdir(kept) if os.path.isdir(kept) else []:
        if name.endswith(".fdpcap"):
            again = calls.call(context, "decode", os.path.join(kept, name))
            check.equal("status of decode", again.status, 0)
            check.contains("decoded", again.stdout, "string_at")
    check.equal("left behind", program.reap_orphans()[1], [])


def children(context):
    parent = "import subprocess, sys; subprocess.run([sys.executable, '-c', %r])" % CRASH
    for options_, reports in (([], [".json", ".txt"]), (["--no-children"], [])):
        log = os.path.join(context.directory, "log%d" % len(options_))
        calls.call(context, "run", "--log-dir", log, *options_, sys.executable, "-c", parent)
        context.check.equal("reports with %r" % options_, names(log), reports)
    program.reap_orphans()


def dump(context):
    """Options of several kinds arrive where they are meant to."""
    if calls.call(context, "doctor").lines()["ptrace"][0][0] != "ok":
        raise Skip("ptrace is not allowed here")
    answer = calls.call(context, "run", "--dump-after", "0.2", "--dump-exit", sys.executable,
                        "-c", "import time; time.sleep(%d)" % calls.SECONDS)
    context.check.equal("status", answer.status, 1)
    context.check.contains("standard error", answer.stderr, "Timeout (0:00:00.200000)!")
    context.check.contains("standard error", answer.stderr, 'File "<string>", line 1')
    program.reap_orphans()


def usage(context):
    check = context.check
    for arguments, status, stream, part in (
            ([], 2, "stderr", "usage:"), (["--help"], 0, "stdout", "  run "),
            (["run", "--help"], 0, "stdout", "--log-dir DIR"),
            (["decode", "--help"], 0, "stdout", "--format"),
            (["doctor", "--help"], 0, "stdout", "PROBLEM"),
            (["--version"], 0, "stdout", "fdpreload "),
            (["jump"], 2, "stderr", "'jump' is not a command")):
        answer = calls.call(context, *arguments)
        check.equal("status of %r" % arguments, answer.status, status)
        check.contains("%s of %r" % (stream, arguments), getattr(answer, stream), part)
    check.true("the probe is no command for people",
               "probe" not in calls.call(context, "--help").stdout)


def matrix():
    return [Case("cli/" + function.__name__.replace("_", "-"), function)
            for function in (usage, options, refused, preload, becomes_the_command,
                             cannot_start, finds_the_library, refuses_separators, crash,
                             children, dump)]
