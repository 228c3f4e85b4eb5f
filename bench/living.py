"""A process to be dumped: threads that wait, and one that spins.

    living.py LIBRARY THREADS

THREADS are all of them; the one that spins is in the LIBRARY (spin.c).

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
    # This thread and the one that spins are two of them.
    start(int(sys.argv[2]) - 2)
    if spin.spin_begin():
        sys.exit("no thread")

    def answer():
        print("ready", flush=True)
        for _ in sys.stdin:
            print(spin.spin_longest(), flush=True)

    deep(DEPTH - 3, answer)
    os._exit(0)


if __name__ == "__main__":
    main()
