"""Uses children of every sort, and must see its own only."""
import os
import subprocess
import sys


def no_child(call):
    try:
        return call()
    except ChildProcessError:
        return "ECHILD"


print(no_child(lambda: os.waitpid(-1, os.WNOHANG)), no_child(os.wait))
run = subprocess.run(["/bin/sh", "-c", "echo out; echo err >&2; exit 7"],
                     stdout=subprocess.PIPE, stderr=subprocess.PIPE)
print(run.returncode, run.stdout, run.stderr)
run = subprocess.run([sys.executable, "-c", "import sys; print(sys.stdin.read())"],
                     input=b"through a pipe", stdout=subprocess.PIPE)
print(run.returncode, run.stdout)
# What a child inherits when it may inherit everything.
listing = subprocess.run(["/bin/sh", "-c", "echo /proc/self/fd/*"], close_fds=False,
                         stdout=subprocess.PIPE)
print(listing.stdout)
child = os.fork()
if child == 0:
    os._exit(9)
print(os.WEXITSTATUS(os.waitpid(-1, 0)[1]), no_child(lambda: os.waitpid(-1, 0)))
print(os.system("exit 5") >> 8)
