"""Runs a program on a terminal of its own, and hangs up once it is ready.

The shim is preloaded into the program only (TEST_PRELOAD).
"""
import os
import pty
import sys

pid, master = pty.fork()
if pid == 0:
    preload = os.environ.pop("TEST_PRELOAD", None)
    if preload:
        os.environ["LD_PRELOAD"] = preload
    os.execv(sys.argv[1], sys.argv[1:])
seen = b""
while b"ready" not in seen:
    seen += os.read(master, 1000)
os.close(master)
print("signal", os.WTERMSIG(os.waitpid(pid, 0)[1]))
