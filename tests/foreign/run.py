#!/usr/bin/env python3
"""The shim in strange company: it works, or it does nothing.

    tests/foreign/run.py [--long] [--list] [--keep] [--verbose] [-j N] [--build DIR] [FILTER ...]

Sanitizers, valgrind, other kinds of binaries, other C libraries, other preloads,
odd conditions at the start.  Each program runs with and without the shim.
FILTER is a part of a case's name.  The last line is `N passed, N failed, N skipped`.
"""

import argparse
import importlib
import os
import resource
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from common import ROOT  # noqa: E402  (finds tests/e2e too)

import program  # noqa: E402
from pool import Case, Pool  # noqa: E402

PRODUCTS = ["libfdpreload.so", "fdpreloadd", "fdpreload-analysis.so", "fdpreload"]
GROUPS = ["sanitizer", "valgrind", "binary", "loader", "lookup", "start", "chroot"]
LONG_GROUPS = ["valgrind", "chroot"]
WORKERS = 2


def options():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("filter", nargs="*", help="parts of names of cases")
    parser.add_argument("--long", action="store_true", help="those that take minutes")
    parser.add_argument("--list", action="store_true", help="print the names, run nothing")
    parser.add_argument("--keep", action="store_true", help="keep directories of failed cases")
    parser.add_argument("--verbose", action="store_true", help="a line for each case")
    parser.add_argument("-j", type=int, default=WORKERS, help="cases at a time")
    parser.add_argument("--build", default=os.path.join(ROOT, os.environ.get("O", "build")))
    return parser.parse_args()


class Summary:
    def __init__(self, settings):
        self.settings = settings
        self.passed = self.failed = self.skipped = 0

    def done(self, result):
        """Counts and prints; true if the directory is to stay."""
        label = "%s (%.1f s)" % (result.case.name, result.seconds)
        if result.skipped:
            self.skipped += 1
            print("SKIP %s: %s" % (result.case.name, result.skipped), flush=True)
            return False
        if not result.problems:
            self.passed += 1
            if self.settings.verbose:
                print("ok  ", label, flush=True)
            return False
        self.failed += 1
        print("FAIL", label)
        for problem in result.problems:
            print("    " + problem.replace("\n", "\n    "))
        if self.settings.keep:
            print("    kept:", result.directory)
        sys.stdout.flush()
        return self.settings.keep

    def finish(self):
        print("%d passed, %d failed, %d skipped" % (self.passed, self.failed, self.skipped))
        return 1 if self.failed or not self.passed else 0


def cases(settings):
    found = []
    for group in LONG_GROUPS if settings.long else GROUPS:
        module = importlib.import_module(group + "_cases")
        rows = module.long_matrix() if settings.long else module.matrix()
        found += [Case("%s/%s" % (group, name), function, arguments)
                  for name, function, arguments in rows]
    if settings.filter:
        found = [case for case in found if any(part in case.name for part in settings.filter)]
    return found


def copy_products(build, directory):
    """To where programs of other users may read them."""
    os.chmod(directory, 0o755)
    for name in PRODUCTS:
        shutil.copy(os.path.join(build, name), directory)


def main():
    settings = options()
    for name in list(os.environ):
        if name.startswith(("FDPRELOAD_", "LD_")) and name != "FDPRELOAD_TEST_PYTHONS":
            del os.environ[name]
    wanted = cases(settings)
    if settings.list:
        print(*(case.name for case in wanted), sep="\n")
        return 0
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    summary = Summary(settings)
    with tempfile.TemporaryDirectory(prefix="fdpreload-foreign-") as directory:
        copy_products(settings.build, directory)
        pool = Pool(program.Setup(directory), settings.j, summary.done)
        pool.run(wanted)
        pool.close()
    return summary.finish()


if __name__ == "__main__":
    sys.exit(main())
