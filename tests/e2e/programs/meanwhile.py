"""Crashes, and something happens while the process is held."""
import mmap
import os
import signal
import sys
import tempfile
import time

import _crashers

MOMENT = 0.005


def alarm():
    signal.setitimer(signal.ITIMER_REAL, MOMENT)
    _crashers.die("null-read")


def terminated():
    me = os.getpid()
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    if os.fork() == 0:
        time.sleep(MOMENT)
        os.kill(me, signal.SIGTERM)
        os._exit(0)
    _crashers.die("null-read")


def repaired():
    """The file is as long as it should be again when the fault comes back."""
    file = tempfile.TemporaryFile()
    file.truncate(2 * mmap.PAGESIZE)
    pages = mmap.mmap(file.fileno(), 2 * mmap.PAGESIZE)
    file.truncate(0)
    if os.fork() == 0:
        time.sleep(MOMENT)
        file.truncate(2 * mmap.PAGESIZE)
        os._exit(0)
    print(pages[mmap.PAGESIZE])


{"alarm": alarm, "terminated": terminated, "repaired": repaired}[sys.argv[1]]()
print("survived")
