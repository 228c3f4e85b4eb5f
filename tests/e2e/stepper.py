"""A thread that goes on by one instruction at a time, and stands where it is wanted."""

import contextlib
import ctypes
import os
import signal
import struct
import time

import program

# <sys/ptrace.h>
SINGLESTEP, DETACH, SEIZE, INTERRUPT = 9, 17, 0x4206, 0x4207
EXITKILL = 0x100000
WALL = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def ptrace(request, pid, data=0):
    if libc.ptrace(request, pid, None, data) < 0:
        error = ctypes.get_errno()
        raise OSError(error, "ptrace %#x: %s" % (request, os.strerror(error)))


def await_stopped(pid):
    with program.deadline(program.HANG_SECONDS):
        while program.read("/proc/%d/stat" % pid).rpartition(b") ")[2][:1] != b"T":
            time.sleep(0.0005)


class Stepper:
    """The main thread of a child; its other threads run, and are never traced."""

    def __init__(self, pid):
        self.pid = pid
        self.traced = False
        self.take()
        ptrace(INTERRUPT, pid)
        self.wait()
        self.memory = os.open("/proc/%d/mem" % pid, os.O_RDONLY)

    def take(self):
        """Who dies while it is traced by us takes it along: nobody else would let it go."""
        ptrace(SEIZE, self.pid, EXITKILL)
        self.traced = True

    def wait(self):
        _, status = os.waitpid(self.pid, WALL)
        if not os.WIFSTOPPED(status):
            raise program.Hang("the process that is traced has gone: %#x" % status)
        return status

    def step(self):
        """One instruction; a signal that comes meanwhile (SIGCONT) is dropped."""
        while True:
            ptrace(SINGLESTEP, self.pid)
            if self.wait() >> 8 == signal.SIGTRAP:
                return

    def word(self, address):
        """0 where there is none: while it is changed, an address may be any."""
        try:
            return struct.unpack("<Q", os.pread(self.memory, 8, address))[0]
        except (OSError, OverflowError, struct.error):
            return 0

    def follow(self, address, offsets):
        for offset in offsets:
            address = self.word(address + offset)
        return address

    @contextlib.contextmanager
    def free(self):
        """It is traced by nobody, and stands at the same instruction, by SIGSTOP."""
        ptrace(DETACH, self.pid, signal.SIGSTOP)
        self.traced = False
        await_stopped(self.pid)
        yield
        self.take()
        self.wait()
        os.kill(self.pid, signal.SIGCONT)

    def close(self):
        os.close(self.memory)
        with contextlib.suppress(OSError):
            os.kill(self.pid, signal.SIGCONT)
            if self.traced:
                ptrace(DETACH, self.pid)
