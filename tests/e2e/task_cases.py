"""Tasks of asyncio: a report says of each what the program says of it.

tests/e2e/programs/tasks.py makes trees of tasks in two threads and prints what asyncio knows of
them; then it waits to be looked at, or crashes.
"""

import json
import os
import subprocess

import program
import schema
from common import one_report, program_line, wait_ready

# The members of a report's task that the program says too.
MEMBERS = ("name", "coroutine", "state", "must_cancel", "tid", "future", "awaits", "frames")

# Of a process that lives no more are copied while it stands; the program has more.
HELD = 1000


def place(frame):
    return [frame["qualname"] or frame["function"], os.path.basename(frame["file"]),
            frame["line"]]


def simplify(tasks, task, interpreter):
    """As the program describes it."""
    simple = {
        "name": task["name"],
        "coroutine": task["coroutine"],
        "state": task["state"],
        "must_cancel": task["must_cancel"],
        "tid": task["tid"],
        "future": task["future"] and task["future"]["type"],
        "awaits": sorted(tasks[index]["name"] or "" for index in task["awaits"]),
        "frames": [place(frame) for frame in task["frames"]],
        "awaited_by": sorted(tasks[index]["name"] or "" for index in task["awaited_by"]),
    }
    return forget(simple, interpreter)


def forget(simple, interpreter):
    """What asyncio of that version does not tell."""
    members = dict(simple)
    if interpreter.version < (3, 14):
        members.pop("awaited_by", None)
    # Tasks have no names there, and threads no numbers.
    if interpreter.version < (3, 8):
        members.update(name=None, awaits=len(members["awaits"]), tid=None)
    # It has gone on since it said so.
    if members["state"] == "running":
        members["frames"] = [name for name, _, _ in members["frames"] if name != "end"]
    return members


def order(simple):
    return json.dumps(simple, sort_keys=True)


def check_tasks(context, interpreter, report, said):
    check = context.check
    tasks = report["tasks"]
    living = [task for task in tasks if task["state"] in ("pending", "running")]
    got = sorted(order(simplify(tasks, task, interpreter)) for task in living)
    expected = sorted(order(forget(one, interpreter)) for one in said)
    check.true("tasks: %d" % len(expected), len(expected) > 3)
    check.equal("tasks", got, expected)
    for index, task in enumerate(tasks):
        for other in task["awaits"]:
            check.true("%d is awaited by %d" % (other, index),
                       index in tasks[other]["awaited_by"])
    circles = [sorted(tasks[index]["name"] or "" for index in circle["tasks"])
               for circle in report["task_cycles"]]
    if interpreter.version >= (3, 8):
        has_circle = any(one["name"] == "hen" for one in said)
        check.equal("circles", circles, [["egg", "hen"]] if has_circle else [])


def said_by(output):
    ready, _, line = output.partition(b"\n")
    return json.loads(line.decode()) if ready == b"ready" and line.endswith(b"\n") else None


def wait_said(output):
    wait_ready(output)
    with program.deadline(program.HANG_SECONDS):
        while True:
            said = said_by(program.read(output))
            if said:
                return said
            os.sched_yield()


def dumped(context, interpreter, how):
    """A program whose loop is in a task that waits for standard input."""
    found = {}

    def prepare(process, output):
        found["said"] = wait_said(output)
        for form in ("json", "text"):
            answer = subprocess.run([context.setup.cli, "dump", "--format", form,
                                     str(process.pid)], stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE, timeout=program.HANG_SECONDS)
            context.check.equal("dump", (answer.returncode, answer.stderr), (0, b""))
            found[form] = answer.stdout.decode()

    run = context.setup.run(program_line(interpreter, "tasks.py", how),
                            context.subdirectory("bare"), shim=False, prepare=prepare)
    context.check.equal("status", run.status, 0)
    report = json.loads(found["json"])
    context.check.equal("schema", schema.complaints(report), [])
    check_tasks(context, interpreter, report, found["said"])
    late = sum(task["late"] for task in report["tasks"])
    # On pages that were copied for others, some are not.
    context.check.true("late: %d" % late, late <= max(0, len(report["tasks"]) - HELD))
    context.check.equal("missing", report["capture"]["missing"],
                        ["asyncio: %d of %d tasks were read after the process ran on"
                         % (late, len(report["tasks"]))] if late else [])
    check_text(context, interpreter, found["text"], report)


def check_text(context, interpreter, text, report):
    check = context.check
    check.contains("text", text, "\nasyncio: %d tasks" % len(report["tasks"]))
    if interpreter.version < (3, 8):
        return
    for name in ("main", "second", "apart", "nested"):
        check.contains("text", text, '"%s"' % name)
    if any(task["name"] == "hen" for task in report["tasks"]):
        check.contains("text", text, "waits for task \"egg\"")


def crashed(context, interpreter):
    run = context.setup.run(program_line(interpreter, "tasks.py", "crash"),
                            context.subdirectory("shim"))
    report, text = one_report(context, run)
    said = said_by(run.stdout)
    if report and context.check.true("the program said what it has", said is not None):
        check_tasks(context, interpreter, report, said)
        context.check.equal("late", [task for task in report["tasks"] if task["late"]], [])
        context.check.equal("missing", report["capture"]["missing"], [])
        check_text(context, interpreter, text, report)


ON_EVERY_VERSION = [
    ("tasks-dumped", dumped, ("all",)),
    ("tasks-few", dumped, ("few",)),
    ("tasks-crashed", crashed, ()),
]
