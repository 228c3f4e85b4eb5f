# -*- coding: utf-8 -*-
"""A thread in each state that a report tells; says which, and what they are called."""
import ctypes
import gc
import json
import os
import sys
import threading
import time
import weakref

LONG = 600
NAME = "gr\xf6\xdfe \u0438\u043c\u044f \U0001f600" if sys.version_info[0] > 2 else "w\xc3\xb6rk"

# Weak references that will be called, and the functions that C has.
kept = []
standing = set()


def wait(name):
    """Stands here for as long as anybody looks."""
    standing.add(name)
    time.sleep(LONG)


class Subclass(threading.Thread):
    """Has attributes of its own before those of a Thread."""

    def __init__(self):
        self.before = [self]
        threading.Thread.__init__(self)
        self.daemon = True
        self.name = "it's mine"

    def run(self):
        wait("subclass")


def imports():
    import importing


def collects():
    class Circle(object):
        pass

    circle = Circle()
    circle.itself = circle
    # Called while it is collected, and itself no garbage.
    kept.append(weakref.ref(circle, lambda _: wait("collects")))
    del circle
    gc.collect()


def start(name, function):
    thread = threading.Thread(target=function, name=name)
    thread.daemon = True
    thread.start()
    await_standing(function.__name__)


def await_standing(name):
    end = time.time() + LONG
    while name not in standing and time.time() < end:
        time.sleep(0.001)


def plain():
    wait("plain")


def from_c():
    """C starts one that Python never hears of, and one that asks for its Thread."""
    libc = ctypes.CDLL(None)
    made = ctypes.c_ulong()
    libc.pthread_create(ctypes.byref(made), None, libc.pause, None)
    pause = made.value

    def called(_):
        kept.append(threading.current_thread().name)
        wait("called")

    kept.append(ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)(called))
    libc.pthread_create(ctypes.byref(made), None, kept[-1], None)
    await_standing("called")
    return pause


def load(path):
    """The extension module of the tests, where this Python can load it."""
    if not path:
        return []
    sys.path.insert(0, path)
    try:
        import _crashers
    except ImportError:
        return []
    return [{"name": "_crashers", "file": _crashers.__file__}]


def main():
    gc.disable()
    threading.current_thread().name = "the chief"
    start(NAME, plain)
    Subclass().start()
    await_standing("subclass")
    start("collector", collects)
    from_c()
    names = [thread.name for thread in threading.enumerate()] + ["importer"]
    said = {"names": sorted(names), "extensions": load(sys.argv[1])}
    text = b"ready\n" + json.dumps(said).encode("ascii") + b"\n"
    # From here on nobody else can import anything in 2.7.
    start("importer", imports)
    os.write(1, text)
    time.sleep(LONG)


main()
