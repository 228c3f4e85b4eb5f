"""Locals in dumps, compared with what the program says of them itself."""

import json
import os
import subprocess

import check as checks
import program
import schema
from common import one_report, program_line, wait_ready

# What the test program calls in order to be looked at.
OWN = ("show", "read")

ARGUMENTS = {"ours": ["hunter2"]}


def script(interpreter):
    return "locals.py" if interpreter.version >= (3,) else "locals27.py"


def dump(context, interpreter, how, *options):
    """(what the program said of itself, the report of a dump)."""
    answers = []

    def prepare(process, output):
        wait_ready(output)
        answers.append(subprocess.run(
            [context.setup.daemon, "--dump", str(process.pid), "--locals", "--no-native",
             *(options or ("--format", "json"))], stdout=subprocess.PIPE, stderr=subprocess.PIPE))

    run = context.setup.run(program_line(interpreter, script(interpreter), how, *ARGUMENTS.get(how, ())),
                            context.subdirectory("run"), shim=False, prepare=prepare,
                            environment={"PYTHONIOENCODING": "utf-8"})
    context.check.equal("status of the program", run.status, 0)
    context.check.equal("its standard error", run.stderr, b"")
    context.check.equal("status of the dump", answers[0].returncode, 0)
    context.check.equal("standard error of the dump", answers[0].stderr, b"")
    said = run.stdout.decode().split("\n")[1]
    return json.loads(said or "null"), answers[0].stdout


def report_of(context, output):
    report = json.loads(output)
    context.check.equal("schema", schema.complaints(report), [])
    return report


def values(frame):
    return {local["name"]: local["value"] for local in frame["locals"]}


def kinds(frame):
    return {local["name"]: local["kind"] for local in frame["locals"]}


def same(context, where, got, expected):
    """Name by name."""
    context.check.equal(where + ": names", sorted(got), sorted(expected))
    for name in set(got) & set(expected):
        context.check.equal("%s: %s" % (where, name), got[name], expected[name])


KINDS = {
    "strings": {"free": "argument", "argument": "argument", "plain": "local"},
    "function": {"again": "argument", "free": "free", "argument": "free"},
    "closure": {"self": "argument", "argument": "argument", "more": "argument", "free": "cell",
                "function": "local"},
    "method": {"self": "argument", "value": "argument", "rest": "argument", "key": "argument",
               "more": "argument", "inner": "local"},
    "awaits": {"total": "argument", "größe": "local", "имя": "local"},
    "loop": {"item": "argument", "total": "argument", "coroutine": "local"},
    "generate": {"count": "argument", "total": "local", "number": "local"},
}

KINDS_27 = {
    "strings": KINDS["strings"],
    "function": {"again": "argument", "free": "free", "argument": "free"},
    "closure": {"self": "argument", "argument": "argument", "more": "argument", ".3": "argument",
                "first": "local", "second": "local", "free": "cell", "function": "local"},
    "method": {"self": "argument", "value": "argument", "rest": "argument", "more": "argument",
               "inner": "local"},
    "loop": {"item": "argument", "total": "argument"},
    "generate": KINDS["generate"],
}


def as_repr(context, interpreter):
    """Of each frame, all that repr() says is what the dump says."""
    expected, output = dump(context, interpreter, "repr")
    report = report_of(context, output)
    context.check.equal("missing", report["capture"]["missing"], [])
    frames = [frame for frame in report["threads"][0]["frames"] if frame["function"] not in OWN]
    expected = [frame for frame in expected if frame[0] not in OWN]
    frames = [frame for frame in frames if frame["file"].endswith(script(interpreter))]
    if not context.check.equal("functions", [frame["function"] for frame in frames],
                               [name for name, _ in expected]):
        return
    wanted_kinds = KINDS if interpreter.version >= (3,) else KINDS_27
    for frame, (name, wanted) in zip(frames, expected):
        same(context, name, values(frame), wanted)
        if name in wanted_kinds:
            context.check.equal("kinds in " + name, kinds(frame), wanted_kinds[name]
                                if name != "strings"
                                else {**{one: "local" for one in wanted}, **wanted_kinds[name]})


def last_values(context, report, name):
    return values(next(frame for frame in report["threads"][0]["frames"]
                       if frame["function"] == name))


def as_ours(context, interpreter):
    """What repr() would need code for, what is cut, and what nobody may see."""
    wanted, output = dump(context, interpreter, "ours")
    got = last_values(context, report_of(context, output), "of_ours")
    for name in ("wanted",):
        got.pop(name)
    same(context, "of_ours", got, wanted)
    context.check.true("what is masked is nowhere", b"Bearer" not in output)


def arrays(context, interpreter):
    """Of numpy, where there is one."""
    answer = subprocess.run([interpreter.path, "-c", "import numpy"], stderr=subprocess.DEVNULL,
                            timeout=program.HANG_SECONDS)
    if answer.returncode != 0:
        raise checks.Skip("there is no numpy")
    wanted, output = dump(context, interpreter, "arrays")
    report = report_of(context, output)
    context.check.equal("missing", report["capture"]["missing"], [])
    got = last_values(context, report, "of_arrays")
    got.pop("wanted")
    same(context, "of_arrays", got, wanted)


def damaged(context, interpreter):
    """Objects that have been written over, and a whole report."""
    wanted, output = dump(context, interpreter, "damaged")
    report = report_of(context, output)
    context.check.equal("missing", report["capture"]["missing"], [])
    got = last_values(context, report, "of_damaged")
    for name in ("wanted", "invalid", "type_name"):
        got.pop(name)
    same(context, "of_damaged", got, wanted)


def budget(context, interpreter):
    """What is too much costs detail, says so, and ends soon."""
    _, output = dump(context, interpreter, "many")
    report = report_of(context, output)
    missing = " ".join(report["capture"]["missing"])
    context.check.contains("missing", missing, "more than 250000 steps can show")
    context.check.contains("missing", missing, "of a frame are more than 10000 steps can show")
    frames = [frame for frame in report["threads"][0]["frames"] if frame["function"] == "below"]
    context.check.equal("frames", len(frames), 31)
    context.check.equal("the outermost", frames[-1]["locals"], None)
    context.check.true("the innermost has some", frames[0]["locals"])


def text(context, interpreter):
    """Under the line of its frame, arguments first."""
    _, output = dump(context, interpreter, "ours", "--format", "text")
    lines = output.decode().splitlines()
    at = next(number for number, line in enumerate(lines) if line.endswith(" in of_ours"))
    context.check.equal("lines", lines[at + 1:at + 4], [
        "    sys.stdin.read()", "      secret = <masked>", "      user = 'u'"])


def not_asked_for(context, interpreter):
    """Neither a dump nor a crash has them by itself."""
    answers = []

    def prepare(process, output):
        wait_ready(output)
        answers.append(subprocess.run(
            [context.setup.daemon, "--dump", str(process.pid), "--format", "json"],
            stdout=subprocess.PIPE).stdout)
        os.kill(process.pid, 11)

    run = context.setup.run(program_line(interpreter, script(interpreter), "ours", *ARGUMENTS["ours"]),
                            context.subdirectory("run"), prepare=prepare)
    answers += [program.read(os.path.join(run.log, name)) for name in run.reports()
                if name.endswith(".json")]
    context.check.equal("reports", len(answers), 2)
    for answer in answers:
        found = [frame["locals"] for thread in json.loads(answer)["threads"]
                 for frame in thread["frames"] if frame["kind"] == "python"]
        context.check.true("frames", found)
        context.check.equal("locals", [one for one in found if one is not None], [])
        context.check.true("a value is nowhere", b"Bearer" not in answer)


def crashed(context, interpreter):
    """FDPRELOAD_LOCALS: the report of a crash has them as a dump has, standard error has none."""
    def prepare(process, output):
        wait_ready(output)
        os.kill(process.pid, 11)

    run = context.setup.run(program_line(interpreter, script(interpreter), "ours", *ARGUMENTS["ours"]),
                            context.subdirectory("run"), prepare=prepare,
                            environment={"FDPRELOAD_LOCALS": "1", "PYTHONIOENCODING": "utf-8"})
    report, text = one_report(context, run)
    if not report:
        return
    wanted = json.loads(run.stdout.decode().split("\n")[1])
    got = last_values(context, report, "of_ours")
    got.pop("wanted")
    same(context, "of_ours", got, wanted)
    context.check.contains("text", text, "\n      user = 'u'\n")
    context.check.true("standard error has a stack", b" in of_ours\n" in run.stderr)
    context.check.true("and no values", b"user = " not in run.stderr)


def stalled(context, interpreter):
    """So has that of a process that lives on."""
    run = context.setup.run(program_line(interpreter, "dumping.py", "heartbeats"),
                            context.subdirectory("run"), environment={"FDPRELOAD_LOCALS": "1"})
    report, _ = one_report(context, run, logged=True)
    if report:
        context.check.equal("kind", report["kind"], "stall")
        context.check.equal("local", last_values(context, report, "heartbeats")["number"], "63")


ON_EACH_VERSION = [
    ("locals-crashed", crashed, ()),
    ("dump-locals", as_repr, ()),
    ("dump-locals-ours", as_ours, ()),
    ("dump-locals-damaged", damaged, ()),
]

# Debian has it for its own.
WITH_NUMPY = [
    ("dump-locals-arrays", arrays, ()),
]

ON_ONE_VERSION = [
    ("locals-stalled", stalled, ()),
    ("dump-locals-budget", budget, ()),
    ("dump-locals-text", text, ()),
    ("dump-locals-not-asked-for", not_asked_for, ()),
]
