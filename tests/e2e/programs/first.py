"""As PID 1 of its namespace: a child crashes, then it does."""
import os

import _crashers

assert os.getpid() == 1
child = os.fork()
if child == 0:
    _crashers.die("null-read")
pid, status = os.waitpid(-1, 0)
try:
    os.waitpid(-1, os.WNOHANG)
    more = "another child"
except ChildProcessError:
    more = "no other child"
print(pid == child, os.WTERMSIG(status), more, flush=True)
_crashers.die("null-read")
