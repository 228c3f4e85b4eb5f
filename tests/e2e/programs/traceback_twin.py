# -*- coding: utf-8 -*-
"""Says what traceback makes of its stacks, and dies where it said so: on every version,
so in words that 2.7 knows.

Printed is JSON: {thread id of the system: what traceback.format_stack() says}.
"""
import ctypes
import json
import os
import signal
import sys
import threading
import traceback

SYS_GETTID = 186
libc = ctypes.CDLL(None)
arrived = threading.Semaphore(0)
hold = threading.Lock()
tids = {}

# How deep: two, three, four equal lines, and many.
DEPTHS = (1, 2, 3, 200)

# Names that only later versions take, of code that has no file.
NAMES = u"""
def größe(функция, left):
    return 名前(функция, left)


def 名前(функция, left):
    return [функция(one) for one in (left,)][0]
"""


class Named(object):
    def method(self, function, left):
        return function(left)


def deep(function, left):
    if left:
        return deep(function, left - 1)
    return function()


def gettid():
    tids[threading.current_thread().ident] = libc.syscall(SYS_GETTID)


def waits():
    gettid()
    arrived.release()
    hold.acquire()


def stands():
    frames = dict(sys._current_frames())
    frames[threading.current_thread().ident] = sys._getframe()
    # In one line, since that is part of what is said.
    die({tids[ident]: traceback.format_stack(one) for ident, one in frames.items()})


def die(stacks):
    text = json.dumps(dict((str(tid), "".join(lines)) for tid, lines in stacks.items()))
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGSEGV)


def last(left):
    return deep(stands, left)


def main():
    gettid()
    hold.acquire()
    for depth in DEPTHS:
        thread = threading.Thread(target=deep, args=(waits, depth))
        thread.daemon = True
        thread.start()
    for _ in DEPTHS:
        arrived.acquire()
    if sys.version_info[0] < 3:
        return Named().method(last, 4)
    exec(compile(NAMES, u"<имя 名>", "exec"), globals())
    return Named().method(lambda left: globals()[u"größe"](last, left), 4)


main()
