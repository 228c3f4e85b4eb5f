"""Inherits the orphans of its children, from before it is loaded; sees only its own."""
import ctypes
import os
import sys

PR_SET_CHILD_SUBREAPER = 36

if sys.argv[1] == "prepare":
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    os.environ["LD_PRELOAD"] = os.environ.pop("TEST_PRELOAD", "")
    os.execv(sys.executable, [sys.executable, sys.argv[0], "run"])

import _crashers


def none():
    try:
        return os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return "no child"


print(none())
child = os.fork()
if child == 0:
    # Its own child is an orphan of which this program hears.
    if os.fork() == 0:
        _crashers.die("null-read")
    os._exit(5)
statuses = sorted(os.waitpid(-1, 0)[1] & 0xff7f for _ in range(2))
print(statuses, none(), flush=True)
_crashers.die("null-read")
