#!/usr/bin/python3
"""Every way to die, with the shim and without: the same for all who can see it.

    tests/deaths/deaths.py [--all] [--part K/N] [--list] [--keep] [--bare] [-j N] [--build DIR] [FILTER ...]

A case is named WAY/ARRANGEMENT/PLACE.  FILTER is a part of a name; with
several, a case needs one of them.  The last line is `N passed, N failed, N
skipped`.
"""

import argparse
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
sys.dont_write_bytecode = True

import cells
import corefile
import interpreters
import leaks
import matrix
import program
import pythons
import rusts
import stack_use
import tables
from pool import Pool
from run import ROOT, WORKERS, Summary, clean_environment, prepare_limits


def options():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("filter", nargs="*", help="parts of names of cases")
    parser.add_argument("--all", action="store_true",
                        help="all that makes sense, also where nothing new is expected")
    parser.add_argument("--part", metavar="K/N",
                        help="what is most important, and one of N parts of all else")
    parser.add_argument("--bare", action="store_true",
                        help="two runs without the shim: is what is compared always the same?")
    parser.add_argument("--list", action="store_true", help="print the names, run nothing")
    parser.add_argument("--keep", action="store_true", help="keep directories of failed cases")
    parser.add_argument("--verbose", action="store_true", help="a line for each case")
    parser.add_argument("--debug", action="store_true", help="set FDPRELOAD_DEBUG")
    parser.add_argument("-j", type=int, default=WORKERS, help="cases at a time")
    parser.add_argument("--build", default=os.path.join(ROOT, os.environ.get("O", "build")))
    return parser.parse_args()


def all_cases(settings, setup):
    programs = os.path.join(setup.extensions, "deaths")
    rows = tables.read(os.path.join(programs, "die"))
    function = cells.run_bare if settings.bare else cells.run
    chosen = matrix.everything(rows, settings.all) + rusts.everything(programs) + \
        pythons.everything(interpreters.find(), settings.all)
    missing = matrix.absent(chosen)
    if missing:
        sys.exit("deaths.py: %s names no cells: %s" % (matrix.SCENARIOS, " ".join(missing)))
    if settings.part:
        number, of = map(int, settings.part.split("/"))
        chosen = matrix.part(chosen, number, of)
    more = [] if settings.bare else stack_use.matrix() + leaks.matrix(not settings.part)
    return more + [cells.case(cell, function) for cell in chosen]


def main():
    settings = options()
    clean_environment()
    setup = program.Setup(settings.build)
    setup.debug = settings.debug
    cases = all_cases(settings, setup)
    if settings.filter:
        cases = [case for case in cases if any(part in case.name for part in settings.filter)]
    if settings.list:
        print(*(case.name for case in cases), sep="\n")
        return 0
    summary = Summary(settings)
    prepare_limits()
    if not corefile.written_to_cwd():
        summary.skip("core files: core_pattern does not write them beside the program")
    pool = Pool(setup, settings.j, summary.done)
    pool.run(cases)
    pool.close()
    return summary.finish()


if __name__ == "__main__":
    sys.exit(main())
