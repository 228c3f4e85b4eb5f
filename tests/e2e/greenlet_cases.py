"""Greenlets: a report says of each what the program says of it.

tests/e2e/programs/greenlets.py makes them in two threads and prints what greenlet knows of them;
gevent_greenlets.py does so under gevent.  Then they wait to be looked at, or crash.
"""

import json
import os
import subprocess

import program
import schema
from common import one_report, program_line
from task_cases import said_by, wait_said

# Of a process that lives no more are copied while it stands.
HELD = 1000



def place(frame):
    return [frame["qualname"] or frame["function"], os.path.basename(frame["file"]),
            frame["line"]]


def simplify(greenlets, one):
    """As the program describes it."""
    return {
        "address": one["address"],
        "type": one["type"],
        "main": one["main"],
        "state": one["state"],
        "function": one["function"],
        "parent": None if one["parent"] is None else greenlets[one["parent"]]["address"],
        "tid": one["tid"],
        "frames": [place(frame) for frame in one["frames"]],
    }


def by_address(described):
    return {one["address"]: one for one in described}


def check_greenlets(context, report, said):
    check = context.check
    got = by_address(simplify(report["greenlets"], one) for one in report["greenlets"])
    expected = by_address(said)
    check.true("greenlets: %d" % len(expected), len(expected) > 5)
    check.equal("which greenlets", sorted(got), sorted(expected))
    for address in sorted(set(got) & set(expected)):
        check.equal("greenlet " + address, got[address], expected[address])
    check.equal("truncated", [one for one in report["greenlets"] if one["truncated"]], [])


def missing(report):
    """Below the first frame of a greenlet lies what the stack was made of, or is of others."""
    return [one for one in report["capture"]["missing"] if not one.startswith("native frames")]


def check_text(context, report, text):
    check = context.check
    check.contains("text", text, "\n%d greenlets\n" % len(report["greenlets"]))
    for words in ("Main greenlet", ", suspended, ", ", running, ", ", never started"):
        check.contains("text", text, words)


def dumped(context, interpreter, script, *arguments):
    """A program that waits for standard input in a greenlet."""
    found = {}

    def prepare(process, output):
        found["said"] = wait_said(output)
        for form in ("json", "text"):
            answer = subprocess.run([context.setup.cli, "dump", "--format", form,
                                     str(process.pid)], stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE, timeout=program.HANG_SECONDS)
            context.check.equal("dump", (answer.returncode, answer.stderr), (0, b""))
            found[form] = answer.stdout.decode()

    run = context.setup.run(program_line(interpreter, script, *arguments),
                            context.subdirectory("bare"), shim=False, prepare=prepare)
    context.check.equal("status", run.status, 0)
    report = json.loads(found["json"])
    context.check.equal("schema", schema.complaints(report), [])
    check_greenlets(context, report, found["said"])
    count = len(report["greenlets"])
    late = sum(one["late"] for one in report["greenlets"])
    context.check.true("late: %d" % late, late <= max(0, count - HELD))
    context.check.equal("missing", missing(report),
                        ["greenlets: %d of %d were read after the process ran on"
                         % (late, count)] if late else [])
    check_text(context, report, found["text"])


# Where a report says so, they may still be complete.
COLLECTED = "greenlets: garbage was being collected, which takes objects off their lists"


def crashed(context, interpreter, script, how="crash", method="live"):
    run = context.setup.run(program_line(interpreter, script, how),
                            context.subdirectory("shim"),
                            environment={"FDPRELOAD_CAPTURE": method})
    report, text = one_report(context, run)
    said = said_by(run.stdout)
    if report and context.check.true("the program said what it has", said is not None):
        check_greenlets(context, report, said)
        context.check.equal("late", [one for one in report["greenlets"] if one["late"]], [])
        context.check.equal("missing", missing(report), [COLLECTED] if how == "collect" else [])
        check_text(context, report, text)


WITH_GREENLET = [
    ("greenlets-dumped", dumped, ("greenlets.py", "wait")),
    ("greenlets-many", dumped, ("greenlets.py", "wait", "1500")),
    ("greenlets-alone", dumped, ("greenlets.py", "alone")),
    ("greenlets-crashed", crashed, ("greenlets.py",)),
    ("greenlets-served", crashed, ("greenlets.py", "crash", "served")),
    ("greenlets-collected", crashed, ("greenlets.py", "collect")),
]
WITH_GEVENT = [
    ("greenlets-gevent-dumped", dumped, ("gevent_greenlets.py", "wait")),
    ("greenlets-gevent-crashed", crashed, ("gevent_greenlets.py",)),
]
