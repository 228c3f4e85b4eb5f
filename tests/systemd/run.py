#!/usr/bin/python3
"""What a real systemd sees of services, without the shim and with it.

    tests/systemd/run.py [--list] [--keep] [--verbose] [-j N] [--build DIR] [FILTER ...]

FILTER is a part of a case's name.  The last line is `N passed, N failed, N skipped`.
"""

import argparse
import os
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))
sys.dont_write_bytecode = True

import cases
import machine
from pool import Case, Pool
from run import ROOT, WORKERS, Summary, clean_environment

PRODUCTS = ["libfdpreload.so", "fdpreloadd", "fdpreload-analysis.so"]


def options():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("filter", nargs="*", help="parts of names of cases")
    parser.add_argument("--list", action="store_true", help="print the names, run nothing")
    parser.add_argument("--keep", action="store_true", help="keep directories of failed cases")
    parser.add_argument("--verbose", action="store_true", help="a line for each case")
    parser.add_argument("-j", type=int, default=WORKERS, help="cases at a time")
    parser.add_argument("--build", default=os.path.join(ROOT, os.environ.get("O", "build")))
    return parser.parse_args()


def copies(directory, sources):
    """Where services of any user may read them."""
    os.mkdir(directory)
    for source in sources:
        shutil.copy(source, directory)
    os.chmod(directory, 0o755)
    return directory


def run_in(host, wanted, settings, summary):
    pool = Pool(None, settings.j, summary.done)
    pool.run([Case("systemd/" + name, function, arguments)
              for name, function, arguments in cases.matrix(host) if name in wanted])
    pool.close()


def main():
    settings = options()
    clean_environment()
    wanted = [name for name in cases.names()
              if not settings.filter or any(part in name for part in settings.filter)]
    if settings.list:
        print(*wanted, sep="\n")
        return 0
    summary = Summary(settings)
    with tempfile.TemporaryDirectory(prefix="fdpreload-systemd-") as directory:
        binds = {
            "/opt/fdpreload": copies(os.path.join(directory, "products"), [
                os.path.join(settings.build, name) for name in PRODUCTS]),
            "/opt/fdpreload-tests": copies(os.path.join(directory, "programs"), [
                os.path.join(HERE, "service.py")]),
        }
        try:
            host = machine.Machine(binds)
        except machine.Unavailable as reason:
            for name in wanted:
                summary.skip("systemd/%s: %s" % (name, reason))
            print("0 passed, 0 failed, %d skipped" % len(wanted))
            return 0
        try:
            run_in(host, wanted, settings, summary)
        finally:
            host.close()
    return summary.finish()


if __name__ == "__main__":
    sys.exit(main())
