"""Becomes a daemon that has closed everything, and crashes once it is alone."""
import os
import time

import _crashers

# Longer than anything that only looks for a moment.
ALONE_SECONDS = 0.3

if os.fork():
    os._exit(0)
os.setsid()
if os.fork():
    os._exit(0)
os.closerange(0, 65536)
time.sleep(ALONE_SECONDS)
_crashers.die("null-read")
