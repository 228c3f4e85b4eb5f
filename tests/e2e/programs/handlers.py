"""Lives with signals: its own handlers, ignored and blocked ones."""
import os
import signal

import _crashers


def handler(number, frame):
    print("handled", number, frame.f_code.co_name, flush=True)


for name in ["SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT", "SIGSYS", "SIGTRAP"]:
    number = getattr(signal, name)
    signal.signal(number, handler)
    os.kill(os.getpid(), number)
    print(name, signal.getsignal(number) is handler)
    signal.signal(number, signal.SIG_IGN)
    os.kill(os.getpid(), number)
    print(name, signal.getsignal(number))
    signal.signal(number, signal.SIG_DFL)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGABRT])
os.kill(os.getpid(), signal.SIGABRT)
print("pending", signal.sigpending(), signal.sigwait([signal.SIGABRT]))
signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGABRT])
print(len(_crashers.kinds()) > 0)
