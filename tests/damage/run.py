#!/usr/bin/env python3
"""Captures with damaged memory, by the thousand.

    tests/damage/run.py [--build DIR] [--runs N] [--first SEED] [-j N] [VERSION...]

N runs of build/tests/damage/damage for each version of Python, shared by the captures
of it, and of each capture some reports that are compared with the schema.  That the
checks can fail is shown first.  The last line is `N passed, N failed, N skipped`.
"""

import argparse
import collections
import glob
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TESTS, "e2e"))
sys.dont_write_bytecode = True

import schema  # noqa: E402  (the path above is where it is)

# Of the runs of each capture, at least, and one of so many.
SAMPLES, SAMPLES_EACH = 5, 20
# For all runs of one capture: 3 ms each, and a sanitizer makes that a hundred.
SECONDS = 3000
VERSION = re.compile(r"(?:cpython-)?(\d+\.\d+)(?:\.\d+)?(t?)-")
SUMMARY = re.compile(r"^.*: (\d+) runs, (\d+) failed; \d+ pages, \d+ frames$", re.M)
# Of Debian, when the captures were made.
SYSTEM = "3.11"
# In these the newest frame has the caller of one that was there before it, and registers say
# so; where what says so is damaged, that caller is what the memory has.
CONTRADICTING = "-calls.fdpcap"


def by_version():
    """{version: paths of its captures}"""
    found = collections.defaultdict(list)
    for path in sorted(glob.glob(os.path.join(TESTS, "captures", "*.fdpcap"))):
        if path.endswith(CONTRADICTING):
            continue
        match = VERSION.match(os.path.basename(path))
        found["".join(match.groups()) if match else SYSTEM].append(path)
    return found


class Damage:
    """Runs the program; counts what came of it."""

    def __init__(self, build):
        self.program = os.path.join(build, "tests", "damage", "damage")
        self.passed = self.failed = 0

    def run(self, path, *arguments):
        return subprocess.run([self.program, *map(str, arguments), path], stdout=subprocess.PIPE,
                              timeout=SECONDS, check=False).stdout.decode(errors="replace")

    def count(self, passed, failed, text=""):
        self.passed += passed
        self.failed += failed
        if text:
            print(text, flush=True)

    def damaged(self, path, runs, first):
        """(passed, failed, what was printed of those)"""
        output = self.run(path, "--runs", runs, "--first", first)
        summary = SUMMARY.search(output)
        if not summary or int(summary.group(1)) != runs:
            return 0, 1, "FAIL %s: %s" % (path, output[-300:] or "no output")
        failed = int(summary.group(2))
        return runs - failed, failed, "\n".join(
            line for line in output.splitlines() if line.startswith("FAIL"))

    def planted(self, path):
        """A frame that nobody knows is found."""
        found = self.run(path, "--planted", "--runs", 20).count("a frame was invented")
        self.count(int(found > 0), int(found == 0),
                   "" if found else "FAIL %s: what was planted was not found" % path)

    def sampled(self, path, runs, first):
        """(passed, failed, ...): reports are what the schema says, whatever is in them."""
        samples = SAMPLES + runs // SAMPLES_EACH
        output = self.run(path, "--json", "--runs", samples, "--first", first)
        complaints = []
        reports = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
        for number, report in enumerate(reports):
            complaints += ["FAIL %s, run %d: %s" % (path, first + number, complaint)
                           for complaint in schema.complaints(report)]
        if len(reports) != samples:
            complaints.append("FAIL %s: %d reports" % (path, len(reports)))
        return samples, len(complaints), "\n".join(complaints)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("versions", nargs="*")
    parser.add_argument("--build", default=os.environ.get("O", "build"))
    parser.add_argument("--runs", type=int, default=200, help="of each version")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("-j", type=int, default=2)
    options = parser.parse_args()
    damage = Damage(options.build)
    for version, paths in sorted(by_version().items(), key=lambda one: [
            int(part) for part in re.findall(r"\d+", one[0])]):
        if options.versions and version not in options.versions:
            continue
        before = damage.passed, damage.failed
        damage.planted(paths[-1])
        runs = -(-options.runs // len(paths))
        with ThreadPoolExecutor(options.j) as pool:
            results = [pool.submit(damage.damaged, path, runs, options.first) for path in paths]
            results += [pool.submit(damage.sampled, path, runs, options.first) for path in paths]
        for result in results:
            damage.count(*result.result())
        print("CPython %s: %d captures, %d runs, %d failed" % (
            version, len(paths), runs * len(paths), damage.failed - before[1]), flush=True)
    print("%d passed, %d failed, 0 skipped" % (damage.passed, damage.failed))
    return 1 if damage.failed or not damage.passed else 0


if __name__ == "__main__":
    sys.exit(main())
