"""Pools of processes that lose a worker: what the survivors are told."""

import concurrent.futures
import multiprocessing
import os
import signal
import sys
import time

import _crashers

# Between two looks at the workers of a pool.
POLL_SECONDS = 0.01


def square(number):
    return number * number


def crash(kind):
    _crashers.die(kind)


def leave(status):
    os._exit(status)


def executor(context):
    """ProcessPoolExecutor: all that waits is broken, a new one works."""
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        print(list(pool.map(square, range(5))))
        try:
            pool.submit(crash, "null-read").result()
        except concurrent.futures.process.BrokenProcessPool as error:
            print(type(error).__name__)
        try:
            pool.submit(square, 3)
        except concurrent.futures.process.BrokenProcessPool as error:
            print(type(error).__name__, "again")
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        print(pool.submit(square, 4).result())


def pool(context):
    """multiprocessing.Pool: the task is lost, the worker is replaced."""
    with context.Pool(2) as workers:
        before = {worker.pid for worker in workers._pool}
        print(workers.map(square, range(5)))
        lost = workers.apply_async(crash, ("null-read",))
        while before == {worker.pid for worker in workers._pool} or len(workers._pool) < 2:
            time.sleep(POLL_SECONDS)
        print(workers.map(square, range(5)), lost.ready())


def processes(context):
    """Process.exitcode of each end."""
    ends = [(crash, "null-read"), (crash, "abort"), (leave, 7), (square, 1)]
    started = [context.Process(target=function, args=(argument,))
               for function, argument in ends]
    for process in started:
        process.start()
    for process in started:
        process.join()
    sleeper = context.Process(target=signal.pause)
    sleeper.start()
    sleeper.terminate()
    sleeper.join()
    print([process.exitcode for process in started + [sleeper]])


def main(method):
    context = multiprocessing.get_context(method)
    executor(context)
    pool(context)
    processes(context)
    print(multiprocessing.active_children())
    print("done")


if __name__ == "__main__":
    main(sys.argv[1])
