"""What a program can do with SIGURG; it says the same with the shim as without.

    urgent.py               all of it
    urgent.py stands HOW    waits until its input ends; HOW: handled, ignored, blocked, forks
"""
import ctypes
import os
import select
import signal
import subprocess
import sys
import threading
import time

SIGURG = signal.SIGURG
SA_RESETHAND, SA_NODEFER = 0x80000000, 0x40000000
libc = ctypes.CDLL(None, use_errno=True)
HANDLER = ctypes.CFUNCTYPE(None, ctypes.c_int)


class Action(ctypes.Structure):
    """struct sigaction of x86-64 glibc."""
    _fields_ = [("handler", ctypes.c_void_p), ("mask", ctypes.c_ulong * 16),
                ("flags", ctypes.c_uint), ("restorer", ctypes.c_void_p)]


class Value(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("pointer", ctypes.c_void_p)]


calls = []


@HANDLER
def in_c(number):
    calls.append((number, sorted(signal.pthread_sigmask(signal.SIG_BLOCK, []))))


def in_python(number, frame):
    calls.append(number)


def set_action(flags, mask=0):
    action = Action(ctypes.cast(in_c, ctypes.c_void_p), (mask,), flags)
    return libc.sigaction(SIGURG, ctypes.byref(action), None)


def get_action():
    action = Action()
    libc.sigaction(SIGURG, None, ctypes.byref(action))
    known = {ctypes.cast(in_c, ctypes.c_void_p).value: "in_c", None: "default", 1: "ignore"}
    return known.get(action.handler, "other"), action.mask[0], hex(action.flags & ~0x04000000)


def send():
    os.kill(os.getpid(), SIGURG)
    calls.append("sent")


def say(*words):
    print(*words, calls, flush=True)
    calls.clear()


def dispositions():
    say("first", signal.getsignal(SIGURG), get_action())
    send()
    say("default")
    signal.signal(SIGURG, in_python)
    say("set", signal.getsignal(SIGURG) == in_python, get_action()[1:])
    send()
    say("handled")
    say("interrupts", signal.siginterrupt(SIGURG, False), get_action()[1:])
    say("previous", signal.signal(SIGURG, signal.SIG_IGN) == in_python)
    send()
    say("ignored", get_action())
    say("previous", signal.signal(SIGURG, signal.SIG_DFL))


def flags():
    for flag in (0, SA_RESETHAND, SA_NODEFER):
        say("sigaction", set_action(flag, 1 << (signal.SIGUSR1 - 1)), get_action())
        send()
        say("once", get_action())
        send()
        say("twice", get_action())
    say("bad address", libc.sigaction(SIGURG, None, None), libc.sigaction(65, None, None))


def values():
    """A signal with a value is the program's own, like any other."""
    signal.signal(SIGURG, in_python)
    say("sigqueue", libc.sigqueue(os.getpid(), SIGURG, Value(pointer=0x1234567890)))
    signal.pthread_kill(threading.get_ident(), SIGURG)
    say("pthread_kill")
    signal.pthread_sigmask(signal.SIG_BLOCK, [SIGURG])
    send()
    say("blocked", sorted(signal.sigpending()))
    say("sigwait", signal.sigwait([SIGURG]))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [SIGURG])


def children():
    code = "import signal; print(signal.getsignal(signal.SIGURG))"
    for disposition in (in_python, signal.SIG_DFL, signal.SIG_IGN):
        signal.signal(SIGURG, disposition)
        for restored in (True, False):
            output = subprocess.check_output([sys.executable, "-c", code],
                                             restore_signals=restored)
            print(disposition == in_python, restored, output.decode().strip(), flush=True)
    signal.signal(SIGURG, in_python)
    if not os.fork():
        send()
        say("forked")
        os._exit(0)
    os.wait()


def everything():
    dispositions()
    flags()
    values()
    children()


def stands(how="nothing"):
    if how == "handled":
        signal.signal(SIGURG, in_python)
    elif how == "ignored":
        signal.signal(SIGURG, signal.SIG_IGN)
    elif how == "blocked":
        signal.pthread_sigmask(signal.SIG_BLOCK, [SIGURG])
    elif how == "forks" and os.fork():
        os.wait()
        return
    threading.Thread(target=threading.Event().wait, name="waits", daemon=True).start()
    print("ready", os.getpid(), flush=True)
    sleeps()
    say("goes on")


def sleeps():
    sys.stdin.read()


if len(sys.argv) > 1:
    stands(*sys.argv[2:])
else:
    everything()
