"""What was being handled or raised, word for word as traceback has it.

tests/e2e/programs/exceptions.py, in 2.7 exceptions27.py, prints what traceback.format_exception() says
and dies; the report says the same, with the places that it marks in lines of source.
"""

import json
import os
import re
import subprocess

import interpreters
import program
import schema
from common import one_report, program_line

TITLE = re.compile(r"Exception (?:being )?(raised|handled|handled before|handled now or before) "
                   r"in thread \d+, most recent call last:")
INDENT = "  "
# Messages that only the program's own code could make.
NOT_RUN = re.compile(r": <(\S+) object at 0x[0-9a-f]+(: its __str__ was not run)?>")
BY_ITSELF = ": by its own code"


def blocks(text):
    """[(raised or handled, lines)] of a text report."""
    found = []
    for line in text.split("\n"):
        title = TITLE.fullmatch(line)
        if title:
            found.append((title.group(1), []))
        elif found and (line == "" or line.startswith(INDENT)):
            found[-1][1].append(line[len(INDENT):])
        elif found:
            break
    for _, lines in found:
        while lines and lines[-1] == "":
            lines.pop()
    return found


def expected_lines(output):
    """What the program printed; a report shows tabs as blanks."""
    lines = output.decode().replace("\t", " ").split("\n")
    if lines[-1] == "":
        lines.pop()
    while lines and lines[-1] == "":
        lines.pop()
    return lines


def compare(check, run, report, text, kind="handled"):
    found = blocks(text)
    check.equal("what it was doing", [word for word, _ in found][:1], [kind])
    if not found:
        return
    got = [NOT_RUN.sub(BY_ITSELF, line) for line in found[0][1]]
    check.equal("the exceptions", got, expected_lines(run.stdout))
    check.equal("missing", report["capture"]["missing"], [])


# What exceptions27.py says before each of them, which nothing chains.
STATE = re.compile(rb"^-- (?:being )?(\w[\w ]*) --\n", re.M)


ENDED = {"handled": False, "handled before": True, "handled now or before": None}


def compare_all(check, run, report, text, kind="handled"):
    """Those of 2.7: what is raised, and all that the frames handle, innermost first."""
    thread = next((one for one in report["threads"] if one["exceptions"]), None)
    exceptions, handled, raised = ((thread["exceptions"], thread["handled"], thread["raised"])
                                   if thread else ([], [], None))
    # A byte that is no UTF-8 is in a report what Python 3 makes of it.
    output = run.stdout.decode("utf-8", "surrogateescape").encode("utf-8", "backslashreplace")
    first, *expected = STATE.split(output)
    check.equal("before the first", first, b"")
    states, expected = expected[::2], expected[1::2]
    check.equal("the first", [one.decode().split()[0] for one in states[:1]],
                [] if kind == "nothing" else [kind])
    found = blocks(text)
    check.equal("what it was doing", [word for word, _ in found],
                [one.decode() for one in states])
    check.equal("ended", [ENDED[word] for word, _ in found if word != "raised"],
                [exceptions[index]["ended"] for index in handled if index != raised])
    for index, ((_, lines), one) in enumerate(zip(found, expected)):
        check.equal("exception %d" % index, [NOT_RUN.sub(BY_ITSELF, line) for line in lines],
                    expected_lines(one))
    check.equal("missing", report["capture"]["missing"], [])


def structure(check, report, kind):
    """The JSON form: every index leads somewhere."""
    for thread in report["threads"]:
        count = len(thread["exceptions"])
        links = list(thread["handled"])
        links += [] if thread["raised"] is None else [thread["raised"]]
        for one in thread["exceptions"]:
            links += [index for index in (one["cause"], one["context"]) if index is not None]
            links += one["group"]["exceptions"] if one["group"] else []
        check.equal("indexes of exceptions", sorted(set(links)), list(range(count)))
    with_any = [thread for thread in report["threads"] if thread["exceptions"]]
    if kind == "nothing":
        check.equal("threads with exceptions", with_any, [])
        return
    check.equal("threads with exceptions", len(with_any), 1)
    check.equal("raised", [thread["raised"] for thread in with_any],
                [0 if kind == "raised" else None])


def script(interpreter):
    return "exceptions.py" if interpreter.version >= (3,) else "exceptions27.py"


def exception(context, interpreter, name):
    kind = next((one for one in ("raised", "nothing") if name.startswith(one)), "handled")
    run = context.setup.run(program_line(interpreter, script(interpreter), name),
                            context.subdirectory("shim"), environment={"LC_ALL": "C.UTF-8"})
    report, text = one_report(context, run)
    if report is None:
        return
    how = compare if interpreter.version >= (3,) else compare_all
    how(context.check, run, report, text, kind)
    structure(context.check, report, kind)


# Exceptions of one program: a report shows so many of a chain.
CARETS = 40


def carets(context, interpreter):
    """Each place that traceback marks, and no other."""
    program_name = "carets.py"
    count = int(subprocess.check_output(program_line(interpreter, program_name),
                                        timeout=program.HANG_SECONDS))
    context.check.true("expressions: %d" % count, count > 100)
    for first in range(0, count, CARETS):
        run = context.setup.run(program_line(interpreter, program_name, str(first), str(CARETS)),
                                context.subdirectory("run-%d" % first),
                                environment={"LC_ALL": "C.UTF-8"})
        report, text = one_report(context, run)
        if report:
            compare(context.check, run, report, text)


def dumped(context, interpreter):
    """A process that lives, copied in a moment in which it stands still."""
    answers = {}

    def prepare(process, output):
        with program.deadline(program.HANG_SECONDS):
            while not program.read(output).endswith(b"ready\n"):
                os.sched_yield()
        for form in ("text", "json"):
            answers[form] = subprocess.run(
                [context.setup.cli, "dump", "--format", form, str(process.pid)],
                stdout=subprocess.PIPE, timeout=program.HANG_SECONDS).stdout.decode()

    run = context.setup.run(program_line(interpreter, script(interpreter), "waiting"),
                            context.subdirectory("bare"), shim=False, prepare=prepare)
    report = json.loads(answers["json"])
    context.check.equal("schema", schema.complaints(report), [])
    run.stdout = run.stdout[:-len(b"ready\n")]
    how = compare if interpreter.version >= (3,) else compare_all
    how(context.check, run, report, answers["text"])
    structure(context.check, report, "handled")


def all_names(interpreter):
    path = program_line(interpreter, script(interpreter))[1]
    if interpreter.version < (3,):
        return subprocess.check_output([interpreter.path, path, "--list"],
                                       timeout=program.HANG_SECONDS).decode().split()
    answer = subprocess.run(
        [interpreter.path, "-c", NAMES, path, str(interpreter.name not in interpreters.ALIEN)],
        check=True, stdout=subprocess.PIPE, timeout=program.HANG_SECONDS)
    return answer.stdout.decode().split()


# The extension module need not be built yet; some Pythons cannot load it.
NAMES = """
import sys, types
if sys.argv[2] == "True":
    sys.modules["_crashers"] = types.ModuleType("_crashers")
namespace = {"__name__": "names"}
exec(open(sys.argv[1], encoding="utf-8").read(), namespace)
print(*namespace["names"]())
"""

ON_EACH_VERSION = [("exceptions-dumped", dumped, ())]
