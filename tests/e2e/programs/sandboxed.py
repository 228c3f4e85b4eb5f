"""sandboxed.py refuse|trap: crashes with hardly a system call left."""
import ctypes
import errno
import struct
import sys

import _crashers

PR_SET_NO_NEW_PRIVS = 38
PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
NUMBER = 0
ALLOW = 0x7fff0000
OTHERS = {"refuse": 0x00050000 | errno.EPERM, "trap": 0x00030000}

# read, write, close, fstat, mmap, mprotect, munmap, brk, rt_sigreturn, exit, futex,
# exit_group; of x86-64.
ALLOWED = [0, 1, 3, 5, 9, 10, 11, 12, 15, 60, 202, 231]

prctl = ctypes.CDLL(None, use_errno=True).prctl
rows = [(LOAD, 0, 0, NUMBER)]
rows += [(JUMP_IF_EQUAL, len(ALLOWED) - at, 0, number) for at, number in enumerate(ALLOWED)]
rows += [(RETURN, 0, 0, OTHERS[sys.argv[1]]), (RETURN, 0, 0, ALLOW)]
program = b"".join(struct.pack("=HBBI", *row) for row in rows)
code = ctypes.create_string_buffer(program, len(program))
header = struct.pack("@HP", len(rows), ctypes.addressof(code))
if prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header):
    raise OSError(ctypes.get_errno(), "prctl")
_crashers.die("null-read")
