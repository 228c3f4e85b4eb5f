"""Begins in a directory that is to be unmounted, and crashes when it is gone."""
import os
import sys

import _crashers

file = open("file", "w")
os.chdir("/")
file.close()
print("ready", flush=True)
# Until the other side has done its work.
sys.stdin.read()
_crashers.die("null-read")
