"""Times operations of this interpreter; prints nanoseconds for each.

    in_python.py PROCESSOR
"""

import os
import signal
import subprocess
import sys
import threading
import time

BATCHES = 5
TRUE = ["/bin/true"]
OWN = {"PATH": "/usr/bin:/bin"}
USR1 = {signal.SIGUSR1}


def nothing():
    pass


def thread(count):
    for _ in range(count):
        one = threading.Thread(target=nothing)
        one.start()
        one.join()


def fork(count):
    for _ in range(count):
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)


def kill(count):
    pid = os.getpid()
    seen = []
    signal.signal(signal.SIGUSR1, lambda number, frame: seen.append(number))
    for _ in range(count):
        os.kill(pid, signal.SIGUSR1)
    if len(seen) != count:
        sys.exit("a signal was lost")


def mask(count):
    for _ in range(count):
        signal.pthread_sigmask(signal.SIG_BLOCK, USR1)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, USR1)


def run(count):
    for _ in range(count):
        subprocess.run(TRUE, check=True)


def run_own(count):
    for _ in range(count):
        subprocess.run(TRUE, check=True, env=OWN)


# name, function, so many take a few milliseconds
ROWS = [("thread", thread, 30), ("fork", fork, 4), ("signal", kill, 1000), ("mask", mask, 1000),
        ("run", run, 2), ("run-own", run_own, 2)]


def nanoseconds(function, count):
    function(count)
    taken = []
    for _ in range(BATCHES):
        begin = time.perf_counter_ns()
        function(count)
        taken.append(time.perf_counter_ns() - begin)
    return sorted(taken)[BATCHES // 2] / count


def alone(processor):
    """As alone() of alone.h."""
    os.sched_setaffinity(0, {processor})
    if not os.environ.get("BENCH_ORDINARY"):
        try:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        except OSError:
            pass


def main():
    alone(int(sys.argv[1]))
    for name, function, count in ROWS:
        print(name, nanoseconds(function, count))


if __name__ == "__main__":
    main()
