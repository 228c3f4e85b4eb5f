"""Dumps of a thread at one instruction after the other, while its newest frame changes.

What an evaluation, a call or a return does to a thread state lasts some instructions: a
dump at any time meets that once in thousands.  Here each of these instructions is met.
"""

import contextlib
import json
import random
import time

import program
from common import program_line
from dump_cases import ask, names
from pool import Case
from running_cases import check_crossing, check_merged, dump_running
from stepper import Stepper

DUMPS, DUMPS_LONG, SECONDS_LONG = 28, 1000, 900
# As many instructions after a change are looked at; then, at most, so many are not.
NEAR, APART = 14, 3000

# What says which frame is the newest one, from the thread state on: pointers, by their
# offsets, of each version's own headers.
NEWEST = {"2.7": [[16]], "3.6": [[24]], "3.7": [[24]], "3.8": [[24]], "3.9": [[24]],
          "3.10": [[24], [48]], "3.11": [[56], [56, 8]], "3.12": [[56], [56, 0]],
          "3.13": [[72]], "3.13t": [[72]], "3.14": [[72]], "3.15": [[72]]}


def moments(context, interpreter, stepper, state):
    """Goes on, and stops at each instruction that is to be looked at; how far it has come."""
    chosen = random.Random(interpreter.label)
    words = NEWEST[interpreter.name]
    last, near, skip, steps = None, 0, chosen.randrange(APART), 0
    while True:
        stepper.step()
        steps += 1
        now = [stepper.follow(state, word) for word in words]
        if now != last and steps > skip:
            near = NEAR
        last = now
        if near:
            yield steps
            near -= 1
            if not near:
                skip = steps + chosen.randrange(APART)


def look_stopped(context, interpreter, pid):
    """The report, or None if it is not as it should be."""
    answer = ask(context, pid, "--format", "json")
    if not context.check.equal("status of the command", (answer.returncode, answer.stderr),
                               (0, b"")):
        return None
    report = json.loads(answer.stdout)
    whole = context.check.equal("outermost frame", main_stack(report)[-1:], ["<module>"])
    return report if check_merged(context, interpreter, report) and whole else None


def look_running(context, interpreter, pid):
    """The same."""
    report = dump_running(context, pid)
    return report if report and check_crossing(context, report) else None


def main_stack(report):
    return next((names(thread) for thread in report["threads"]
                 if thread["tid"] == report["process"]["pid"]), [])


class Course:
    """The stacks of the main thread, one after the other."""

    def __init__(self, check):
        self.check = check
        self.seen = self.shown = 0
        self.last = None

    def add(self, steps, stack):
        """An instruction makes one frame, or ends one; true if that is all."""
        good = True
        if stack and self.last and self.last[0] == steps - 1:
            before = self.last[1]
            good = self.check.true(
                "%s follows %s" % (stack, before),
                stack == before or stack[1:] == before or stack == before[1:])
        self.last = (steps, stack) if stack else None
        self.seen += 1
        self.shown += bool(stack)
        return good


def read_state(path):
    """What the program prints first."""
    with program.deadline(program.HANG_SECONDS):
        while program.read(path).count(b"\n") < 2:
            time.sleep(0.001)
    return int(program.read(path).split()[0])


def stepping(context, interpreter, look, dumps, share):
    """Each stack is one that the program can have, wherever its thread stands."""
    course = Course(context.check)

    def prepare(process, output):
        state = read_state(output)
        with contextlib.closing(Stepper(process.pid)) as stepper:
            every = moments(context, interpreter, stepper, state)
            for _, steps in zip(range(dumps), every):
                with stepper.free():
                    report = look(context, interpreter, process.pid)
                good = report and course.add(steps, main_stack(report))
                if not context.check.true("at instruction %d" % steps, good):
                    break

    run = context.setup.run(program_line(interpreter, "crossing.py", "state"),
                            context.subdirectory("run"), shim=False, prepare=prepare)
    context.check.equal("status", run.status, 0)
    context.check.equal("standard error", run.stderr, b"")
    context.check.true("stacks: %d of %d" % (course.shown, course.seen),
                       course.shown >= share * course.seen)


# How many show the main thread's stack, at least, in short and in full.  Without a stop one
# that stands amid a change seems to move, and a few changes may all be of that kind.
WAYS = [("stopped", look_stopped, (1, 1)), ("running", look_running, (0, 0.2))]


def matrix(interpreters):
    return [Case("stepping-%s/%s" % (name, one.label), stepping, (one, look, DUMPS, shares[0]))
            for name, look, shares in WAYS for one in interpreters if one.name in NEWEST]


def whole(interpreters):
    return [Case("long-stepping-%s/%s" % (name, one.label), stepping, (one, look, DUMPS_LONG, shares[1]),
                 seconds=SECONDS_LONG)
            for name, look, shares in WAYS for one in interpreters if one.name in NEWEST]
