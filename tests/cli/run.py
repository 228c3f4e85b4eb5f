#!/usr/bin/python3
"""The command line tool: what it starts, refuses and says.

    tests/cli/run.py [--list] [--keep] [--verbose] [-j N] [--build DIR] [FILTER ...]

FILTER is a part of a case's name.  The last line is `N passed, N failed, N skipped`.
"""

import argparse
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
sys.dont_write_bytecode = True

import doctor_cases
import interpreters
import process_cases
import program
import run_cases
import show_cases
from pool import Pool
from run import ROOT, Summary, clean_environment


def options():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("filter", nargs="*", help="parts of names of cases")
    parser.add_argument("--list", action="store_true", help="print the names, run nothing")
    parser.add_argument("--keep", action="store_true", help="keep directories of failed cases")
    parser.add_argument("--verbose", action="store_true", help="a line for each case")
    parser.add_argument("-j", type=int, default=1, help="cases at a time")
    parser.add_argument("--build", default=os.path.join(ROOT, os.environ.get("O", "build")))
    return parser.parse_args()


def main():
    settings = options()
    clean_environment()
    cases = run_cases.matrix() + doctor_cases.matrix() + show_cases.matrix() + \
        process_cases.matrix(interpreters.find())
    if settings.filter:
        cases = [case for case in cases if any(part in case.name for part in settings.filter)]
    if settings.list:
        print(*(case.name for case in cases), sep="\n")
        return 0
    summary = Summary(settings)
    pool = Pool(program.Setup(settings.build), settings.j, summary.done)
    pool.run(cases)
    pool.close()
    return summary.finish()


if __name__ == "__main__":
    sys.exit(main())
