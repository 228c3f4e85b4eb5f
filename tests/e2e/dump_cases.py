"""Dumps of processes that live, on request, later and on a signal."""

import json
import os
import random
import re
import signal
import subprocess
import time

import program
import schema
from common import PROGRAMS, one_report, program_line, wait_ready
from crash_cases import check_left_behind
from trouble_cases import run_as_nobody

EINVAL, EBADF = 22, 9
BUSY_SECONDS = 3

HEADER = re.compile(r"(Current thread|Thread) 0x[0-9a-f]{16} \(most recent call first\):\n")
FRAME = re.compile(r'  File "[^"]+", line (\d+|\?\?\?) in \S+\n|  <no Python frame>\n|'
                   r"<no Python frame>\n|  \.\.\.\n")


def dumping(context, interpreter, *arguments, environment=None, **more):
    return context.setup.run(program_line(interpreter, "dumping.py", *arguments),
                             context.subdirectory("shim"), environment=environment, **more)


def lives(context, run, expected):
    """It ends well, says what it should, and nothing else happens."""
    check = context.check
    check.equal("status", run.status, 0)
    check.equal("standard output", run.stdout.decode().splitlines(), expected)
    check.equal("standard error", run.stderr, b"")
    check.equal("reports", run.reports(), [])
    check_left_behind(check, run)


def check_now(context, run):
    lines = run.stdout.decode().splitlines()
    context.check.equal("status", run.status, 0)
    context.check.equal("standard error", run.stderr, b"")
    context.check.true("dumps: %d" % len(lines), len(lines) > 70)
    rest = [line for line in lines if not line.endswith(" 0")]
    context.check.equal("what differs", rest, [
        "threads (1, True)", "threads (3, True)", "threads (7, False)", "first deep"])


def now(context, interpreter):
    """Each dump is that of faulthandler, byte for byte."""
    check_now(context, dumping(context, interpreter, "now"))


def served(context, interpreter):
    """The same where nobody may trace: by the thread that asks."""
    command = program_line(interpreter, "dumping.py", "now")
    check_now(context, context.setup.run(
        program_line(interpreter, "filtered.py", "tracing", *command),
        context.subdirectory("shim")))


def hidden(context, interpreter):
    """A user's program that is not dumpable: not even its own reporter may look into it."""
    check_now(context, run_as_nobody(context, interpreter,
                                     os.path.join(PROGRAMS, "dumping.py"), "hidden"))


def served_full(context, interpreter):
    """What is missing then is said."""
    command = program_line(interpreter, "dumping.py", "full")
    run = context.setup.run(program_line(interpreter, "filtered.py", "tracing", *command),
                            context.subdirectory("shim"))
    text = run.stdout.decode()
    context.check.equal("status", run.status, 0)
    context.check.contains("text", text, "Captured:  served (by the thread that asks), "
                           "not complete\nMissing:   registers and native stacks of all threads")
    context.check.contains("text", text, ", in deep\n")
    context.check.true("the end: %r" % text[-40:], text.endswith("result 0\nC stack -1\n"))


def later(context, interpreter):
    lives(context, dumping(context, interpreter, "later"), [
        "later 0",
        "text ['Timeout (0:00:00.050000)!', 'Thread 0xX (most recent call first):', 'wait', "
        "'later', '<module>']",
        "other ''", "cancel 0", "repeat 0", "never 0", "cancel 1", "often True", "no more 0",
        "cancel [0, 1]"])


def wrong(context, interpreter):
    lives(context, dumping(context, interpreter, "wrong"), [
        "flags -22", "flags -22", "descriptor -9", "descriptor -9", "time -22", "time -22",
        "name -22", "signal [-22, -22, -22, -22, -22, -22, -22]", "not registered 0"])


def registered(context, interpreter):
    run = dumping(context, interpreter, "registered")
    lives(context, run, [
        "register 0", "calls ([], 1)", "again 0", "unregister 1", "calls ([1], 1)", "chain 0",
        "calls ([1, 2], 2)", "child 768", "calls ([1, 2], 3)", "unregister [1, 0]"])


def exits(context, interpreter):
    run = dumping(context, interpreter, "exits")
    context.check.equal("status", run.status, 1 << 8)
    context.check.equal("standard output", run.stdout, b"later 0\n")
    context.check.equal("standard error", run.stderr, b"")
    context.check.contains("dump", program.read(os.path.join(run.directory, "cwd", "exits")),
                           b"Timeout (0:00:00.050000)!\nThread 0x")
    check_left_behind(context.check, run)


def normal(text):
    """Threads have addresses of their own in each run."""
    found = {}
    return re.sub(r"0x[0-9a-f]{16}",
                  lambda match: found.setdefault(match.group(), "thread-%d" % len(found)), text)


def enabled(context, interpreter, threads):
    """The crash in a file, as faulthandler writes it, and nothing on stderr."""
    texts = []
    for how, shim in (("theirs", False), ("ours", True)):
        where = os.path.join(context.subdirectory("file-" + how), "dump")
        run = context.setup.run(program_line(interpreter, "dumping.py", "enabled", how, where,
                                             threads),
                                context.subdirectory(how), shim=shim)
        context.check.equal(how + ": signal", os.WTERMSIG(run.status), signal.SIGSEGV)
        context.check.equal(how + ": standard output", run.stdout, b"enabled (0, 0, 1)\n")
        context.check.equal(how + ": standard error", run.stderr, b"")
        texts.append(normal(program.read(where).decode("ascii")))
        if shim:
            check_left_behind(context.check, run)
            context.check.equal("reports", len(run.reports()), 2)
    context.check.equal("extension modules are listed", "\nExtension modules: " in texts[1],
                        interpreter.version >= (3, 10))
    context.check.equal("dump", texts[1].replace("'ours'", "").splitlines(),
                        texts[0].replace("'theirs'", "").splitlines())


def disabled(context, interpreter):
    where = os.path.join(context.subdirectory("file"), "dump")
    run = dumping(context, interpreter, "disabled", where)
    context.check.equal("signal", os.WTERMSIG(run.status), signal.SIGSEGV)
    context.check.equal("standard output", run.stdout, b"enable 0\ndisable [1, 0, 0]\n")
    context.check.equal("file", program.read(where), b"")
    context.check.contains("standard error", run.stderr, b"died of SIGSEGV")
    context.check.true("standard error is in our own words", b"Fatal Python" not in run.stderr)


def c_stack(context, interpreter):
    """It is what backtrace() and dladdr() say in the process itself."""
    def named(depth):
        names = ["c_stack_dump"] + ["c_stack_nested"] * (depth + 1) + ["c_stack_at"]
        return "named %r" % names[:32]

    lives(context, dumping(context, interpreter, "c_stack"), [
        "main 0", named(2), "thread 0", named(0), "deep 0", named(40), "pipe 0", "frames True",
        "wrong [-9, -9]"])


def c_stack_alone(context, interpreter):
    """A thousand threads are not stopped for the stack of one."""
    threads = 1000
    lives(context, dumping(context, interpreter, "c_stack_alone", str(threads)), [
        "c stack 0", "woken 0", "all threads 0", "woken %d" % threads])


C_STACK_HEADER = "Current thread's C stack trace (most recent call first):"


def c_stack_enabled(context, interpreter, threads):
    """Of a crash: behind the threads and before the modules."""
    check = context.check
    where = os.path.join(context.subdirectory("file"), "dump")
    run = dumping(context, interpreter, "c_stack_enabled", where, threads)
    check.equal("signal", os.WTERMSIG(run.status), signal.SIGSEGV)
    check.equal("standard output", run.stdout, b"enabled 0\n")
    check.equal("standard error", run.stderr, b"")
    lines = program.read(where).decode("ascii").splitlines()
    first = lines.index(C_STACK_HEADER) if C_STACK_HEADER in lines else 0
    check.equal("in front of it", lines[:2] + lines[first - 2:first], [
        "Fatal Python error: Segmentation fault", "",
        '  File "%s", line %s in <module>' % (os.path.join(PROGRAMS, "dumping.py"),
                                              lines[first - 2].split()[-3]), ""])
    last = lines.index("", first) if "" in lines[first:] else len(lines)
    check.equal("behind it", [line.partition(":")[0] for line in lines[last:]],
                ["", "Extension modules"] if interpreter.version >= (3, 10) else [])
    theirs = program.read(where + ".theirs").decode("ascii").splitlines()
    frames = [re.sub('"(.*)"', lambda match: os.path.realpath(match.group(1)), line)
              for line in lines[first + 1:last]]
    names = [line.split(", at ")[-1].split("+")[0] for line in frames[:6]]
    check.equal("functions", names, ["null_read", "c_stack_die"] + ["c_stack_nested"] * 4)
    wanted = [re.sub('"(.*)"', lambda match: os.path.realpath(match.group(1)), line)
              for line in theirs]
    check.equal("frames", frames[2:], wanted[1:])


def heartbeats(context, interpreter):
    """One is missed: one report, of a process that lives on."""
    run = dumping(context, interpreter, "heartbeats")
    context.check.equal("status", run.status, 0)
    context.check.equal("standard output", run.stdout.decode().splitlines(), [
        "annotate [0, 0, 0, 0]", "wrong [-22, -22, -22, -22, -22, -22]", "many 63",
        "ends [0, 0, 0]", "missed 0", "again 0"])
    context.check.equal("standard error", run.stderr, b"")
    check_left_behind(context.check, run)
    log = program.read(os.path.join(run.log, "fdpreloadd.log")).decode()
    context.check.contains("log", log, 'The heartbeat "missed" was last heard 0.3')
    context.check.contains("log", log, 'the heartbeat "missed" is heard again')
    report, text = one_report(context, run, logged=True)
    if not report:
        return
    context.check.equal("kind", report["kind"], "stall")
    context.check.equal("cause", report["cause"]["kind"], "heartbeat-missed")
    context.check.equal("annotations", report["annotations"], {"request": "18 \ufffd\n"})
    context.check.equal("frames", names(report["threads"][0])[-2:], ["heartbeats", "<module>"])
    context.check.contains("text", text, " stalls: a heartbeat was missed\n")
    context.check.contains("text", text, "Notes:     request: 18 \\xff\\x0a\n")


def annotated(context, interpreter):
    """What a program has said of itself stands in the report of its crash."""
    run = dumping(context, interpreter, "annotated")
    context.check.equal("signal", os.WTERMSIG(run.status), signal.SIGSEGV)
    report, text = one_report(context, run)
    if report:
        context.check.equal("annotations", report["annotations"], {"request": "18"})
        context.check.contains("text", text, "Notes:     request: 18\n")


def ask(context, pid, *options):
    """The command of another process."""
    return subprocess.run([context.setup.daemon, "--dump", str(pid), *options],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def names(thread):
    return [frame["function"] for frame in thread["frames"] if frame["kind"] == "python"]


def check_dump(context, report, native):
    check = context.check
    check.equal("schema", schema.complaints(report), [])
    check.equal("kind", report["kind"], "dump")
    check.equal("missing", report["capture"]["missing"], [])
    check.equal("threads", len(report["threads"]), 4)
    check.equal("main thread", report["threads"][0]["tid"], report["process"]["pid"])
    check.equal("main thread's frames", names(report["threads"][0]),
                ["deep"] * 8 + ["stands", "<module>"])
    for number, thread in enumerate(report["threads"][1:], 1):
        check.equal("frames of thread %d" % number,
                    names(thread)[-number - 4:],
                    ["deep"] * (number + 1) + ["run", "_bootstrap_inner", "_bootstrap"])
    kinds = {frame["kind"] for thread in report["threads"] for frame in thread["frames"]}
    check.equal("kinds of frames", kinds, {"python", "native"} if native else {"python"})


def other(context, interpreter, shim):
    """Any process that may be traced; it goes on as if nothing had been."""
    answers = []

    def prepare(process, output):
        wait_ready(output)
        answers.extend([ask(context, process.pid, "--format", "json"),
                        ask(context, process.pid, "--format=json", "--no-native"),
                        ask(context, process.pid)])
        with open("/proc/%d/status" % process.pid) as file:
            context.check.true("it sleeps", "\nState:\tS" in file.read())

    run = context.setup.run(program_line(interpreter, "dumping.py", "stands"),
                            context.subdirectory("run"), shim=shim, prepare=prepare)
    context.check.equal("status", run.status, 0)
    context.check.equal("standard output", run.stdout, b"ready\ngoes on 4\n")
    context.check.equal("standard error", run.stderr, b"")
    for answer in answers:
        context.check.equal("status of the command", answer.returncode, 0)
        context.check.equal("its standard error", answer.stderr, b"")
    check_dump(context, json.loads(answers[0].stdout), True)
    check_dump(context, json.loads(answers[1].stdout), False)
    text = answers[2].stdout.decode()
    context.check.contains("text", text, "the stacks of its 4 threads\n")
    context.check.contains("text", text, " in stands\n")


def family(context, interpreter):
    """A process and its children, parents first, each a report."""
    answers = []

    def prepare(process, output):
        wait_ready(output)
        answers.extend([ask(context, process.pid, "--all", "--format", "json", "--no-native"),
                        ask(context, process.pid, "--all")])

    run = context.setup.run(program_line(interpreter, "dumping.py", "parent"),
                            context.subdirectory("run"), prepare=prepare)
    context.check.equal("status", run.status, 0)
    pids = [int(word) for word in run.stdout.decode().split()[1:]]
    for answer in answers:
        context.check.equal("status of the command", answer.returncode, 0)
        context.check.equal("its standard error", answer.stderr, b"")
    reports = [json.loads(line) for line in answers[0].stdout.splitlines()]
    context.check.equal("processes", [report["process"]["pid"] for report in reports], pids)
    for report in reports:
        context.check.equal("schema", schema.complaints(report), [])
        context.check.contains("frames", names(report["threads"][0]), "parent")
    context.check.equal("in the text", answers[1].stdout.count(b": the stack of its 1 thread\n"),
                        len(pids))


def refused(context, interpreter):
    """Each reason why there is no dump has a status of its own."""
    sleeper = subprocess.Popen(["/bin/sleep", "60"])
    try:
        for status, pid, options in ((3, 4194304 + 1, []), (2, "x", []), (2, 0, []), (2, -1, []),
                                     (2, sleeper.pid, ["--format", "xml"]),
                                     (2, sleeper.pid, ["--wrong"]), (2, sleeper.pid, ["1"]),
                                     (5, sleeper.pid, [])):
            answer = ask(context, pid, *options)
            what = "%s %s" % (pid if isinstance(pid, str) or pid <= 0 else "pid", options)
            context.check.equal(what + ": status", answer.returncode, status)
            context.check.equal(what + ": lines of advice",
                                answer.stderr.count(b"\n"), 0 if status == 5 else 1)
    finally:
        sleeper.kill()
        sleeper.wait()


def check_dumps(context, text, least):
    """Whole dumps, one behind the other, and nothing else."""
    dumps = text.split("Timeout (0:00:00.000500)!\n")
    context.check.equal("before the first dump", dumps[0], "")
    context.check.true("dumps: %d" % len(dumps), len(dumps) > least)
    for dump in dumps[1:]:
        rest = FRAME.sub("", HEADER.sub("", dump)).strip("\n")
        if not context.check.equal("what is no header and no frame", rest, ""):
            break


def busy(context, interpreter, seconds=BUSY_SECONDS, least=20):
    """The program that makes the original crash; LEAST dumps in each second."""
    path = os.path.join(context.subdirectory("file"), "dumps")
    run = dumping(context, interpreter, "busy", str(seconds), path,
                  seconds=seconds + program.HANG_SECONDS)
    context.check.equal("status", run.status, 0)
    context.check.equal("standard error", run.stderr, b"")
    check_left_behind(context.check, run)
    check_dumps(context, program.read(path).decode("ascii"), least * seconds)


def stopped(pid):
    """Threads that stand where somebody else has stopped them."""
    found = []
    for tid in os.listdir("/proc/%d/task" % pid):
        try:
            with open("/proc/%d/task/%s/stat" % (pid, tid)) as file:
                state = file.read().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state in "tT":
            found.append(tid)
    return found


def check_goes_on(context, pid):
    """Whatever was killed, each thread is soon seen to run: others stop it too."""
    end = time.monotonic() + 5
    stuck = set(stopped(pid))
    while stuck and time.monotonic() < end:
        time.sleep(0.001)
        stuck &= set(stopped(pid))
    return context.check.equal("threads that stay stopped", sorted(stuck), [])


def kill_command(context, pid, moment):
    command = subprocess.Popen([context.setup.daemon, "--dump", str(pid), "--no-native"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(moment)
    command.kill()
    command.wait()


def workers():
    """Of the daemon, which is our child; other tests have their own."""
    found = []
    for daemon in program.children():
        if program.comm_of(daemon) not in program.DAEMON:
            continue
        with open("/proc/%d/task/%d/children" % (daemon, daemon)) as file:
            found += [int(word) for word in file.read().split()]
    return found


def kill_worker(context, pid, moment):
    time.sleep(moment)
    for worker in workers():
        try:
            os.kill(worker, signal.SIGKILL)
        except ProcessLookupError:
            pass  # it was quicker


def kill_daemon(context, pid, moment):
    time.sleep(moment)
    for daemon in program.children():
        if program.comm_of(daemon) in program.DAEMON:
            os.kill(daemon, signal.SIGKILL)


EPERM, EIO, EPIPE = 1, 5, 32


def check_whole(context, text, threads):
    """Dumps of THREADS threads, one behind the other, and nothing else."""
    check = context.check
    check.true("the last dump ends: %r" % text[-60:], text[-1:] in ("", "\n"))
    rest = FRAME.sub("", HEADER.sub("", text)).strip("\n")
    check.equal("what is no header and no frame", rest, "")
    count = len(HEADER.findall(text))
    check.equal("threads of %d dumps, beyond whole ones" % (count // threads),
                count % threads, 0)


def killed(context, interpreter, kill, threads, times, results, spread=0.02, turn=""):
    """At random moments: no thread stays stopped, and no dump is half written."""
    path = os.path.join(context.subdirectory("file" + turn), "dumps")
    chosen = random.Random("%d %d %s" % (threads, times, turn))

    def prepare(process, output):
        wait_ready(output)
        time.sleep(0.1)
        for _ in range(times):
            kill(context, process.pid, chosen.uniform(0, spread))
            if not check_goes_on(context, process.pid):
                break

    run = context.setup.run(program_line(interpreter, "dumping.py", "many", str(threads), path),
                            context.subdirectory("shim" + turn), prepare=prepare)
    context.check.equal("status", run.status, 0)
    said = run.stdout.decode().split("results ")[-1]
    context.check.true("results: " + said, set(json.loads(said)) <= set(results))
    check_whole(context, program.read(path).decode("ascii"), threads + 2)


def wishes(context, interpreter):
    """The same by the environment alone."""
    run = dumping(context, interpreter, "stands",
                  environment={"FDPRELOAD_DUMP_AFTER": "0.3", "FDPRELOAD_DUMP_REPEAT": "1",
                               "FDPRELOAD_DUMP_SIGNAL": "USR1,chain"},
                  prepare=lambda process, output: (wait_ready(output),
                                                   os.kill(process.pid, signal.SIGUSR1),
                                                   time.sleep(0.8)))
    error = run.stderr.decode()
    context.check.equal("signal", os.WTERMSIG(run.status), signal.SIGUSR1)
    context.check.equal("dumps on the signal", error.count("Current thread 0x"), 1)


def wishes_later(context, interpreter):
    run = dumping(context, interpreter, "stands",
                  environment={"FDPRELOAD_DUMP_AFTER": "0.2", "FDPRELOAD_DUMP_REPEAT": "1"},
                  prepare=lambda process, output: time.sleep(1))
    error = run.stderr.decode()
    context.check.equal("status", run.status, 0)
    context.check.true("dumps: %r" % error[-500:],
                       1 < error.count("Timeout (0:00:00.200000)!\n") < 6)


def wishes_exit(context, interpreter):
    run = dumping(context, interpreter, "stands",
                  environment={"FDPRELOAD_DUMP_AFTER": "0.5", "FDPRELOAD_DUMP_EXIT": "1"},
                  prepare=lambda process, output: os.waitid(os.P_PID, process.pid,
                                                            os.WEXITED | os.WNOWAIT))
    context.check.equal("status", run.status, 1 << 8)
    context.check.equal("dumps", run.stderr.count(b"Timeout (0:00:00.500000)!\n"), 1)


def wishes_answered(context, interpreter):
    """Where nobody may trace it, its own threads answer."""
    stands = program_line(interpreter, "dumping.py", "stands")
    run = context.setup.run(program_line(interpreter, "filtered.py", "tracing", *stands),
                            context.subdirectory("run"),
                            environment={"FDPRELOAD_DUMP_AFTER": "0.4"},
                            prepare=lambda process, output: time.sleep(1.2))
    context.check.equal("status", run.status, 0)
    text = run.stderr.decode()
    context.check.equal("dumps", text.count("Timeout (0:00:00.400000)!\n"), 1)
    context.check.equal("threads", len(HEADER.findall(text)), 4)
    context.check.equal("the last frame", text.splitlines()[-1].rpartition(" in ")[2], "<module>")


def wishes_refused(context, interpreter):
    """Where nothing may be read, at least that is said; and the program goes on."""
    stands = program_line(interpreter, "dumping.py", "stands")
    run = context.setup.run(program_line(interpreter, "filtered.py", "tracing", *stands),
                            context.subdirectory("run"),
                            environment={"FDPRELOAD_DUMP_AFTER": "0.4",
                                         "FDPRELOAD_ANSWER": "never"},
                            prepare=lambda process, output: time.sleep(1.2))
    context.check.equal("status", run.status, 0)
    context.check.equal("standard error", run.stderr.decode().splitlines()[-2:], [
        "Timeout (0:00:00.400000)!",
        "<fdpreload: the process could not be read: Operation not permitted>"])


def wishes_wrong(context, interpreter):
    """Nothing happens, and the log says why."""
    run = dumping(context, interpreter, "wrong",
                  environment={"FDPRELOAD_DUMP_AFTER": "soon", "FDPRELOAD_DUMP_SIGNAL": "KILL"})
    context.check.equal("status", run.status, 0)
    context.check.equal("standard error", run.stderr, b"")
    log = program.read(os.path.join(run.log, "fdpreloadd.log")).decode()
    context.check.contains("log", log, "FDPRELOAD_DUMP_AFTER=soon is not a number of seconds")
    context.check.contains("log", log, "FDPRELOAD_DUMP_SIGNAL=KILL is not a signal")


ON_EACH_VERSION = [
    ("dump-now", now, ()),
    ("dump-served", served, ()),
    ("dump-later", later, ()),
    ("dump-registered", registered, ()),
    ("dump-enabled", enabled, ("1",)),
    ("dump-enabled-one", enabled, ("0",)),
    ("dump-c-stack", c_stack, ()),
    ("dump-c-stack-enabled", c_stack_enabled, ("1",)),
    ("dump-c-stack-enabled-one", c_stack_enabled, ("0",)),
    ("dump-other", other, (True,)),
    ("dump-busy", busy, ()),
]

ON_ONE_VERSION = [
    ("dump-heartbeats", heartbeats, ()),
    ("dump-annotated", annotated, ()),
    ("dump-killed-command", killed, (kill_command, 300, 30, [0, -EPERM], 0.05)),
    ("dump-killed-worker", killed, (kill_worker, 300, 60, [0, -EIO])),
    ("dump-killed-daemon", killed, (kill_daemon, 300, 1, [0, -EPIPE])),
    ("dump-c-stack-alone", c_stack_alone, ()),
    ("dump-served-full", served_full, ()),
    ("dump-wrong", wrong, ()),
    ("dump-exits", exits, ()),
    ("dump-disabled", disabled, ()),
    ("dump-stranger", other, (False,)),
    ("dump-refused", refused, ()),
    ("dump-family", family, ()),
    ("dump-wishes", wishes, ()),
    ("dump-wishes-later", wishes_later, ()),
    ("dump-wishes-exit", wishes_exit, ()),
    ("dump-wishes-answered", wishes_answered, ()),
    ("dump-wishes-refused", wishes_refused, ()),
    ("dump-wishes-wrong", wishes_wrong, ()),
]
