#!/usr/bin/python3
"""What the shim costs, how long a report takes, and what a dump costs.

Everything that is compared is measured by turns, in one run: without anything,
with an empty library preloaded, with the shim.  bench/README.md says how to
read the tables; `make bench` builds what is needed.
"""

import argparse
import ctypes
import os
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
sys.dont_write_bytecode = True

import calls
import crashes
import interpreters
import memory
import operations
import pauses
import pool
import program
import reading
import starts
import watches
import ways


class Bench:
    def __init__(self, setup, found, root, quick):
        self.setup = setup
        self.root = root
        self.quick = quick
        # One with a libpython, and the system's, if both are here.
        self.two = [found[-1]] + [one for one in found if one.path == "/usr/bin/python3"
                                  and one is not found[-1]]
        self.ways = ways.Ways(setup, root)
        # The last: interrupts go to the first.
        self.processor = max(os.sched_getaffinity(0))

    def count(self, full_and_short):
        return full_and_short[self.quick]


PARTS = {
    "calls": calls.run,
    "start": starts.run,
    "c": operations.in_c,
    "python": operations.in_python,
    "java": operations.in_java,
    "memory": memory.run,
    "crash": crashes.ordinary,
    "deep": crashes.deep,
    "gdb": crashes.peer,
    "pause": pauses.run,
    "reading": reading.run,
    "watch": watches.run,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=os.path.join(ROOT, os.environ.get("O", "build")))
    parser.add_argument("--python", help="a part of an interpreter's label; default: the newest")
    parser.add_argument("--quick", action="store_true", help="few rounds, wide intervals")
    parser.add_argument("part", nargs="*", choices=[[], *PARTS], help="default: all")
    settings = parser.parse_args()
    found = interpreters.find()
    chosen = [one for one in found if (settings.python or "") in one.label]
    if not chosen:
        print("no supported interpreter found")
        return 1
    found.sort(key=chosen[-1].__eq__)
    # A daemon that is left behind becomes our child.
    ctypes.CDLL(None).prctl(pool.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory(prefix="fdpreload-bench-") as root:
        bench = Bench(program.Setup(settings.build), found, root, settings.quick)
        for name in settings.part or PARTS:
            PARTS[name](bench)
    return 0


if __name__ == "__main__":
    sys.exit(main())
