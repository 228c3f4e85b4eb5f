"""Crashes when the signal comes that is named, but not before."""
import os
import signal
import sys

import _crashers

if sys.argv[2:] == ["group"]:
    os.setpgid(0, 0)
elif sys.argv[2:] == ["session"]:
    os.setsid()
read_end, write_end = os.pipe()
os.set_blocking(write_end, False)
signal.set_wakeup_fd(write_end)
signal.signal(getattr(signal, sys.argv[1]), lambda number, frame: None)
print("ready", flush=True)
os.read(read_end, 1)
_crashers.die("null-read")
