"""python.py WAY ARRANGEMENT PLACE: what die.c does, as a Python program.

What differs from run to run goes into the file "notes", as there.
"""
import ctypes
import faulthandler
import os
import signal
import sys
import threading
import time

import _crashers

SMALL_STACK = 256 << 10
EXIT_CAME_BACK = 0
FUTEX = "202"


def note(name, number):
    with open("notes", "a") as notes:
        notes.write("%s %x\n" % (name, number))


def handler(number, frame):
    print("handled", number, flush=True)


def python_handler(*numbers):
    def arrange():
        for number in numbers:
            signal.signal(number, handler)
    return arrange


def enabled_then_handler():
    faulthandler.enable()
    signal.signal(signal.SIGABRT, handler)


def handler_then_enabled():
    signal.signal(signal.SIGABRT, handler)
    faulthandler.enable()


def default_then_enabled():
    signal.signal(signal.SIGSEGV, signal.SIG_DFL)
    faulthandler.enable()


def enabled_then_default():
    faulthandler.enable()
    signal.signal(signal.SIGSEGV, signal.SIG_DFL)


def disabled():
    faulthandler.enable()
    faulthandler.disable()


def ignored():
    for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGFPE):
        signal.signal(number, signal.SIG_IGN)


def block():
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, signal.NSIG))


def dispositions():
    """As the program sees them."""
    for number in (signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT,
                   signal.SIGSYS, signal.SIGTRAP):
        found = signal.getsignal(number)
        print(number, getattr(found, "__name__", found))


def wait_for_main():
    """Until the main thread sleeps in join(): in a futex, and not for the GIL,
    for which there is a time limit."""
    main = threading.main_thread().ident
    path = "/proc/self/task/%d/syscall" % os.getpid()
    while True:
        name = sys._current_frames()[main].f_code.co_name
        with open(path) as file:
            words = file.read().split()
        if name in ("join", "_wait_for_tstate_lock") and words[0] == FUTEX \
                and int(words[4], 16) == 0:
            return
        time.sleep(0) # lets others have the GIL


def kill():
    # One line: faulthandler shows where each thread is.
    elsewhere = threading.current_thread() is not threading.main_thread()
    os.kill(os.getpid(), signal.SIGSEGV) or elsewhere and signal.pause()


WAYS = {
    "null": lambda: _crashers.die("null-read"),
    "div": lambda: _crashers.die("divide"),
    "overflow": lambda: _crashers.die("overflow"),
    "abort": os.abort,
    "fatal": lambda: ctypes.pythonapi.Py_FatalError(b"no way out"),
    "kill": kill,
    "raise-fpe": lambda: signal.raise_signal(signal.SIGFPE),
    "getsignal": dispositions,
}

# What the main thread does first.
ARRANGEMENTS = {
    "ignored": ignored,
    "faulthandler": faulthandler.enable,
    "faulthandler-one": lambda: faulthandler.enable(all_threads=False),
    "faulthandler-file": lambda: faulthandler.enable(open("faults", "w")),
    "faulthandler-off": disabled,
    "faulthandler-after": default_then_enabled,
    "faulthandler-undone": enabled_then_default,
    "faulthandler-abort": enabled_then_handler,
    "abort-faulthandler": handler_then_enabled,
    "python-handler": python_handler(signal.SIGABRT, signal.SIGFPE),
    "python-segv": python_handler(signal.SIGSEGV),
}

# What the thread does that dies.
HERE = {"blocked": block}


def in_thread_go(*words):
    wait_for_main()
    go(*words)


def go(way, arrangement):
    HERE.get(arrangement, lambda: None)()
    note("pid", os.getpid())
    note("tid", threading.get_native_id())
    WAYS[way]()
    print("came back", flush=True)


def in_thread(*words):
    threading.stack_size(SMALL_STACK)
    thread = threading.Thread(target=in_thread_go, args=words)
    thread.start()
    thread.join()


def in_fork(*words):
    child = os.fork()
    if child == 0:
        go(*words)
        sys.stdout.flush()
        os._exit(EXIT_CAME_BACK)
    seen = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    status = os.waitpid(child, 0)[1]
    print("child si_code %x\nchild si_status %x\nchild status %x"
          % (seen.si_code, seen.si_status, status))
    try:
        print("another child", os.waitpid(-1, 0))
    except ChildProcessError:
        print("no other child")


PLACES = {"main": go, "thread": in_thread, "fork": in_fork}

way_name, arrangement_name, place_name = sys.argv[1:]
ARRANGEMENTS.get(arrangement_name, lambda: None)()
sys.stdout.flush()
PLACES[place_name](way_name, arrangement_name)
