#!/usr/bin/python3
"""CPython's own tests with and without the shim: the same ones pass, fail and skip.

    tests/cpython/run.py [--short] [--installed] [--python PATH ...] [--build DIR] [--keep]
                         [--slow] [-j N] [TEST ...]

TEST is a test file such as test_signal; without one, all of suites.py.  A line
for each test that differs: the interpreter, the test, bare -> shim, why.  The
last line is `N passed, N failed, N skipped`, where one is one test id that is
equal on both sides.
"""

import argparse
import collections
import concurrent.futures
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "e2e")]
sys.dont_write_bytecode = True

import compare
import interpreters
import known
import self_check
import side
import suites

WORKERS = 2
# What is left of the tests then still waits more than it computes.
SHORT_WORKERS = 4
CRASH_SECONDS = 60
LEFT_OUT = "left_out.txt"


def options():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("test", nargs="*", help="test files")
    parser.add_argument("--python", action="append", default=[], metavar="PATH",
                        help="an interpreter, instead of all that are found")
    parser.add_argument("--short", action="store_true", help="what CI has the time for")
    parser.add_argument("--installed", action="store_true",
                        help="fdpreload in place of faulthandler, under the shim")
    parser.add_argument("--keep", action="store_true", help="keep all directories")
    parser.add_argument("--slow", action="store_true", help="name the tests that take longest")
    parser.add_argument("-j", type=int, metavar="N",
                        help="test files at a time, else %d, or %d with --short" %
                        (WORKERS, SHORT_WORKERS))
    parser.add_argument("--build", default=os.path.join(ROOT, os.environ.get("O", "build")))
    settings = parser.parse_args()
    settings.j = settings.j or (SHORT_WORKERS if settings.short else WORKERS)
    for test in settings.test:
        if test not in suites.SUITES:
            parser.error("%s is none of: %s" % (test, " ".join(suites.SUITES)))
    return settings


class Summary:
    """What is printed, and what is counted."""

    def __init__(self, known_differences):
        self.known = known_differences
        self.passed = self.failed = self.skipped = 0
        self.reports = collections.defaultdict(collections.Counter)
        self.slow = []
        self.compared = []
        self.kept = []

    def fail(self, text):
        self.failed += 1
        print("FAIL", text, flush=True)

    def skip(self, word, text):
        self.skipped += 1
        print(word, text, flush=True)

    def finding(self, unit, finding):
        text = "%s %s: %s" % (unit.interpreter.label, finding.test, finding.text)
        if finding.state == "differs":
            self.fail(text)
        else:
            self.skip(finding.state.upper(), text)
        if finding.state == "known":
            self.known.note(unit.interpreter, finding.test)

    def done(self, comparison):
        unit = comparison.unit
        where = "%s %s" % (unit.interpreter.label, unit.name)
        self.passed += len(comparison.equal)
        for finding in comparison.findings:
            self.finding(unit, finding)
        for complaint in dict.fromkeys(comparison.complaints):
            self.fail("%s: %s" % (where, complaint))
        self.count_reports(unit, comparison.reports, where)
        self.slow += [(*one, unit.interpreter.label) for one in comparison.slow]
        self.compared += [(unit.interpreter, test) for test in comparison.equal]
        print("%s: %d equal, %.0f s and %.0f s%s" % (
            where, len(comparison.equal), *comparison.seconds, reports_text(comparison.reports)))
        for test in comparison.both_fail:
            print("    fails on both sides: " + test)
        if os.path.exists(comparison.directory):
            print("    kept: " + comparison.directory)
        sys.stdout.flush()

    def count_reports(self, unit, reports, where):
        self.reports[unit.interpreter.label, unit.suite] += reports
        if reports and unit.suite not in suites.CRASHING:
            self.fail("%s: %s, and nothing crashes there on purpose" % (
                where, reports_text(reports)[2:]))

    def finish(self):
        for label, suite in [key for key in self.reports if key[1] == "test_faulthandler"]:
            if not self.reports[label, suite]:
                self.fail("%s %s: no reports: was the shim there?" % (label, suite))
        for row in self.known.idle(self.compared):
            print("%s: did not occur: %s" % (self.known.name, " ".join(row)))
        total = sum((*self.reports.values(),), collections.Counter())
        print("all together" + (reports_text(total) or ", no reports"))
        print("%d passed, %d failed, %d skipped" % (self.passed, self.failed, self.skipped))
        return 1 if self.failed or not self.passed else 0


def reports_text(reports):
    if not reports:
        return ""
    return ", %d reports (%s)" % (reports.total(), ", ".join(
        "%s %d" % pair for pair in reports.most_common()))


def crash_reports(setup, interpreter):
    """How many reports a crash of INTERPRETER makes; the proof that the shim works."""
    directory = tempfile.mkdtemp(dir=setup.root)
    subprocess.run([interpreter.path, "-c", "import ctypes; ctypes.string_at(0)"],
                   env=side.environment(setup, directory, True, interpreter.path),
                   cwd=directory,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=CRASH_SECONDS)
    side.clear_away()
    return side.count_reports(directory).total()


def names_of(settings):
    """The versions that run: with the shim alone, those on which everything does."""
    more = interpreters.SHARE if settings.installed or settings.python else []
    return interpreters.SUPPORTED + more


def chosen_interpreters(settings):
    if not settings.python:
        return interpreters.find(names_of(settings))
    found = [interpreters.ask(executable(path), names_of(settings)) for path in settings.python]
    for path, interpreter in zip(settings.python, found):
        if not interpreter:
            sys.exit("%s is no CPython that is supported" % path)
    return found


def executable(path):
    """The program itself, where PATH is a script that looks it up, as pyenv's are."""
    try:
        return subprocess.run([path, "-c", "import sys; print(sys.executable)"], text=True,
                              stdout=subprocess.PIPE, timeout=CRASH_SECONDS).stdout.strip()
    except OSError:
        return path


def absent_text(interpreter):
    return "installing libpython3.11-testsuite may help" \
        if interpreter.path.startswith("/usr/") else "it does not ship it"


def run_all(setup, units, workers, summary):
    pool = concurrent.futures.ProcessPoolExecutor(workers, initializer=side.prepare_worker)
    with pool:
        waiting = [pool.submit(compare.compare, setup, summary.known, unit,
                               os.path.join(setup.root, "%03d" % number))
                   for number, unit in enumerate(units)]
        for future in concurrent.futures.as_completed(waiting):
            summary.done(future.result())


def print_slow(rows):
    for seconds, test, label in sorted(rows, reverse=True):
        print("slow: %5.1f s %s %s" % (seconds, label, test))


def check_loading(setup, found, summary):
    for interpreter in found:
        count = crash_reports(setup, interpreter)
        if count != 1:
            summary.fail("%s: a crash makes %d reports" % (interpreter.label, count))


def name_absent(found, absent, settings, summary):
    for version in interpreters.absent(found, names_of(settings)) if not settings.python else []:
        summary.skip("SKIP", "CPython %s is not on this machine" % version)
    for interpreter, suite in absent:
        summary.skip("SKIP", "%s %s: %s" % (interpreter.label, suite, absent_text(interpreter)))


def make_setup(settings):
    build = os.path.realpath(settings.build)
    # Short: paths of sockets start with it.
    root = tempfile.mkdtemp(prefix="fdpcpy-")
    return side.Setup(os.path.join(build, "libfdpreload.so"), os.path.join(build, "fdpreloadd"),
                      root, write_ignored(root, settings), settings.keep, settings.installed)


def left_out(settings):
    """(pattern, why) of the tests that are not run."""
    return [row[1:] for row in suites.read_table(LEFT_OUT, 3)
            if row[0] == "always" or settings.short]


def write_ignored(root, settings):
    """What is left out, as regrtest reads it."""
    path = os.path.join(root, "ignored")
    with open(path, "w") as file:
        file.writelines(pattern + "\n" for pattern, _ in left_out(settings))
    return path


def main():
    settings = options()
    side.prepare()
    found = chosen_interpreters(settings)
    summary = Summary(known.Known("known_installed.txt" if settings.installed else "known.txt"))
    setup = make_setup(settings)
    print("interpreters:", ", ".join(one.label for one in found), flush=True)
    for complaint in self_check.complaints():
        summary.fail("comparison: " + complaint)
    check_loading(setup, found, summary)
    only_newest = set(suites.SUITES) - set(suites.CENTRAL) if settings.short else ()
    units, absent = suites.units(found, settings.test or suites.SUITES, only_newest)
    name_absent(found, absent, settings, summary)
    for row in left_out(settings):
        print("left out: %s: %s" % row)
    run_all(setup, units, settings.j, summary)
    if settings.slow:
        print_slow(summary.slow)
    if not summary.failed and not settings.keep:
        shutil.rmtree(setup.root, ignore_errors=True)
    return summary.finish()


if __name__ == "__main__":
    sys.exit(main())
