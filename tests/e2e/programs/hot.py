"""A loop that is compiled while it runs (PYTHON_JIT=1), and dies in what it calls."""
import sys

import _crashers

calls = 0


def callback():
    global calls
    calls += 1
    if calls == 100000:
        _crashers.die("null-read")


def hot(call):
    total = 0
    for number in range(200000):
        total += number
        call(callback)
    return total


if not sys._jit.is_enabled():
    sys.exit("no just-in-time compiler")
hot(_crashers.call)
