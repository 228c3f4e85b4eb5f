"""Names of functions with their classes, compared with what the program says of itself."""

import json
import os
import subprocess

import program
import schema
from common import one_report, program_line, wait_ready

# What the functions call, and who calls them: not theirs.
OTHERS = ("stand", "remove", "<lambda>")


def says_itself(interpreter):
    return interpreter.version >= (3, 11)


def start(context, interpreter, **more):
    return context.setup.run(program_line(interpreter, "classes.py"), context.subdirectory("run"),
                             **more)


def dump(context, interpreter, *options):
    """(what the program said of itself, what a dump says)."""
    answers = []

    def prepare(process, output):
        wait_ready(output)
        answers.append(subprocess.run(
            [context.setup.daemon, "--dump", str(process.pid), "--no-native", *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE))

    run = start(context, interpreter, shim=False, prepare=prepare)
    context.check.equal("status of the dump", answers[0].returncode, 0)
    context.check.equal("standard error of the dump", answers[0].stderr, b"")
    return expected_of(run), answers[0].stdout


def expected_of(run):
    with open(os.path.join(run.directory, "cwd", "classes.json"), encoding="utf-8") as file:
        return json.load(file)


def own_frames(thread):
    return [frame for frame in thread["frames"] if frame["kind"] == "python" and
            frame["file"].endswith("classes.py") and frame["function"] not in OTHERS]


def compare(check, interpreter, report, expected):
    """Of each function its name, and that only the first argument's are said to be guessed."""
    itself = says_itself(interpreter)
    threads = {thread["python_name"]: thread for thread in report["threads"]}
    check.equal("schema", schema.complaints(report), [])
    for name, rows in expected.items():
        got = [[frame["function"], frame["qualname"], frame["qualname_guessed"]]
               for frame in own_frames(threads[name])]
        if itself:
            # What is not guessed is known all the same.
            rows = [[function, qualname or row[1], False]
                    for (function, qualname), row in zip(rows, got)]
        else:
            rows = [[function, qualname, qualname is not None] for function, qualname in rows]
        check.equal(name, got, rows)


def dumped(context, interpreter):
    expected, output = dump(context, interpreter, "--guess-names", "--format", "json")
    report = json.loads(output)
    context.check.true("enough is compared: %d" % len(expected), len(expected) >= 34)
    context.check.equal("missing", report["capture"]["missing"], [])
    compare(context.check, interpreter, report, expected)


def crashed(context, interpreter):
    """FDPRELOAD_GUESS_NAMES: so does the report of a crash, in tracebacks too."""
    check = context.check
    run = start(context, interpreter, prepare=lambda _, output: wait_ready(output),
                environment={"FDPRELOAD_GUESS_NAMES": "1"})
    report, text = one_report(context, run)
    if not report:
        return
    guessed = not says_itself(interpreter)
    compare(check, interpreter, report, expected_of(run))
    thread = report["threads"][0]
    check.equal("the thread that died", [
        [frame["function"], frame["qualname"], frame["qualname_guessed"]]
        for frame in own_frames(thread)][1:2], [["dies", "Last.dies", guessed]])
    check.equal("its exception", [
        [frame["qualname"], frame["qualname_guessed"]]
        for frame in thread["exceptions"][0]["frames"]],
        [["Last.raises", guessed], ["Last.dies", guessed]])
    line = "in Last.dies [guessed]\n" if guessed else "in Last.dies\n"
    check.contains("text", text, line)
    check.contains("standard error", run.stderr.decode(), line)
    check.equal("what is said of later versions", "[guessed]" in text, guessed)


def shown_again(context, interpreter):
    """The text of a report is the same out of its JSON; a capture tells the same again."""
    run = start(context, interpreter, prepare=lambda _, output: wait_ready(output),
                environment={"FDPRELOAD_GUESS_NAMES": "1", "FDPRELOAD_SAVE_CAPTURE": "1"})
    files = {os.path.splitext(name)[1]: os.path.join(run.log, name) for name in run.reports()}
    text = program.read(files[".txt"]) if ".txt" in files else program.read(files[".log"])
    context.check.contains("text", text.decode(), "[guessed]")
    for command, path in (("show", files[".json"]), ("decode", files[".fdpcap"])):
        answer = subprocess.run([context.setup.cli, command, path], stdout=subprocess.PIPE,
                                env={"PATH": "/usr/bin:/bin",
                                     "FDPRELOAD_DAEMON": context.setup.daemon}).stdout
        context.check.equal(command, [line for line in answer.splitlines() if b"[guessed]" in line],
                            [line for line in text.splitlines() if b"[guessed]" in line])


def not_asked_for(context, interpreter):
    """Nothing is guessed by itself."""
    expected, output = dump(context, interpreter, "--format", "json")
    report = json.loads(output)
    frames = [frame for thread in report["threads"] for frame in own_frames(thread)]
    context.check.true("frames: %d" % len(frames), len(frames) >= len(expected))
    context.check.equal("guessed", {frame["qualname_guessed"] for frame in frames}, {False})
    if not says_itself(interpreter):
        context.check.equal("names", {frame["qualname"] for frame in frames}, {None})


def text(context, interpreter):
    _, output = dump(context, interpreter, "--guess-names")
    context.check.contains("text", output.decode(), ", in Base.of_class [guessed]\n")
    context.check.contains("text", output.decode(), ", in without\n")


def refused(context, interpreter):
    """What runs is not read."""
    answer = subprocess.run(
        [context.setup.daemon, "--dump", "1", "--guess-names", "--nonblocking"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    context.check.equal("status", answer.returncode, 2)
    context.check.contains("standard error", answer.stderr.decode(), "--guess-names")


ON_EVERY_VERSION = [
    ("class-names-dumped", dumped),
    ("class-names-crashed", crashed),
    ("class-names-not-asked-for", not_asked_for),
]

# Before 3.11.
WHERE_GUESSED = [
    ("class-names-shown-again", shown_again),
    ("class-names-text", text),
    ("class-names-refused", refused),
]
