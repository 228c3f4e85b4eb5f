#!/usr/bin/env python3
"""Compares the lists of sources.mk, given as arguments, with the files there are.

A file that is in no list is not built and not tested, and nobody notices.
"""

import glob
import sys

PATTERNS = ["preload/*.c", "preload/arch/*.S", "proto/*.c", "daemon/**/*.c", "cli/*.c",
            "tests/unit/*.c", "tests/crashers/*.c", "tests/deaths/*.c", "tests/signals/*.c",
            "bench/*.c",
            "demo/*.c", "man/*.scd", "python/fdpreload/*.py"]


def main():
    listed = set(sys.argv[1:])
    there = {path for pattern in PATTERNS for path in glob.glob(pattern, recursive=True)}
    for path in sorted(there - listed):
        print(f"{path} is in no list of sources.mk", file=sys.stderr)
    for path in sorted(listed - there):
        print(f"{path} is in sources.mk and does not exist", file=sys.stderr)
    return listed != there


if __name__ == "__main__":
    sys.exit(main())
