"""Forbids itself some system calls, for good, and becomes the program named."""
import ctypes
import errno
import os
import struct
import sys

PR_SET_NO_NEW_PRIVS = 38
PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
NUMBER, FIRST_ARGUMENT = 0, 16
ALLOW, REFUSE = 0x7fff0000, 0x00050000 | errno.EPERM

# x86-64 numbers of system calls.
PTRACE, PRCTL, PROCESS_VM_READV, SECCOMP = 101, 157, 310, 317

# (code, instructions to skip if equal, if not, operand)
FILTERS = {
    "tracing": [
        (LOAD, 0, 0, NUMBER),
        (JUMP_IF_EQUAL, 2, 0, PTRACE),
        (JUMP_IF_EQUAL, 1, 0, PROCESS_VM_READV),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, REFUSE),
    ],
    "filtering": [
        (LOAD, 0, 0, NUMBER),
        (JUMP_IF_EQUAL, 4, 0, SECCOMP),
        (JUMP_IF_EQUAL, 0, 2, PRCTL),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (JUMP_IF_EQUAL, 1, 0, PR_SET_SECCOMP),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, REFUSE),
    ],
}


def forbid(instructions):
    program = b"".join(struct.pack("=HBBI", *one) for one in instructions)
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HP", len(instructions), ctypes.addressof(code))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header):
        raise OSError(ctypes.get_errno(), "prctl")


forbid(FILTERS[sys.argv[1]])
# A reporter from before the filter would not have it.
os.environ.pop("FDPRELOAD_REPORTER", None)
os.execv(sys.argv[2], sys.argv[2:])
