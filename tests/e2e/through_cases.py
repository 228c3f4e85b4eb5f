"""Dumps by the reporter: where `fdpreload dump` may not trace, and whom it tells nothing."""

import json
import os
import shutil
import subprocess
import sys

import check as checks
import program
import schema
from common import PROGRAMS, program_line, wait_ready
from crash_cases import check_left_behind
from daemon_cases import needs_root
from dump_cases import check_dump, names
from trouble_cases import NOBODY, daemon_pid

ENXIO, EBADF, EACCES, EBUSY = 6, 9, 13, 16
JSON, NATIVE, UNKNOWN = 1, 2, 8

# Who may not trace; the reporter of the process is from before it.
FILTERED = [sys.executable, os.path.join(PROGRAMS, "filtered.py"), "tracing"]


def ask(context, pid, *options, by=()):
    return subprocess.run([*by, context.setup.daemon, "--dump", str(pid), *options],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env={"PATH": "/usr/bin:/bin"})


def asked(context, interpreter, questions, line=None, environment=None, name="run", **more):
    """A program that QUESTIONS(its pid) are put about while it stands."""
    def prepare(process, output):
        wait_ready(output)
        questions(process.pid)

    run = context.setup.run(line or program_line(interpreter, "dumping.py", "stands"),
                            context.subdirectory(name), prepare=prepare,
                            environment=environment, **more)
    context.check.equal("status", run.status, 0)
    return run


def through(context, interpreter):
    """What the reporter writes is what the command writes where it may."""
    answers, direct, values = [], [], []

    def questions(pid):
        answers.extend([ask(context, pid, "--format", "json", by=FILTERED),
                        ask(context, pid, "--format=json", "--no-native", by=FILTERED),
                        ask(context, pid, by=FILTERED)])
        direct.append(ask(context, pid))
        for option in ("--locals", "--save-capture=none.fdpcap"):
            values.append(ask(context, pid, option, by=FILTERED))
        with open("/proc/%d/status" % pid) as file:
            context.check.true("it sleeps", "\nState:\tS" in file.read())

    run = asked(context, interpreter, questions)
    context.check.equal("standard output", run.stdout, b"ready\ngoes on 4\n")
    context.check.equal("standard error", run.stderr, b"")
    check_left_behind(context.check, run)
    for answer in answers + direct:
        context.check.equal("status of the command", answer.returncode, 0)
        context.check.equal("its standard error", answer.stderr, b"")
    for answer in values:
        context.check.equal("status where values are asked for", answer.returncode, 4)
        context.check.equal("output then", answer.stdout, b"")
        context.check.contains("error", answer.stderr.decode(), "but no values: leave out --")
    check_dump(context, json.loads(answers[0].stdout), True)
    check_dump(context, json.loads(answers[1].stdout), False)
    stacks = [answer.stdout.decode().partition("\nThread ")[2] for answer in answers + direct]
    context.check.contains("stacks", stacks[2], " in stands\n")
    context.check.equal("stacks", stacks[2], stacks[3])


def family(context, interpreter):
    """Forked children are known by what they map."""
    answers = []
    run = asked(context, interpreter, lambda pid: answers.append(
        ask(context, pid, "--all", "--format", "json", "--no-native", by=FILTERED)),
        line=program_line(interpreter, "dumping.py", "parent"))
    pids = [int(word) for word in run.stdout.decode().split()[1:]]
    context.check.equal("status of the command", answers[0].returncode, 0)
    context.check.equal("its standard error", answers[0].stderr, b"")
    reports = [json.loads(line) for line in answers[0].stdout.splitlines()]
    context.check.equal("processes", [report["process"]["pid"] for report in reports], pids)
    for report in reports:
        context.check.equal("schema", schema.complaints(report), [])
        context.check.contains("frames", names(report["threads"][0]), "parent")


def other_program(context, interpreter):
    """Where native stacks are all there is, that is said as ever."""
    answers = []

    def questions(process, output):
        with program.deadline(program.HANG_SECONDS):
            while not any(program.comm_of(pid) in program.DAEMON for pid in program.children()):
                os.sched_yield()
        answers.append(ask(context, process.pid, by=FILTERED))
        process.kill()

    context.setup.run(["/bin/sleep", "60"], context.subdirectory("run"), prepare=questions,
                      environment={"FDPRELOAD_FOLLOW": "all"})
    context.check.equal("status of the command", answers[0].returncode, 5)
    context.check.contains("text", answers[0].stdout.decode(), "the stack of its 1 thread\n")


def check_refused(context, what, answer, advice):
    context.check.equal(what + ": status", answer.returncode, 4)
    context.check.equal(what + ": output", answer.stdout, b"")
    context.check.equal(what + ": lines", answer.stderr.count(b"\n"), 1)
    context.check.contains(what, answer.stderr.decode(), advice)


def refused(context, interpreter):
    """Each reason why nobody may says what to do."""
    stands = program_line(interpreter, "dumping.py", "stands")
    # The reporter has the same filter.
    asked(context, interpreter, lambda pid: check_refused(
        context, "both filtered", ask(context, pid, by=FILTERED), ", may not either: "),
        line=program_line(interpreter, "filtered.py", "tracing", *stands), name="filtered",
        environment={"FDPRELOAD_ANSWER": "never"})
    asked(context, interpreter, lambda pid: check_refused(
        context, "without the shim", ask(context, pid, by=FILTERED), "has no reporter"),
        name="bare", shim=False)

    def orphan(pid):
        os.kill(daemon_pid(context), 9)
        check_refused(context, "without its reporter", ask(context, pid, by=FILTERED),
                      "its reporter is gone")

    asked(context, interpreter, orphan, name="orphan")


def refused_as_root(context, interpreter):
    """Other users, and other networks."""
    needs_root()
    if not shutil.which("setpriv") or not shutil.which("unshare"):
        raise checks.Skip("needs setpriv and unshare")
    nobody = ["setpriv", "--reuid=%d" % NOBODY, "--regid=%d" % NOBODY, "--clear-groups"]
    build = context.subdirectory("build")
    setup = program.Setup(build)
    for name in ("fdpreloadd", "fdpreload-analysis.so"):
        shutil.copy(os.path.join(context.setup.build, name), setup.build)

    def questions(pid):
        command = [*nobody, setup.daemon, "--dump", str(pid)]
        answer = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        check_refused(context, "another user", answer, "ask as its user, or as root")
        network = [shutil.which("unshare"), "--net"]
        check_refused(context, "another network", ask(context, pid, by=FILTERED + network),
                      "listens in another network namespace")

    asked(context, interpreter, questions)


def questioned(context, pid, reporter, user, *questions):
    line = [sys.executable, os.path.join(PROGRAMS, "asking.py"), str(reporter), str(user)]
    line += [question.replace("PID", str(pid)) for question in questions]
    return json.loads(subprocess.run(line, stdout=subprocess.PIPE, check=True).stdout)


def questions_as_root(context, interpreter):
    """The reporter itself decides, whatever the command would not ask."""
    needs_root()
    check = context.check

    def questions(pid):
        reporter = daemon_pid(context)
        other = subprocess.Popen(["/bin/sleep", "60"])
        try:
            good = "PID %d" % (JSON | NATIVE)
            (result, size), = questioned(context, pid, reporter, 0, good)
            check.equal("root", result, 0)
            check.true("bytes: %d" % size, size > 1000)
            check.equal("another user", questioned(context, pid, reporter, NOBODY, good),
                        [[-EACCES, 0]])
            wrong = ["PID %d" % UNKNOWN, "0 0", "-1 0", "%d 0" % other.pid,
                     "%d 0" % reporter, "nothing PID 0"]
            check.equal("wrong questions", questioned(context, pid, reporter, 0, *wrong),
                        [["end", 0], ["end", 0], ["end", 0], [-ENXIO, 0], [-ENXIO, 0],
                         [-EBADF, 0]])
        finally:
            other.kill()
            other.wait()

    run = asked(context, interpreter, questions)
    check_left_behind(check, run)


def descendants(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
        children = [int(child) for child in file.read().split()]
    return [pid] + [one for child in children for one in descendants(child)]


def busy(context, interpreter):
    """Few at a time: whoever takes nothing does not bind more of the reporter."""
    def questions(pid):
        reporter = daemon_pid(context)
        waiting = ["wait %d 0" % one for one in descendants(pid)]
        good = "PID %d" % JSON
        context.check.equal("too many",
                            questioned(context, pid, reporter, os.getuid(), *waiting, good),
                            [[-EBUSY, 0]] + [[0, 0]] * 4)
        (result, _), = questioned(context, pid, reporter, os.getuid(), good)
        context.check.equal("after that", result, 0)

    run = asked(context, interpreter, questions,
                line=program_line(interpreter, "dumping.py", "parent"))
    context.check.equal("daemons", len(run.daemons()), 1)


# By programs/naming.py: processes by the order of their first call.
NAMED = {
    "forked": "1 reporter\n2 reporter\n3 reporter\n4 reporter\n",
    "chosen": "1 reporter\n2 reporter\n2 anybody\n1 anybody\n3 reporter\n",
    "executed": "1 reporter\n2 reporter\n",
    "filtered": "1 reporter\n2 reporter\n",
    "subreaper": "1 parent of the reporter\n",
}


def named(context, interpreter, scenario):
    """Whom a process lets trace it, where Yama asks: once, and never against its own choice."""
    run = context.setup.run(program_line(interpreter, "naming.py", scenario),
                            context.subdirectory("run"), environment={"FDPRELOAD_QUIET": "1"})
    context.check.equal("status", run.status, 0)
    context.check.equal("named", run.stdout.decode(), NAMED[scenario])


ON_EACH_VERSION = [
    ("through", through, ()),
]

ON_ONE_VERSION = [
    ("through-family", family, ()),
    ("through-other", other_program, ()),
    ("through-refused", refused, ()),
    ("through-refused-users", refused_as_root, ()),
    ("through-questions", questions_as_root, ()),
    ("through-busy", busy, ()),
] + [("named-" + scenario, named, (scenario,)) for scenario in sorted(NAMED)]
