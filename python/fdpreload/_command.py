"""The command `fdpreload` of a wheel: becomes the program in the package."""

from __future__ import print_function

import os
import sys

from fdpreload import _places


def main():
    path = _places.program("fdpreload")
    daemon = _places.daemon()
    if daemon:
        os.environ.setdefault("FDPRELOAD_DAEMON", daemon)
    try:
        os.execv(path, ["fdpreload"] + sys.argv[1:])
    except OSError as error:
        print("fdpreload: %s cannot be executed: %s; install the wheel again"
              % (path, error), file=sys.stderr)
        return 1
