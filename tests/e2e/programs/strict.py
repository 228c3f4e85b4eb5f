"""Faults in seccomp's strict mode, where next to no system call is left."""
import ctypes

import _crashers

PR_SET_SECCOMP = 22
SECCOMP_MODE_STRICT = 1

# Through the program's own table of names, as compiled code calls it.
prctl = ctypes.CDLL(None).prctl
prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0)
_crashers.die("null-read")
