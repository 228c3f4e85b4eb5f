"""What takes minutes: make check-long runs it, and tests/e2e/run.py --long.

The short forms are in dump_cases.py.  Whoever is killed is killed at a moment between the
beginning and the end of a dump, which is measured first.
"""

import os
import random
import subprocess
import time

import dump_cases
import program
import running_cases
import stepping_cases
import twin_cases
from common import program_line, wait_ready
from dump_cases import (EIO, EPERM, EPIPE, check_goes_on, check_whole, dumping, kill_daemon,
                        killed, workers)
from pool import Case

BUSY_SECONDS = 60
# On a machine that does other things too, for all that time.
LEAST_IN_A_SECOND = 5
THREADS = 1000
MOMENTS = 200

# One moment takes a second or two.
KILLED_SECONDS = 1800

# A timer that rings again and again; how long its next dump may take.
PERIOD_SECONDS = 0.3
PATIENCE_SECONDS = 20


def await_worker():
    """The pids of the workers that there are, once there are some."""
    with program.deadline(PATIENCE_SECONDS):
        while True:
            found = workers()
            if found:
                return found
            time.sleep(0.001)


def lifetime():
    """How long a worker takes, at most, of a few."""
    longest = 0
    for _ in range(3):
        with program.deadline(PATIENCE_SECONDS):
            gone = await_worker()
            while set(gone) & set(workers()):
                time.sleep(0.001)
            pids = await_worker()
            begin = time.monotonic()
            while set(pids) & set(workers()):
                time.sleep(0.001)
        longest = max(longest, time.monotonic() - begin)
    return longest


class KillWorker:
    """Kills those that there are at a moment of their life; MOMENT is a part of it."""

    def __init__(self):
        self.seconds = None
        self.killed = 0

    def __call__(self, context, pid, moment):
        self.seconds = self.seconds or lifetime()
        found = await_worker()
        time.sleep(moment * self.seconds)
        for worker in set(found) & set(workers()):
            try:
                os.kill(worker, 9)
            except ProcessLookupError:
                continue  # it was quicker
            self.killed += 1


class KillCommand:
    """Kills the command of another process, which has said all or nothing."""

    def __init__(self, directory):
        self.path = os.path.join(directory, "said")
        self.seconds = None
        self.end = None
        self.empty = self.whole = 0

    def run(self, context, pid, moment=None):
        with open(self.path, "wb") as file:
            command = subprocess.Popen([context.setup.cli, "dump", str(pid), "--no-native"],
                                       stdout=file, stderr=subprocess.DEVNULL)
        if moment is not None:
            time.sleep(moment)
            command.kill()
        command.wait()
        return program.read(self.path).decode()

    def measure(self, context, pid):
        begin = time.monotonic()
        self.end = self.run(context, pid).splitlines(True)[-1]
        self.seconds = time.monotonic() - begin

    def __call__(self, context, pid, moment):
        if self.seconds is None:
            self.measure(context, pid)
        text = self.run(context, pid, moment * self.seconds)
        self.empty += not text
        self.whole += text.endswith(self.end)


def killed_command(context, interpreter):
    kill = KillCommand(context.subdirectory("command"))
    killed(context, interpreter, kill, THREADS, MOMENTS, [0, -EPERM], 1)
    context.check.equal("outputs, empty (%d) or whole (%d)" % (kill.empty, kill.whole),
                        kill.empty + kill.whole, MOMENTS)


def killed_worker(context, interpreter):
    kill = KillWorker()
    killed(context, interpreter, kill, THREADS, MOMENTS, [0, -EIO], 1.2)
    context.check.true("killed: %d" % kill.killed, kill.killed > MOMENTS / 4)


def killed_daemon(context, interpreter):
    """A program for each."""
    seconds = []

    def kill(context, pid, moment):
        if not seconds:
            seconds.append(lifetime())
        await_worker()
        kill_daemon(context, pid, moment * seconds[0])

    for turn in range(MOMENTS):
        killed(context, interpreter, kill, THREADS, 1, [0, -EPIPE], 1.2, "-%d" % turn)


def killed_timer(context, interpreter):
    """The timer goes on: its next dump comes, and of the one that failed the log knows."""
    kill = KillWorker()
    path = os.path.join(context.subdirectory("file"), "dumps")
    chosen = random.Random(MOMENTS)

    def await_next():
        """A dump that begins after what is there."""
        count = program.read(path).count(b"Timeout ")
        with program.deadline(PATIENCE_SECONDS):
            while program.read(path).count(b"Timeout ") < count + 1:
                time.sleep(0.01)

    def prepare(process, output):
        wait_ready(output)
        for _ in range(MOMENTS):
            kill(context, process.pid, chosen.uniform(0, 1.2))
            if not check_goes_on(context, process.pid):
                break
            await_next()

    run = dumping(context, interpreter, "many_later", str(THREADS),
                  str(int(PERIOD_SECONDS * 10 ** 6)), path, prepare=prepare)
    context.check.equal("status", run.status, 0)
    context.check.equal("standard output", run.stdout, b"ready\nlater 0\ncancel 1\n")
    text = program.read(path).decode("ascii")
    header = "Timeout (0:00:00.300000)!\n"
    dumps = text.split(header)
    context.check.equal("in front of the first", dumps[0], "")
    check_whole(context, text.replace(header, "\n"), THREADS + 1)
    context.check.true("dumps: %d" % (len(dumps) - 1), len(dumps) > MOMENTS)
    log = program.read(os.path.join(run.log, "fdpreloadd.log")).decode()
    failed = log.count(": a dump failed: ")
    # One that was about to end anyway has not failed.
    context.check.true("killed: %d, of which the log knows %d" % (kill.killed, failed),
                       kill.killed / 2 < failed <= kill.killed)


ON_EACH_VERSION = [
    ("long-busy", dump_cases.busy, (BUSY_SECONDS, LEAST_IN_A_SECOND)),
]

ON_ONE_VERSION = [
    ("long-killed-command", killed_command),
    ("long-killed-worker", killed_worker),
    ("long-killed-daemon", killed_daemon),
    ("long-killed-timer", killed_timer),
]


# Of a program that crosses between Python and C all the time, on every version.
MERGED_DUMPS, MERGED_SECONDS = 1000, 900


def matrix(interpreters, others):
    merged = [Case("long-merged/" + one.label, running_cases.merged, (one, MERGED_DUMPS),
                   seconds=MERGED_SECONDS) for one in interpreters + others]
    cases = merged + twin_cases.whole(interpreters + others)
    cases += stepping_cases.whole(interpreters + others)
    cases += [Case("%s/%s" % (name, one.label), function, (one, *arguments))
              for name, function, arguments in ON_EACH_VERSION for one in interpreters]
    for turn, (name, function) in enumerate(ON_ONE_VERSION):
        one = interpreters[-1 - turn % len(interpreters)]
        cases.append(Case("%s/%s" % (name, one.label), function, (one,),
                          seconds=KILLED_SECONDS))
    return cases
