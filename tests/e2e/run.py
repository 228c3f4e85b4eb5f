#!/usr/bin/python3
"""End-to-end tests: real programs, the real shim, the real daemon.

    tests/e2e/run.py [--all] [--long] [--list] [--keep] [--bare] [-j N] [--build DIR] [FILTER ...]

FILTER is a part of a case's name, such as null-read or /3.12.1/; with several,
a case needs one of them.  The last line is `N passed, N failed, N skipped`.
"""

import argparse
import os
import resource
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import behaviour_cases
import corefile
import crash_cases
import cython_cases
import interpreters
import long_cases
import merging_cases
import program
import self_cases
import stepping_cases
import version_cases
from pool import Pool

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WORKERS = 2


def options():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("filter", nargs="*", help="parts of names of cases")
    parser.add_argument("--all", action="store_true", help="the whole matrix")
    parser.add_argument("--long", action="store_true",
                        help="only what takes minutes: programs under load, killed reporters")
    parser.add_argument("--bare", action="store_true",
                        help="only whether the crashers die as they should without the shim")
    parser.add_argument("--list", action="store_true", help="print the names, run nothing")
    parser.add_argument("--keep", action="store_true", help="keep directories of failed cases")
    parser.add_argument("--verbose", action="store_true", help="a line for each case")
    parser.add_argument("--debug", action="store_true", help="set FDPRELOAD_DEBUG")
    parser.add_argument("-j", type=int, default=WORKERS, help="cases at a time")
    parser.add_argument("--build", default=os.path.join(ROOT, os.environ.get("O", "build")))
    return parser.parse_args()


class Summary:
    def __init__(self, settings):
        self.settings = settings
        self.passed = self.failed = self.skipped = 0

    def skip(self, text):
        self.skipped += 1
        print("SKIP", text, flush=True)

    def done(self, result):
        """Counts and prints; true if the directory is to stay."""
        if result.skipped:
            self.skip("%s: %s" % (result.case.name, result.skipped))
            return False
        if not result.problems:
            self.passed += 1
            if self.settings.verbose:
                print("ok   %s (%.1f s)" % (result.case.name, result.seconds), flush=True)
            return False
        self.failed += 1
        print("FAIL %s (%.1f s)" % (result.case.name, result.seconds))
        for problem in result.problems:
            print("    " + problem.replace("\n", "\n    "))
        if self.settings.keep:
            print("    kept:", result.directory)
        sys.stdout.flush()
        return self.settings.keep

    def finish(self):
        print("%d passed, %d failed, %d skipped" % (self.passed, self.failed, self.skipped))
        return 1 if self.failed or not self.passed else 0


def prepare_limits():
    """Cores on, but without memory: the notes are all that is looked at."""
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    try:
        with open("/proc/self/coredump_filter", "w") as file:
            file.write("0")
    except OSError:
        pass


def clean_environment():
    """Nothing of the caller's own use of the shim reaches the tests."""
    for name in list(os.environ):
        if name.startswith("FDPRELOAD_") and name != "FDPRELOAD_TEST_PYTHONS" \
                or name == "LD_PRELOAD":
            del os.environ[name]


def all_cases(found, share, alien, settings):
    if settings.bare:
        return crash_cases.bare_matrix(found + share)
    if settings.long:
        return long_cases.matrix(found, share + alien)
    return self_cases.matrix() + behaviour_cases.matrix(found, settings.all) + \
        version_cases.matrix(found + share + alien, share) + \
        stepping_cases.matrix(found + share + alien) + \
        merging_cases.cases(found + share) + cython_cases.cases(found + share) + \
        crash_cases.matrix(found, settings.all)


def main():
    settings = options()
    clean_environment()
    found = interpreters.find()
    # Somebody's own machine has what it has; CI is there to see several.
    enough = interpreters.ENOUGH if os.environ.get("CI") else 1
    if len(found) < enough:
        print("only %d supported interpreters found (%s), at least %d are needed: set "
              "FDPRELOAD_TEST_PYTHONS" % (len(found), ", ".join(one.path for one in found),
                                          enough))
        return 1
    share = interpreters.find(interpreters.SHARE)
    alien = interpreters.find(interpreters.ALIEN)
    cases = all_cases(found, share, alien, settings)
    if settings.filter:
        cases = [case for case in cases if any(part in case.name for part in settings.filter)]
    if settings.list:
        print(*(case.name for case in cases), sep="\n")
        return 0
    summary = Summary(settings)
    print("interpreters:", ", ".join(one.label for one in found + share + alien), flush=True)
    for version in interpreters.absent(found + share + alien, interpreters.EVERY):
        summary.skip("CPython %s is not on this machine" % version)
    prepare_limits()
    if not corefile.written_to_cwd():
        summary.skip("core files: core_pattern does not write them beside the program")
    setup = program.Setup(settings.build)
    setup.debug = settings.debug
    pool = Pool(setup, settings.j, summary.done)
    pool.run(cases)
    pool.close()
    return summary.finish()


if __name__ == "__main__":
    sys.exit(main())
