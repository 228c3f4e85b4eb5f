"""Each version's own word against what is read of it: frames, lines, columns, threads.

Every interpreter that is found has these cases, also those on which not all of the other
tests run (see interpreters.py).
"""

import json
import os
import subprocess

import check as checks
import class_name_cases
import deadlock_cases
import exception_cases
import greenlet_cases
import hang_cases
import kinds
import locals_cases
import order_cases
import program
import schema
import source_cases
import state_cases
import task_cases
import twin_cases
from common import one_report, program_line, wait_reading, wait_ready
from crash_cases import case as crash_case
from crash_cases import check_left_behind, possible
from interpreters import SUPPORTED, imports
from pool import Case

WHERE = ["main", "thread"]


def rows(frames):
    """Frames as the program writes them down."""
    return [[frame[key] for key in ("function", "qualname", "file", "line", "end_line", "column",
                                    "end_column")]
            for frame in frames if frame["kind"] == "python"]


def load(run_directory, name):
    with open(os.path.join(run_directory, "cwd", name), encoding="utf-8") as file:
        return json.load(file)


def check_python(check, report, interpreter, crashed):
    python = report["python"]
    free = interpreter.name.endswith("t")
    check.equal("python.version", python["version"], "%d.%d.%d" % interpreter.version)
    check.equal("python.free_threaded", python["free_threaded"], free)
    check.equal("python.finalizing", python["finalizing"],
                None if interpreter.version < (3,) else False)
    if free:
        check.equal("python.gil_holder_tid", python["gil_holder_tid"], None)
    elif crashed:
        # A foreign function is called without it.
        check.equal("GIL holders", {thread["holds_gil"] for thread in report["threads"]}, {False})
    check.equal("capture.missing", report["capture"]["missing"], [])


def check_threads(check, report, noted, interpreter, at):
    """The innermost frame of the thread AT was noted in the middle of its line."""
    found = {str(thread["tid"]): rows(thread["frames"]) for thread in report["threads"]}
    check.equal("threads", sorted(found), sorted(noted))
    for tid, expected in noted.items():
        got = found.get(tid, [])
        if tid == at and got and expected:
            check.equal("innermost of " + tid, got[0][:4], expected[0][:4])
            got, expected = got[1:], expected[1:]
        check.equal("frames of " + tid, got, expected)
    ids = [] if interpreter.version < (3, 7) else [0]
    check.equal("interpreters", [thread["interpreters"] for thread in report["threads"]],
                [ids] * len(report["threads"]))


def check_merged(check, thread, what):
    """Native frames lie around and between the Python frames, not beside them."""
    changes = [one["kind"] for index, one in enumerate(thread["frames"])
               if not index or one["kind"] != thread["frames"][index - 1]["kind"]]
    check.equal(what + ": innermost and outermost", (changes[0], changes[-1]),
                ("native", "native"))
    # At least sorted(), which calls key(), has native frames of its own.
    check.true("%s: %s" % (what, " ".join(changes)), len(changes) >= 5)


def at_of(noted, name):
    """The tid of the thread whose innermost frame is NAME."""
    return next(tid for tid, frames in noted.items() if frames[0][0] == name)


def ask(context, pid):
    answer = subprocess.run([context.setup.cli, "dump", "--format", "json", str(pid)],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            env={"PATH": "/usr/bin:/bin",
                                 "FDPRELOAD_DAEMON": context.setup.daemon})
    context.check.equal("dump: status", (answer.returncode, answer.stderr), (0, b""))
    return json.loads(answer.stdout)


def opinion(context, interpreter, where):
    """A dump of it while it waits, and a report of its death."""
    check = context.check
    dumps = []

    def prepare(process, output):
        wait_ready(output)
        wait_reading(process.pid)
        dumps.append(ask(context, process.pid))

    run = context.setup.run(program_line(interpreter, "opinion.py", where),
                            context.subdirectory("shim"), prepare=prepare)
    check_left_behind(check, run)
    report = one_report(context, run)[0]
    for one, name, function in ((dumps[0], "waiting.json", "wait"),
                                (report, "dying.json", "die")):
        noted = load(run.directory, name)
        at = at_of(noted, function)
        check.equal("schema", schema.complaints(one), [])
        check_python(check, one, interpreter, function == "die")
        check_threads(check, one, noted, interpreter, at)
        for thread in one["threads"]:
            if str(thread["tid"]) == at:
                check_merged(check, thread, function)


def functions(thread):
    return [frame["function"] for frame in thread["frames"] if frame["kind"] == "python"]


def subinterpreters(context, interpreter):
    """Each thread with the interpreters that it is in, and their frames in order."""
    check = context.check
    run = context.setup.run(program_line(interpreter, "subinterpreters.py"),
                            context.subdirectory("shim"))
    check_left_behind(check, run)
    report = one_report(context, run)[0]
    waiting, dying = map(int, run.stdout.split())
    threads = {thread["crashed"]: thread for thread in report["threads"]}
    check.equal("capture.missing", report["capture"]["missing"], [])
    check.equal("threads", len(report["threads"]), 2)
    check.equal("interpreters of the crashed", threads[True]["interpreters"], [dying, 0])
    check.equal("interpreters of the other", threads[False]["interpreters"], [waiting, 0])
    check.equal("frames of the crashed", functions(threads[True]),
                ["die", "<module>", "run", "main", "<module>"])
    check.equal("frames of the other", functions(threads[False]),
                ["stand", "<module>", "run", "wait", "run", "_bootstrap_inner", "_bootstrap"])
    holder = None if interpreter.name.endswith("t") else threads[True]["tid"]
    check.equal("python.gil_holder_tid", report["python"]["gil_holder_tid"], holder)


def library_of(interpreter):
    """Its shared library, or None if it has none."""
    code = ("print(*{line.split()[-1] for line in open('/proc/self/maps') "
            "if '/libpython' in line})")
    return subprocess.run([interpreter.path, "-c", code], stdout=subprocess.PIPE,
                          text=True).stdout.strip() or None


def two_pythons(context, interpreter, others, which):
    """The program's own is read, whichever of the two dies, and the other is said."""
    check = context.check
    libraries = [library_of(other) for other in others
                 if other.version[:2] != interpreter.version[:2] and other.version >= (3, 8)]
    library = next(filter(None, libraries), None)
    if library_of(interpreter) or not library:
        raise checks.Skip("it takes a static interpreter, and a shared library of another")
    run = context.setup.run(program_line(interpreter, "two_pythons.py", library, which),
                            context.subdirectory("shim"))
    check_left_behind(check, run)
    report = one_report(context, run)[0]
    check.equal("python.version", report["python"]["version"], "%d.%d.%d" % interpreter.version)
    check.equal("frames", functions(report["threads"][0]), ["main", "<module>"])
    check.equal("capture.missing", report["capture"]["missing"], [
        "Python frames: there is another interpreter, in %s, and only one is read" %
        os.path.realpath(library)])


def mapped_copy(context, interpreter):
    run = context.setup.run(program_line(interpreter, "mapped_copy.py"),
                            context.subdirectory("shim"))
    check_left_behind(context.check, run)
    report = one_report(context, run)[0]
    check_python(context.check, report, interpreter, True)
    context.check.equal("frames", functions(report["threads"][0]), ["<module>"])


def reads_values(interpreter):
    """That behaviour_cases has them all of 3.8 to 3.13 is not repeated here."""
    return interpreter.name not in SUPPORTED


def parks(interpreter):
    """Locks of its own, that threads park for; or objects with another head."""
    return interpreter.name == "3.13t" or interpreter.version >= (3, 14)


def values(interpreters):
    """Locals and exceptions, on versions of which a share runs."""
    every = locals_cases.ON_EACH_VERSION + exception_cases.ON_EACH_VERSION
    for one in interpreters:
        for name, function, arguments in every:
            yield Case("%s/%s" % (name, one.label), function, (one, *arguments))
        for name in exception_cases.all_names(one):
            yield Case("exception-%s/%s" % (name.replace("_", "-"), one.label),
                       exception_cases.exception, (one, name))


def locks(interpreters):
    """Who waits for whom, where locks are made otherwise than in 3.8 to 3.13."""
    for one in interpreters:
        for name, function, arguments in deadlock_cases.WITH_PYTHON_LOCKS:
            yield Case("%s/%s" % (name, one.label), function, (one, *arguments))


def hangs(interpreters):
    return [Case("%s/%s" % (name, one.label), function, (one, *arguments))
            for one in interpreters for name, function, arguments in hang_cases.ON_EACH_VERSION]


def matrix(everywhere, share):
    """Opinions of all; on those that have a SHARE each kind of death once, going round, and
    one at each place."""
    cases = [Case("opinion/%s/%s" % (where, one.label), opinion, (one, where))
             for one in everywhere for where in WHERE]
    cases += [Case("subinterpreters/" + one.label, subinterpreters, (one,))
              for one in everywhere if one.version >= (3, 10)]
    cases += [Case("two-pythons/%s/%s" % (which, one.label), two_pythons, (one, everywhere, which))
              for one in everywhere if one.label.startswith("system-")
              for which in ("first", "second")]
    cases += [Case("mapped-copy/" + one.label, mapped_copy, (one,))
              for one in everywhere if one.version >= (3,)]
    cases += [Case("%s/%s" % (name, one.label), function, (one,))
              for one in everywhere
              for name, function in order_cases.ON_EVERY_VERSION + state_cases.ON_EVERY_VERSION]
    cases += [Case("%s/%s" % (name, one.label), function, (one,))
              for one in everywhere for name, function in class_name_cases.ON_EVERY_VERSION]
    cases += [Case("%s/%s" % (name, one.label), function, (one,))
              for one in everywhere if not class_name_cases.says_itself(one)
              for name, function in class_name_cases.WHERE_GUESSED]
    cases += [Case("%s/%s" % (name, one.label), function, (one, *arguments))
              for one in everywhere if reads_values(one) or one.version < (3,)
              for name, function, arguments in source_cases.ON_EACH_VERSION]
    cases += [Case("%s/%s" % (name, one.label), function, (one, *arguments))
              for one in everywhere if one.version >= (3, 7)
              for name, function, arguments in task_cases.ON_EVERY_VERSION]
    cases += [Case("%s/%s" % (name, one.label), function, (one, *arguments))
              for one in everywhere if one.version >= (3, 7)
              for module, rows in (("greenlet", greenlet_cases.WITH_GREENLET),
                                   ("gevent", greenlet_cases.WITH_GEVENT))
              if imports(one.path, module)
              for name, function, arguments in rows]
    cases += [Case("carets/" + one.label, exception_cases.carets, (one,))
              for one in everywhere if one.version >= (3, 11)]
    cases += values(one for one in everywhere if reads_values(one))
    cases += twin_cases.share(everywhere)
    cases += hangs(one for one in share if one.version >= (3, 7) and not one.name.endswith("t"))
    cases += locks(one for one in everywhere if parks(one))
    if not share:
        return cases
    for turn, one in enumerate(kinds.KINDS):
        interpreter = share[turn % len(share)]
        if kinds.runs_at(one, "main") and possible(one, "main", interpreter):
            cases.append(crash_case(one, "main", interpreter, "live"))
    for interpreter in share:
        cases += [crash_case(kinds.KINDS[0], place, interpreter, method)
                  for place, method in (("pthread", "live"), ("cthread", "served"),
                                        ("native", "live"))]
    return cases
