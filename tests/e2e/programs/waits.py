"""Waits for children in every way there is: it has only those that it started."""
import concurrent.futures
import multiprocessing
import os
import signal
import subprocess
import sys

COUNT = 4
ended = []


def square(number):
    return number * number


def none_left():
    """What each way says when there is no child."""
    said = []
    for wait in (os.wait, lambda: os.waitpid(-1, os.WNOHANG), lambda: os.waitpid(0, 0),
                 lambda: os.wait3(0), lambda: os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG)):
        try:
            said.append(wait())
        except ChildProcessError as error:
            said.append(error.errno)
    return said


def workers(method):
    context = multiprocessing.get_context(method)
    with context.Pool(2) as pool:
        print(method, pool.map(square, range(COUNT)))
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        print(method, list(pool.map(square, range(COUNT))))


def talk():
    """communicate() returns when the child closes its output, not later."""
    child = subprocess.Popen([sys.executable, "-c", "print(input())"], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    print(child.communicate(b"a line\n"), child.returncode)


def main():
    signal.signal(signal.SIGCHLD, lambda number, frame: ended.append(number))
    print("begin", none_left())
    talk()
    for _ in range(COUNT):
        if os.fork() == 0:
            os._exit(3)
        os.waitpid(-1, 0)
    print("SIGCHLD", len(ended))
    workers("fork")
    print("end", none_left())
    # This one keeps a helper for itself.
    workers("spawn")


if __name__ == "__main__":
    main()
