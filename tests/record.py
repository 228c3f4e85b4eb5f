#!/usr/bin/env python3
"""Records the crashes that tests/replay.py analyses again.

    tests/record.py [--build DIR] [NAME...]

NAME is interpreter-kind-where, such as 3.12-null-read-main; without names, all of
ROWS for the interpreters that are there.  Then look at what

    tests/replay.py --bless; git diff tests/captures

says.
"""

import argparse
import glob
import os
import shutil
import subprocess
import sys
import tempfile
import time

TESTS = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(TESTS, "e2e"))
sys.dont_write_bytecode = True

import interpreters  # noqa: E402  (the path above is where it is)

# Each version once with a plain crash, and every way to lay out stacks once.
ROWS = ["3.8-sorted-key-main", "3.9-null-read-pthread", "3.10-sorted-key-main",
        "3.11-null-read-cthread", "3.12-sorted-key-pthread", "3.13-null-read-main",
        "system-double-free-main", "3.12-overflow-main", "3.11-abort-native"]

# A report takes a second; a slow machine ten.
SECONDS = 30


def record(build, interpreter, kind, where, target):
    """Crashes once with the capture saved, and moves that to TARGET."""
    with tempfile.TemporaryDirectory() as directory:
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": directory,
            "LD_PRELOAD": os.path.join(build, "libfdpreload.so"),
            "FDPRELOAD_LOG_DIR": os.path.join(directory, "log"),
            "FDPRELOAD_SAVE_CAPTURE": "1",
            "FDPRELOAD_ECHO": "none",
            "PYTHONPATH": os.path.join(build, "tests"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        subprocess.run([interpreter, os.path.join(TESTS, "crashers", "crash.py"), kind, where],
                       cwd=directory, env=environment, timeout=SECONDS, check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + SECONDS
        while True:
            found = glob.glob(os.path.join(directory, "log", "*.fdpcap"))
            if found or time.monotonic() > end:
                break
            time.sleep(0.05)
        if not found:
            sys.exit(f"record: {target}: nothing was captured within {SECONDS} s")
        shutil.copyfile(found[0], target)
        print(f"{os.path.getsize(target):8d} {os.path.basename(target)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=ROWS)
    parser.add_argument("--build", default=os.environ.get("O", "build"))
    options = parser.parse_args()
    have = {}
    for one in interpreters.find():
        name = "system" if one.label.startswith("system-") else "%d.%d" % one.version[:2]
        have[name] = one.path
    for name in options.names:
        version, rest = name.split("-", 1)
        kind, where = rest.rsplit("-", 1)
        if version not in have:
            print(f"record: {name}: no such interpreter", file=sys.stderr)
            continue
        record(os.path.abspath(options.build), have[version], kind, where,
               os.path.join(TESTS, "captures", name + ".fdpcap"))


if __name__ == "__main__":
    main()
