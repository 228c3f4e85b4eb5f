"""Becomes another Python, which crashes."""
import os
import sys

if len(sys.argv) == 1:
    os.execv(sys.executable, [sys.executable, sys.argv[0], "again"])

import _crashers

_crashers.die("null-read")
