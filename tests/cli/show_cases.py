"""fdpreload show: reports from their JSON, what of them is wanted, and what is refused."""

import glob
import gzip
import json
import os
import random
import re
import subprocess

import calls
from pool import Case

CAPTURES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "captures")
SEED, DAMAGED = 1, 200

# What a value can be replaced by.
WRONG = [None, True, -1, 2**63 - 1, -2**63, 1.5, 1e300, "", "x", "0x", "0xzz", "\x00\x1b[31m", [], {},
         [None], [[]], [{}], [-1], [2**31]]


def capture(name):
    return os.path.join(CAPTURES, name + ".fdpcap")


def decoded(context, name, form="json"):
    answer = calls.call(context, "decode", capture(name), "--format", form)
    context.check.equal("decode %s: status" % name, (answer.status, answer.stderr), (0, ""))
    return answer.stdout


def write(context, text, name="report.json"):
    path = os.path.join(context.directory, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def show(context, *arguments, status=0, **more):
    answer = calls.call(context, "show", *arguments, **more)
    context.check.equal("show %s: status: %s" % (" ".join(arguments), answer.stderr),
                        answer.status, status)
    return answer.stdout


def every(context):
    """From the JSON of each capture the text that it has itself."""
    names = [os.path.basename(path)[:-len(".fdpcap")]
             for path in sorted(glob.glob(os.path.join(CAPTURES, "*.fdpcap")))]
    context.check.true("captures", len(names) > 50)
    for name in names:
        text = decoded(context, name, "text")
        context.check.true(name + " has a text", len(text) > 200)
        context.check.equal(name, show(context, write(context, decoded(context, name))), text)


def capture_file(context):
    """A capture is analysed first, and several files are shown one behind the other."""
    name = "3.12-exceptions-notes"
    text = decoded(context, name, "text")
    context.check.equal("a capture", show(context, capture(name)), text)
    path = write(context, decoded(context, name))
    context.check.equal("both", show(context, path, capture(name)), text + "\n" + text)
    with open(path, encoding="utf-8") as file:
        answer = subprocess.run([context.setup.cli, "show", "-"], stdin=file,
                                stdout=subprocess.PIPE, check=False)
    context.check.equal("standard input", answer.stdout.decode(), text)


def stack(text, word="first"):
    """The lines of the first thread."""
    lines = text.partition(", most recent call %s:\n" % word)[2].split("\n")
    end = next(number for number, line in enumerate(lines) if not line.startswith("  "))
    return lines[:end]


def functions(lines):
    return [re.search(r", in (\S+)$", line).group(1) for line in lines
            if line.startswith("  File ")]


def options(context):
    """Each takes away what it says, and nothing else."""
    check = context.check
    path = write(context, decoded(context, "3.12-locals"))
    whole = stack(show(context, path))
    names = functions(whole)
    python = stack(show(context, path, "--no-native"))
    check.true("there were native frames", any(line.startswith("  | ") for line in whole))
    check.equal("--no-native", python, [line for line in whole if not line.startswith("  | ")])
    bare = stack(show(context, path, "--no-native", "--no-locals", "--no-source"))
    check.equal("--no-locals --no-source", bare,
                [line for line in python if line.startswith("  File ")])
    check.equal("--locals", show(context, path, "--locals"), show(context, path))
    for limit, wanted in ((2, names[:2]), (-2, names[-2:]), (1, names[:1]), (100, names),
                          (-100, names), (0, [])):
        check.equal("--limit %d" % limit,
                    functions(stack(show(context, path, "--limit", str(limit)))), wanted)
    last = stack(show(context, path, "--order", "recent-last"), "last")
    check.equal("--order recent-last", functions(last),
                [name.rpartition(".")[2] for name in reversed(names)])
    check.equal("--order recent-first", show(context, path, "--order=recent-first"),
                show(context, path))


def exceptions(context):
    """--no-chain and --limit of what was handled."""
    check = context.check
    path = write(context, decoded(context, "3.14-exceptions-cause"))
    block = re.compile(r"Exception being handled.*?\n\n(?=\S)", re.S)
    whole = block.search(show(context, path)).group(0)
    alone = block.search(show(context, path, "--no-chain")).group(0)
    check.true("there is a chain", "direct cause of the following" in whole)
    check.true("--no-chain", "cause of the following" not in alone)
    check.equal("what is left is the end of it", whole.rpartition("Traceback ")[2],
                alone.rpartition("Traceback ")[2])

    def tracebacks(*arguments):
        text = block.search(show(context, path, *arguments)).group(0)
        return [re.findall(r"  File .*", part) for part in text.split("Traceback ")[1:]]

    every = tracebacks()
    check.true("frames: %s" % every, max(len(frames) for frames in every) > 1)
    check.equal("the caller's end", tracebacks("--limit", "1"), [frames[:1] for frames in every])
    check.equal("where it was raised", tracebacks("--limit", "-1"),
                [frames[-1:] for frames in every])


def color(context):
    """Never into a file, unless it is asked for; what is plain is the same."""
    path = write(context, decoded(context, "3.12-exceptions-notes"))
    plain = show(context, path)
    always = show(context, path, "--color", "always")
    context.check.true("auto: none", "\x1b" not in plain)
    context.check.equal("never", show(context, path, "--color=never"), plain)
    context.check.true("always", "\x1b[" in always)
    context.check.equal("but for colours the same", re.sub(r"\x1b\[[0-9;]*m", "", always), plain)
    # A terminal, and one whose user does not want them.
    for more, expected in (("", True), ("NO_COLOR=1 ", False), ("TERM=dumb ", False)):
        answer = subprocess.run(
            ["script", "-qec", "%s%s show %s" % (more, context.setup.cli, path), "/dev/null"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False,
            env={"PATH": "/usr/bin:/bin", "TERM": "xterm"})
        context.check.equal("on a terminal, %s" % more, b"\x1b[" in answer.stdout, expected)


def refused(context):
    """One line that says what is wrong."""
    path = write(context, decoded(context, "3.12-exceptions-notes"))
    rows = [(2, [], "which FILE?"), (2, ["--limit", "x", path], "'x' is not a whole number"),
            (2, ["--limit", "", path], "'' is not a whole number"),
            (2, ["--limit"], "--limit needs a value"),
            (2, ["--limit", "9" * 30, path], "is not a whole number"),
            (2, ["--order", "last", path], "is not recent-first or recent-last"),
            (2, ["--color", "red", path], "is not auto, always or never"),
            (2, ["--bogus", path], "--bogus is not an option"),
            (1, ["--locals", path], "it has no locals"),
            (1, ["/nonexistent"], "No such file"), (1, ["/"], "Is a directory"),
            (1, [write(context, "", "empty.json")], "not the JSON form of a report"),
            (1, [write(context, "[]", "array.json")], "'schema' is not fdpreload.report/1"),
            (1, [write(context, '{"schema": "other"}', "other.json")], "'schema' is not"),
            (1, [write(context, decoded(context, "3.12-exceptions-notes", "text"), "a.txt")],
             "not the JSON form of a report: line 1"),
            (1, [write(context, decoded(context, "3.12-locals")[:5000], "cut.json")],
             "not the JSON form")]
    with open(os.path.join(context.directory, "cut.fdpcap"), "wb") as file:
        file.write(gzip.compress(b"fdpcap 1\n"))
    rows.append((1, [file.name], "not a capture, or a damaged one"))
    for status, arguments, text in rows:
        answer = calls.call(context, "show", *arguments)
        context.check.equal("%s: status" % arguments, (answer.status, answer.stdout), (status, ""))
        context.check.contains("%s: why" % arguments, answer.stderr, text)
        context.check.equal("%s: lines" % arguments, answer.stderr.count("\n"), 1)
    answer = calls.call(context, "show", "/nonexistent", path)
    context.check.equal("one of two", (answer.status, answer.stdout.count("Traceback (most") > 0),
                        (1, True))


def places(value, found):
    """All containers in VALUE."""
    if isinstance(value, (dict, list)):
        found.append(value)
        for item in value.values() if isinstance(value, dict) else value:
            places(item, found)
    return found


def damaged(context):
    """Whatever a report holds, it is shown or refused in one line."""
    source = random.Random(SEED)
    names = ["3.12-locals", "3.13-exceptions-group_nested", "3.12-hang-mixed",
             "3.8-exceptions-syntax", "3.12-null-read-pthread+faulthandler"]
    texts = [decoded(context, name) for name in names]
    shown = 0
    for number in range(DAMAGED):
        report = json.loads(source.choice(texts))
        for _ in range(source.choice([1, 1, 3])):
            container = source.choice([one for one in places(report, []) if one])
            key = source.choice(sorted(container) if isinstance(container, dict)
                                else range(len(container)))
            container[key] = source.choice(WRONG)
        answer = calls.call(context, "show", write(context, json.dumps(report)))
        good = answer.status == 0 and answer.stdout and not answer.stderr or \
            answer.status == 1 and not answer.stdout and answer.stderr.count("\n") == 1
        context.check.true("number %d: %s" % (number, answer), good)
        shown += answer.status == 0
    context.check.true("shown: %d of %d" % (shown, DAMAGED), 0 < shown < DAMAGED)


def matrix():
    return [Case("show/" + function.__name__.replace("_", "-"), function)
            for function in (every, capture_file, options, exceptions, color, refused, damaged)]
