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
from dump_cases import ask
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
    answer = ask(context, pid, "--format", "json")
    context.check.equal("status of the command", (answer.returncode, answer.stderr), (0, b""))
    return answer.returncode == 0 and check_merged(context, interpreter,
                                                   json.loads(answer.stdout))


def look_running(context, interpreter, pid):
    report = dump_running(context, pid)
    return bool(report) and check_crossing(context, report)


def read_state(path):
    """What the program prints first."""
    with program.deadline(program.HANG_SECONDS):
        while program.read(path).count(b"\n") < 2:
            time.sleep(0.001)
    return int(program.read(path).split()[0])


def stepping(context, interpreter, look, dumps):
    """Each stack is one that the program can have, wherever its thread stands."""
    def prepare(process, output):
        state = read_state(output)
        with contextlib.closing(Stepper(process.pid)) as stepper:
            every = moments(context, interpreter, stepper, state)
            for _, steps in zip(range(dumps), every):
                with stepper.free():
                    good = look(context, interpreter, process.pid)
                if not context.check.true("at instruction %d" % steps, good):
                    break

    run = context.setup.run(program_line(interpreter, "crossing.py", "state"),
                            context.subdirectory("run"), shim=False, prepare=prepare)
    context.check.equal("status", run.status, 0)
    context.check.equal("standard error", run.stderr, b"")


WAYS = [("stopped", look_stopped), ("running", look_running)]


def matrix(interpreters):
    return [Case("stepping-%s/%s" % (name, one.label), stepping, (one, look, DUMPS))
            for name, look in WAYS for one in interpreters if one.name in NEWEST]


def whole(interpreters):
    return [Case("long-stepping-%s/%s" % (name, one.label), stepping, (one, look, DUMPS_LONG),
                 seconds=SECONDS_LONG)
            for name, look in WAYS for one in interpreters if one.name in NEWEST]
