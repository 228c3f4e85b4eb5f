"""Code that Cython has compiled stands on the stack as native functions, in its place between
the functions of Python."""

import os
import shutil
import subprocess

import check as checks
import schema
from common import one_report, program_line
from crash_cases import check_left_behind
from pool import Case

PROGRAMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs")

# Debian's Cython knows no later one.
LAST = (3, 11)

# Innermost first, of each compiled function what its symbol has of its name: Cython numbers
# generators.
ORDER = [("python", "die"), ("native", "generator"), ("native", "consumed"),
         ("python", "compare"), ("native", "__lt__"), ("native", "ordered"), ("python", "sort"),
         ("native", "visit"), ("native", "visit"), ("native", "visit"), ("native", "visit"),
         ("python", "main"), ("python", "<module>")]


def headers(interpreter):
    answer = subprocess.run(
        [interpreter.path, "-c", "import sysconfig; print(sysconfig.get_path('include'))"],
        stdout=subprocess.PIPE, text=True, check=True)
    path = answer.stdout.strip()
    if not os.path.exists(os.path.join(path, "Python.h")):
        raise checks.Skip("there are no headers of this Python")
    return path


def build(context, interpreter):
    cython = shutil.which("cython3") or shutil.which("cython")
    if not cython:
        raise checks.Skip("cython3 is not installed")
    directory = context.subdirectory("compiled")
    source = os.path.join(directory, "compiled.c")
    subprocess.run([cython, "-o", source, os.path.join(PROGRAMS, "compiled.pyx")], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    subprocess.run(["cc", "-w", "-g", "-O1", "-fPIC", "-shared", "-I" + headers(interpreter),
                    "-o", os.path.join(directory, "compiled.so"), source], check=True)
    return directory


def owners(thread):
    """(kind, function) of the frames that are Python's or in the compiled module."""
    found = []
    for frame in thread["frames"]:
        name = frame["function"] or ""
        if frame["kind"] == "python":
            found.append(("python", name))
        elif os.path.basename(frame["module"] or "") == "compiled.so":
            mine = [part for kind, part in ORDER if kind == "native" and part in name]
            if mine and "__pyx_" in name:
                found.append(("native", mine[0]))
    return found


def without_wrappers(frames):
    """Cython makes two functions of one, a wrapper and what it wraps; visit() calls itself."""
    return [frame for number, frame in enumerate(frames)
            if number == 0 or frame != frames[number - 1]]


def crossing(context, interpreter):
    check = context.check
    run = context.setup.run(program_line(interpreter, "crossing_cython.py"),
                            context.subdirectory("run"),
                            environment={"PYTHONPATH": build(context, interpreter)})
    check_left_behind(check, run)
    report = one_report(context, run)[0]
    if not report:
        return
    thread = report["threads"][0]
    check.equal("schema", schema.complaints(report), [])
    check.equal("frames", without_wrappers(owners(thread)), without_wrappers(ORDER))
    check.equal("merging", (thread["merging"]["unmatched"], thread["merging"]["guessed"]),
                (0, False))
    check.equal("calls of visit",
                sum("pf_8compiled_visit" in (frame["function"] or "")
                    for frame in thread["frames"]), 4)


def cases(interpreters):
    return [Case("cython/" + one.label, crossing, (one,)) for one in interpreters
            if (3, 6) <= one.version and one.version[:2] <= LAST]
