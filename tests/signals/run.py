#!/usr/bin/python3
"""Signal conformance: everything that a program can observe, with and without the shim.

    tests/signals/run.py [--list] [--bare] [--keep] [-v] [-j N] [--build DIR] [FILTER ...]

Runs each suite of the program `conform` bare and under the shim and compares what it
says, line by line.  A section of it is a case.  FILTER is a part of a job's name, which
is SUITE/PLACE/VARIANT.  The last line is `N passed, N failed, N skipped`.
"""

import argparse
import dataclasses
import json
import os
import resource
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
sys.dont_write_bytecode = True

import compare
import pool
import program

WORKERS = 2
# More than this is not read by anybody.
FAILURES_SHOWN = 12
# All cores are somebody else's at times; no suite takes longer than some seconds of its own.
HANG_SECONDS = 100
# The usual one.
SOFT_LIMIT = 1024

@dataclasses.dataclass
class Variant:
    """Another way to start the program."""
    environment: dict
    command: list
    suites: set    # None: all of them
    files: int = 0  # as many descriptors as it has to be able to have


VARIANTS = {
    "plain": Variant({}, [], None),
    "bind-now": Variant({"LD_BIND_NOW": "1"}, [],
                        {"start", "masks", "sequences", "inherit", "other-ways"}),
    # The number of the shim's descriptor depends on the limits.
    "few-files": Variant({}, ["prlimit", "--nofile=256:"], {"start", "inherit"}),
    "no-more-files": Variant({}, ["prlimit", "--nofile=4096:4096"], {"start", "inherit"},
                             files=4096),
}


def options():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("filter", nargs="*", help="parts of names of jobs")
    parser.add_argument("--list", action="store_true", help="print the names, run nothing")
    parser.add_argument("--bare", action="store_true",
                        help="never the shim: whether the suites say the same each time")
    parser.add_argument("--keep", action="store_true", help="keep directories of failed jobs")
    parser.add_argument("-v", "--verbose", action="store_true",
                        help="all failures, and a line for each job")
    parser.add_argument("-j", type=int, default=WORKERS, help="jobs at a time")
    parser.add_argument("--build", default=os.path.join(ROOT, os.environ.get("O", "build")))
    return parser.parse_args()


def missing():
    """{name of a variant: why it cannot be had}"""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return {name: "no more than %d descriptors can be had" % hard
            for name, variant in VARIANTS.items() if 0 <= hard < variant.files}


def jobs(conform):
    """[(name, suite, place, variant)]"""
    listed = subprocess.run([conform, "--list"], stdout=subprocess.PIPE, check=True, text=True)
    found = []
    for line in listed.stdout.splitlines():
        suite, place = line.split()
        for name, variant in VARIANTS.items():
            if name in missing():
                continue
            if not variant.suites or suite in variant.suites and place == "main":
                found.append(("%s/%s/%s" % (suite, place, name), suite, place, variant))
    return found


def run_one(context, name, shim, suite, place, variant):
    """The run, or the hang as a text."""
    setup = context.setup
    conform = os.path.join(setup.build, "tests", "signals", "conform")
    values = dict(variant.environment)
    if shim:
        values.update(FDPRELOAD_FOLLOW="all", FDPRELOAD_ECHO="none")
    directory = context.subdirectory(name)
    try:
        return setup.run(variant.command + [conform, suite, place], directory, shim=shim,
                         environment=values, seconds=HANG_SECONDS)
    except program.Hang as hang:
        program.kill_children()
        output = program.read(os.path.join(directory, "out")).decode(errors="replace")
        sections = [line for line in output.splitlines() if line.startswith("== ")]
        return "%s run: %s, in section %r" % (name, hang, sections[-1] if sections else "none")


def run_job(context, shim, suite, place, variant):
    """Leaves in cases.json what came out, by case."""
    bare = run_one(context, "bare", False, suite, place, variant)
    other = run_one(context, "other", shim, suite, place, variant)
    hangs = [run for run in (bare, other) if isinstance(run, str)]
    outcome = compare.hung(hangs) if hangs else compare.runs(place, bare, other, shim)
    context.check.true("nothing was compared", outcome.passed or outcome.failures)
    with open(os.path.join(context.directory, "cases.json"), "w") as file:
        json.dump([outcome.passed, outcome.failures, sorted(outcome.known)], file)


class Summary:
    def __init__(self, settings):
        self.settings = settings
        self.passed = self.failed = self.skipped = 0
        self.known = set()

    def skip(self, name, why):
        self.skipped += 1
        print("SKIP %s: %s" % (name, why))

    def done(self, result):
        """Counts and prints; true if the directory is to stay."""
        passed, failures = 0, [["the job", [problem]] for problem in result.problems]
        try:
            with open(os.path.join(result.directory, "cases.json")) as file:
                passed, more, known = json.load(file)
            failures += more
            self.known.update(known)
        except OSError:
            failures.append(["the job", ["it has left no result"]])
        self.passed += passed
        self.failed += len(failures)
        if failures or self.settings.verbose:
            print("%-4s %s: %d passed, %d failed (%.1f s)" % (
                "FAIL" if failures else "ok", result.case.name, passed, len(failures),
                result.seconds))
        self.show(failures)
        keep = self.settings.keep and bool(failures)
        if keep:
            print("    kept:", result.directory)
        sys.stdout.flush()
        return keep

    def show(self, failures):
        shown = len(failures) if self.settings.verbose else FAILURES_SHOWN
        for name, lines in failures[:shown]:
            print("    " + name)
            for line in lines:
                print("        " + line)
        if len(failures) > shown:
            print("    ... and %d more (-v)" % (len(failures) - shown))

    def finish(self, complete):
        """COMPLETE: all jobs ran, so that each known difference must have been seen."""
        for name in compare.never_seen(self.known) if complete else []:
            self.failed += 1
            print("FAIL known difference is not there any more: %s" % name)
        print("%d passed, %d failed, %d skipped" % (self.passed, self.failed, self.skipped))
        return 1 if self.failed or not self.passed else 0


def prepare():
    """The same for everybody, wherever this is run."""
    for name in list(os.environ):
        if name.startswith("FDPRELOAD_") or name.startswith("LD_"):
            del os.environ[name]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(SOFT_LIMIT, hard), hard))


def main():
    settings = options()
    prepare()
    setup = program.Setup(settings.build)
    chosen = jobs(os.path.join(setup.build, "tests", "signals", "conform"))
    complete = not settings.filter and not settings.bare
    if settings.filter:
        chosen = [job for job in chosen if any(part in job[0] for part in settings.filter)]
    if settings.list:
        print(*(name for name, *_ in chosen), sep="\n")
        return 0
    summary = Summary(settings)
    for name, why in missing().items():
        summary.skip(name, why)
    runner = pool.Pool(setup, settings.j, summary.done)
    runner.run([pool.Case(name, run_job, (not settings.bare, *arguments))
                for name, *arguments in chosen])
    runner.close()
    return summary.finish(complete)


if __name__ == "__main__":
    sys.exit(main())
