"""daemonize.py HOW: leaves the terminal as daemons did for ages, works, and ends.

Everything is closed, the working directory is /, and the one who started it is
gone.  What it does then it writes into the file "log"; HOW is crash or exit.
"""

import os
import signal
import subprocess
import sys
import threading

DESCRIPTORS_MAX = 70000


def leave():
    for step in (os.setsid, lambda: None):
        if os.fork():
            os._exit(0)
        step()
    os.chdir("/")
    os.umask(0)
    os.closerange(0, DESCRIPTORS_MAX)


def work(log):
    thread = threading.Thread(target=lambda: os.write(log, b"thread\n"))
    thread.start()
    thread.join()
    if os.fork() == 0:
        os._exit(5)
    os.write(log, b"child %d\n" % os.WEXITSTATUS(os.wait()[1]))
    run = subprocess.run(["/bin/sh", "-c", "exit 6"])
    os.write(log, b"program %d\n" % run.returncode)
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        os.write(log, b"no child left\n")


def main(how):
    path = os.path.join(os.getcwd(), "log")
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    leave()
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null, 1)
    os.dup2(null, 2)
    log = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    os.write(log, b"descriptors %d %d\n" % (null, log))
    work(log)
    if how == "crash":
        import _crashers
        os.write(log, b"about to crash\n")
        _crashers.die("null-read")
    os.write(log, b"done\n")


main(sys.argv[1])
