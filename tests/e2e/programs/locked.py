"""Hangs, in the way that is named; it ends with its standard input, unless it needs the GIL."""
import ctypes
import importlib.machinery
import os
import subprocess
import sys
import threading
import time

LONG = 10.0
MUTEX_SIZE = 40

# Calls through it give the GIL up; through the other they keep it.
library = ctypes.CDLL(None)
keeping = ctypes.PyDLL(None)


# What is said behind "ready", and that it is said.
hint = []
ready = threading.Event()


def name(text):
    library.prctl(15, text.encode(), 0, 0, 0)


def mutex(kind=0):
    """A pthread_mutex_t."""
    attributes = ctypes.create_string_buffer(16)
    memory = ctypes.create_string_buffer(MUTEX_SIZE)
    library.pthread_mutexattr_init(attributes)
    if kind == "inherit":
        library.pthread_mutexattr_setprotocol(attributes, 1)
    elif kind == "robust":
        library.pthread_mutexattr_setrobust(attributes, 1)
    library.pthread_mutex_init(memory, attributes)
    return memory


def lock(memory):
    return lambda: library.pthread_mutex_lock(memory)


def start(label, function, *arguments):
    def run():
        name(label)
        function(*arguments)

    thread = threading.Thread(target=run)
    thread.daemon = True
    thread.start()
    return thread


def circle(*takers):
    """Each thread takes what it is given, and then what the next has taken."""
    meet = threading.Barrier(len(takers))

    def run(first, second):
        first()
        meet.wait()
        second()

    for at, taker in enumerate(takers):
        start("abcdef"[at], run, taker, takers[(at + 1) % len(takers)])


def mutexes():
    circle(lock(mutex()), lock(mutex()))


def inherited():
    circle(lock(mutex("inherit")), lock(mutex("robust")))


def rlocks():
    circle(threading.RLock().acquire, threading.RLock().acquire)


def three():
    circle(threading.RLock().acquire, lock(mutex()), threading.RLock().acquire)


def mixed():
    circle(threading.RLock().acquire, lock(mutex()))


def twice():
    """A mutex that is locked again by its owner."""
    memory = mutex()
    start("a", lambda: (library.pthread_mutex_lock(memory), library.pthread_mutex_lock(memory)))


def pairs():
    mutexes()
    start("z", time.sleep, LONG * 100)
    rlocks()


def gil():
    """a has a mutex and wants the GIL, b has the GIL and wants the mutex."""
    memory = mutex()
    taken = threading.Event()

    def a():
        library.pthread_mutex_lock(memory)
        taken.set()
        # Back from here it wants the GIL.
        library.usleep(200000)

    def b():
        taken.wait()
        ready.wait()
        keeping.pthread_mutex_lock(memory)

    start("a", a)
    start("b", b)


class Stuck:
    """Finds and loads a module whose import never ends."""

    def __init__(self, entered, take):
        self.entered, self.take = entered, take

    def find_spec(self, module, path=None, target=None):
        return importlib.machinery.ModuleSpec(module, self) if module == "stuck" else None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        self.entered.set()
        self.take()


def importing(take):
    entered, held = threading.Event(), threading.Event()
    sys.meta_path.insert(0, Stuck(entered, lambda: (held.wait(), take())))

    def a():
        take()
        held.set()
        entered.wait()
        import stuck

    def b():
        import stuck

    start("a", a)
    start("b", b)


def import_rlock():
    importing(threading.RLock().acquire)


def import_mutex():
    importing(lock(mutex()))


def child():
    start("a", subprocess.Popen(["sleep", "1000"], stdin=subprocess.PIPE).wait)


def join():
    """A thread of C that is joined."""
    thread = ctypes.c_ulong()
    pause = ctypes.cast(library.pause, ctypes.c_void_p)
    library.pthread_create(ctypes.byref(thread), None, pause, None)
    start("a", library.pthread_join, thread, None)


def plain():
    """Locks without an owner, and calls."""
    mine = threading.Lock()
    mine.acquire()
    start("a", mine.acquire)
    reader, _ = os.pipe()
    start("b", os.read, reader, 1)
    start("c", time.sleep, LONG * 100)
    timed = threading.RLock()
    timed.acquire()
    start("d", lambda: timed.acquire(timeout=LONG * 100))
    condition, memory = ctypes.create_string_buffer(48), mutex()
    library.pthread_mutex_lock(memory)
    start("e", library.pthread_cond_wait, condition, memory)
    rwlock = ctypes.create_string_buffer(56)
    library.pthread_rwlock_wrlock(rwlock)
    start("f", library.pthread_rwlock_rdlock, rwlock)


def healthy():
    """Threads that take two mutexes and two RLocks, always in one order."""
    first, second = mutex(), mutex()
    outer, inner = threading.RLock(), threading.RLock()

    def with_mutexes():
        while True:
            library.pthread_mutex_lock(first)
            library.pthread_mutex_lock(second)
            library.usleep(50)
            library.pthread_mutex_unlock(second)
            library.pthread_mutex_unlock(first)

    def with_locks():
        while True:
            with outer:
                with inner:
                    library.usleep(50)

    def with_one(take, give):
        while True:
            take()
            library.usleep(20)
            give()

    for _ in range(3):
        start("mutexes", with_mutexes)
        start("locks", with_locks)
    hint.extend([(ctypes.addressof(second), id(inner)), (ctypes.addressof(first), id(outer))])
    start("second", with_one, lock(second), lambda: library.pthread_mutex_unlock(second))
    start("inner", with_one, inner.acquire, inner.release)


if __name__ == "__main__":
    globals()[sys.argv[1]]()
    print("ready")
    for numbers in hint:
        print(*numbers)
    sys.stdout.flush()
    ready.set()
    library.read(0, ctypes.create_string_buffer(1), 1)
    library._exit(0)
