"""A process to be dumped: threads that wait, and one that spins.

    living.py LIBRARY THREADS [FRAMES [still]]

THREADS are all of them, with so many Python FRAMES each; the one that spins is in the
LIBRARY (spin.c), and waits with the others if all are to be still.  On every version, so
in words that 2.7 knows.

Each line is answered with the nanoseconds of the longest gap that the spinning
thread has seen since the line before.
"""

import ctypes
import os
import sys
import threading

DEPTH = int(sys.argv[3]) if len(sys.argv) > 3 else 32

arrived = threading.Semaphore(0)
hold = threading.Lock()


def deep(left, function):
    if left > 1:
        deep(left - 1, function)
    else:
        function()


def wait():
    arrived.release()
    hold.acquire()


def start(threads):
    hold.acquire()
    for _ in range(threads):
        # Three frames of the module threading are below these.
        thread = threading.Thread(target=deep, args=(DEPTH - 4, wait))
        thread.daemon = True
        thread.start()
    for _ in range(threads):
        arrived.acquire()


def say(what):
    sys.stdout.write("%s\n" % what)
    sys.stdout.flush()


def main():
    spin = ctypes.CDLL(sys.argv[1])
    spin.spin_longest.restype = ctypes.c_int64
    still = sys.argv[4:] == ["still"]
    # This thread and the one that spins are two of them.
    start(int(sys.argv[2]) - 1 - (not still))
    if not still and spin.spin_begin():
        sys.exit("no thread")

    def answer():
        say("ready")
        while sys.stdin.readline():
            say(spin.spin_longest())

    deep(DEPTH - 3, answer)
    os._exit(0)


if __name__ == "__main__":
    main()
