"""A process to be dumped: threads that wait, and one that spins.

    living.py LIBRARY THREADS PROCESSOR

THREADS are all of them.  The one that spins (spin.c is the LIBRARY) has the
PROCESSOR for itself, the others have the rest; -1: as the kernel likes.

Each line is answered with the nanoseconds of the longest gap that the spinning
thread has seen since the line before.
"""

import ctypes
import os
import sys
import threading

# Python frames of each thread.
DEPTH = 32

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
        threading.Thread(target=deep, args=(DEPTH - 4, wait), daemon=True).start()
    for _ in range(threads):
        arrived.acquire()


def main():
    spin = ctypes.CDLL(sys.argv[1])
    spin.spin_longest.restype = ctypes.c_int64
    threads, processor = map(int, sys.argv[2:])
    others = os.sched_getaffinity(0) - {processor}
    if processor >= 0 and others:
        os.sched_setaffinity(0, others)
    # This thread and the one that spins are two of them.
    start(threads - 2)
    if spin.spin_begin(processor):
        sys.exit("no thread")

    def answer():
        print("ready", flush=True)
        for _ in sys.stdin:
            print(spin.spin_longest(), flush=True)

    deep(DEPTH - 3, answer)
    os._exit(0)


if __name__ == "__main__":
    main()
