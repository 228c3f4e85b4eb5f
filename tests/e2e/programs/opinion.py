# -*- coding: utf-8 -*-
"""Writes down its stacks as CPython tells them, first when it waits and then when it dies.

    opinion.py main|thread

To waiting.json and dying.json: {"<tid>": [[function, qualname, file, line, end_line, column,
end_column], ...]}.  It says "ready" in between and goes on when its standard input ends.
Runs on each version from 2.7 on, and without an extension module.
"""
from __future__ import print_function

import ctypes
import json
import os
import sys
import threading
import time

libc = ctypes.CDLL(None)
SYS_gettid = 186
QUIET_LOOKS = 50

try:
    from _thread import get_ident
except ImportError:
    from thread import get_ident

tids = {}
gate = threading.Lock()


def register():
    tids[get_ident()] = libc.syscall(SYS_gettid)


def position(frame):
    """[line, end_line, column, end_column]; all but the first from 3.11 on."""
    if sys.version_info < (3, 11):
        return [frame.f_lineno, None, None, None]
    line, end_line, column, end_column = list(frame.f_code.co_positions())[frame.f_lasti // 2]
    return [frame.f_lineno, end_line, column, end_column]


def describe(frame):
    code = frame.f_code
    return [code.co_name, getattr(code, "co_qualname", None), code.co_filename] + position(frame)


def stack(frame):
    frames = []
    while frame is not None:
        frames.append(describe(frame))
        frame = frame.f_back
    return frames


def note(name):
    """The call has to stand on the line that waits or dies.  None."""
    current = get_ident()
    frames = sys._current_frames()
    frames[current] = sys._getframe(1)
    said = dict((str(tids[ident]), stack(frame)) for ident, frame in frames.items())
    with open(name, "w") as output:
        json.dump(said, output)


def wait():
    print("ready")
    sys.stdout.flush()
    os.read(0, note("waiting.json") or 1)


def die():
    libc.strlen(note("dying.json"))


def descend(depth):
    if depth:
        return descend(depth - 1)
    wait()
    die()


def key(item):
    descend(7)


def generate():
    for one in [1]:
        yield sorted([one, 2],
                     key=key)


class Shop(object):
    class Order(object):
        def __init__(self):
            self.total = [
                list(generate())
                for _ in (1,)]

    @property
    def price(self):
        return self.Order()


# A file name that is not ASCII, and more lines than fit into one entry of a table; lines go
# back where a call spans several.
SOURCE = u"def far(shop):\n" + u"\n" * 300 + u"    return (0 or\n        getattr(shop,\n" \
    u"        'price'))\n"
NAME = u"/nowhere/größe 値.py"


def call():
    names = {}
    name = NAME.encode("utf-8") if sys.version_info[0] == 2 else NAME
    exec(compile(SOURCE, name, "exec"), names)
    names["far"](Shop())


def park():
    register()
    gate.acquire()


def quiet(ident, name):
    """Until the thread stands still in the function NAME."""
    looks, last = 0, None
    while looks < QUIET_LOOKS:
        frame = sys._current_frames().get(ident)
        now = frame and (frame.f_code.co_name, frame.f_lasti)
        looks = looks + 1 if now and now[0] == name and now == last else 0
        last = now
        del frame
        time.sleep(0.001)


def start(target):
    thread = threading.Thread(target=target)
    thread.daemon = True
    thread.start()
    return thread


def thread():
    register()
    quiet(main_ident, "main")
    call()


def main(where):
    global main_ident
    register()
    main_ident = get_ident()
    gate.acquire()
    for other in [start(park), start(park)]:
        quiet(other.ident, "park")
    if where == "main":
        call()
    start(thread)
    gate.acquire()


if __name__ == "__main__":
    main(sys.argv[1])
