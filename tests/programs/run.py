#!/usr/bin/python3
"""Real programs, bare and under the shim: nothing they show may differ.

    tests/programs/run.py [--all] [--list] [--keep] [--verbose] [-j N] [--build DIR] [FILTER ...]

FILTER is a part of a program's name, such as java/ or gunicorn.  --all runs
Python programs on every interpreter.  The last line is
`N passed, N failed, N skipped`.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
sys.dont_write_bytecode = True

import compare
import debugger
import interpreters
import others
import program
import pythons
import run as e2e
import seen
import services
from pool import Case, Pool

DEBIAN = "/usr/bin/python3"
COMPILE_SECONDS = 60


def options():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("filter", nargs="*", help="parts of names of programs")
    parser.add_argument("--all", action="store_true", help="every interpreter")
    parser.add_argument("--list", action="store_true", help="print the names, run nothing")
    parser.add_argument("--keep", action="store_true", help="keep directories of failed cases")
    parser.add_argument("--verbose", action="store_true", help="a line for each program")
    parser.add_argument("--debug", action="store_true", help="set FDPRELOAD_DEBUG")
    parser.add_argument("-j", type=int, default=e2e.WORKERS, help="programs at a time")
    parser.add_argument("--build", default=os.path.join(ROOT, os.environ.get("O", "build")))
    return parser.parse_args()


def compile_java(directory):
    """Without the compiler the cases say what is missing."""
    if not shutil.which("ecj", path="/usr/bin"):
        return
    sources = os.path.join(HERE, "java")
    subprocess.run(["/usr/bin/ecj", "-17", "-proc:none", "-d", directory] +
                   sorted(os.path.join(sources, name) for name in os.listdir(sources)),
                   check=True, timeout=COMPILE_SECONDS)


def cases(found, everything, classes):
    """One case for each program; one that any interpreter can run goes round them."""
    debian = interpreters.Interpreter(DEBIAN, None, "system", None)
    made = [Case("self/" + one.name, seen.complains, (one, debian, word))
            for one, word in seen.PROGRAMS]
    for turn, one in enumerate(services.PROGRAMS + pythons.PROGRAMS + debugger.PROGRAMS +
                               others.PROGRAMS):
        if not one.any_python:
            made.append(Case(one.name, compare.compare, (one, debian, classes)))
            continue
        chosen = found if everything else [found[turn % len(found)]]
        made += [Case("%s/%s" % (one.name, each.label), compare.compare, (one, each, classes))
                 for each in chosen]
    return made


def main():
    settings = options()
    e2e.clean_environment()
    # A shell that runs this in the background has it ignored, and so would all.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    found = interpreters.find()
    if not found:
        print("no supported interpreter found: set FDPRELOAD_TEST_PYTHONS")
        return 1
    with tempfile.TemporaryDirectory(prefix="fdpreload-classes-") as classes:
        chosen = [case for case in cases(found, settings.all, classes)
                  if not settings.filter or any(part in case.name for part in settings.filter)]
        if settings.list:
            print(*(case.name for case in chosen), sep="\n")
            return 0
        compile_java(classes)
        summary = e2e.Summary(settings)
        e2e.prepare_limits()
        setup = program.Setup(settings.build)
        setup.debug = settings.debug
        pool = Pool(setup, settings.j, summary.done)
        pool.run(chosen)
        pool.close()
        return summary.finish()


if __name__ == "__main__":
    sys.exit(main())
