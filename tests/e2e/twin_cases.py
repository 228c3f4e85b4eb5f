"""The standard library's own test_traceback, each example of it: what its exceptions look like
in a report is what traceback makes of them (tests/e2e/programs/traceback_suite.py)."""

import glob
import json
import os
import re
import subprocess

import check as checks
import exception_cases
import program
from common import program_line
from pool import Case

# traceback looks for names that are like a missing one, which takes running code.
SUGGESTION = re.compile(r"(?:: |)\. (?:Did you|Or did you)[^\n]*$", re.M)
# 3.15 says in place of the message why one of its own modules is missing, from a list of its own.
MISSING = re.compile(r"^(ModuleNotFoundError: )(?:Unsupported platform|Standard library module).*",
                     re.M)
MISSED = re.compile(r"^(ModuleNotFoundError: )No module named .*")
# Where it says so a report has what only the program's own code could make otherwise.
NOT_RUN = re.compile(r"<\S+ object at 0x[0-9a-f]+(: its __str__ was not run)?>$")

# Tests write one file after another under one name, and format what is left of the last.
CHANGED = "  [the file was changed after the start]"

# All of it takes a minute; a share, with each commit another one.
SHARES = 12
SUITE_SECONDS = 600


def same(got, expected):
    mark = NOT_RUN.search(got)
    return got == expected or mark is not None and expected.startswith(got[:mark.start()])


def compare(check, what, text, expected):
    blocks = exception_cases.blocks(text)
    got = [line.removesuffix(CHANGED) for line in blocks[0][1]] if blocks else []
    if MISSING.search(expected):
        got = [MISSED.sub(r"\1", line) for line in got]
    expected = MISSING.sub(r"\1", SUGGESTION.sub("", expected))
    wanted = exception_cases.expected_lines(expected.encode())
    if len(got) != len(wanted) or not all(map(same, got, wanted)):
        check.equal(what, got, wanted)


def require_suite(interpreter):
    """Debian has its tests in a package of their own."""
    answer = subprocess.run([interpreter.path, "-c", "import _testcapi, test.test_traceback"],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                            timeout=program.HANG_SECONDS)
    if answer.returncode != 0:
        raise checks.Skip("this Python has no tests of its own")


def suite(context, interpreter, first, step):
    require_suite(interpreter)
    found = context.subdirectory("found")
    line = program_line(interpreter, "traceback_suite.py", context.setup.cli, found,
                        str(first), str(step))
    run = context.setup.run(line, context.subdirectory("run"), shim=False, seconds=SUITE_SECONDS,
                            environment={"FDPRELOAD_DAEMON": context.setup.daemon,
                                         "LC_ALL": "C.UTF-8"})
    context.check.equal("status", run.status, 0)
    said = json.loads(run.stdout.decode().splitlines()[-1])
    names = glob.glob(os.path.join(found, "*.json"))
    context.check.true("%r, dumps: %d" % (said, len(names)),
                       said["tests"] > 50 and len(names) >= said["count"] // step > 2)
    for name in names:
        with open(name, encoding="utf-8") as file:
            twin = json.load(file)
        with open(name[:-len("json")] + "txt", encoding="utf-8", newline="\n") as file:
            text = file.read()
        context.check.equal("status of the dump", twin["status"], 0)
        compare(context.check, twin["test"], text, twin["expected"])


def share(interpreters):
    return [Case("traceback-suite/" + one.label, suite, (one, turn % SHARES, SHARES),
                 seconds=SUITE_SECONDS)
            for turn, one in enumerate(interpreters) if one.version >= (3, 6)]


def whole(interpreters):
    return [Case("long-traceback-suite/" + one.label, suite, (one, 0, 1), seconds=SUITE_SECONDS)
            for one in interpreters if one.version >= (3, 6)]
