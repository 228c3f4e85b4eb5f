"""Under valgrind the shim stands back, and valgrind has nothing to say of it."""

import os
import shutil

from check import Skip
from common import CRASH, PROGRAMS, SYSTEM_PYTHON, build, expect, same, without_numbers

STANDS_BACK = "stands back: valgrind is here"
# valgrind is started by a shell, which is watched where all programs are.
BOTH = [STANDS_BACK, "watching"]
ERRORS = 9
# It takes seconds for a Python; the machine may be busy with others.
SECONDS = 120

# tool, program, what it is to do, exit status
C_ROWS = [
    ("memcheck", "broken.c", "heap", ERRORS),
    ("memcheck", "broken.c", "uninitialised", ERRORS),
    ("memcheck", "broken.c", "null", -11),
    ("memcheck", "broken.c", "abort", -6),
    ("memcheck", "plain.c", "", 0),
    ("helgrind", "broken.c", "race", ERRORS),
    ("helgrind", "plain.c", "", 0),
]
COMPLAINED_OF = ["heap", "uninitialised", "null", "race"]
# Little is imported: valgrind takes seconds for subprocess.
CHILD = ("import os, sys; line = [sys.executable, '-S', '-c', 'print(1)'];"
         "os.waitpid(os.posix_spawn(line[0], line, os.environ), 0); os.abort()")


def line(tool, *more):
    if not shutil.which("valgrind"):
        raise Skip("valgrind is not installed")
    return ["valgrind", "--tool=" + tool, "-q", "--vgdb=no", *more]


def complaints(text):
    return [one for one in without_numbers(text).splitlines() if one.strip() != b"==?=="]


def c_program(context, tool, source, way, status):
    command = [*line(tool, "--error-exitcode=%d" % ERRORS), build(context, source), way]
    says = "about to" if source == "broken.c" else "done"
    bare, _ = same(context, command, expect(BOTH, status, says), clean=complaints,
                   seconds=SECONDS)
    context.check.equal("valgrind complains", bool(complaints(bare.stderr)),
                        way in COMPLAINED_OF)


def busy(context, tool):
    """It writes to a null pointer, on purpose: one complaint, of both runs."""
    command = [*line(tool), build(context, "busy.c"), "alone"]
    same(context, command, expect(BOTH, 0, "done"), clean=complaints, seconds=SECONDS)


def about_us(text):
    """helgrind complains of CPython itself, of something else each time."""
    return [line for line in text.splitlines() if b"fdpreload" in line]


def python(context, tool, code, status, clean, *more):
    """CPython's own allocator says nothing to valgrind, and is left out."""
    command = [*line(tool, *more), SYSTEM_PYTHON, "-S", *code]
    same(context, command, expect([STANDS_BACK], status), clean=clean, follow="python",
         environment={"PYTHONMALLOC": "malloc", "PYTHONHASHSEED": "0"}, seconds=SECONDS)


def matrix():
    rows = [("%s-%s" % (tool, way or "plain"), c_program, (tool, source, way, status))
            for tool, source, way, status in C_ROWS]
    return rows + [
        ("memcheck-busy", busy, ("memcheck",)),
        ("helgrind-busy", busy, ("helgrind",)),
        ("python-children", python,
         ("none", ["-c", CHILD], -6, complaints, "--trace-children=yes")),
    ]


def long_matrix():
    program = [os.path.join(PROGRAMS, "busy.py")]
    return [
        ("memcheck-python", python, ("memcheck", [*program, "alone"], 0, complaints)),
        ("helgrind-python", python, ("helgrind", [*program, "alone"], 0, about_us)),
        ("memcheck-python-crash", python, ("memcheck", ["-c", CRASH], -11, complaints)),
        ("memcheck-python-children", python,
         ("memcheck", program, 0, complaints, "--trace-children=yes")),
    ]
