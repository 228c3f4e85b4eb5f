"""Programs with a sanitizer inside: its reports, its exit status, and none of ours."""

import os
import subprocess

from check import Skip
from common import CRASH, SYSTEM_PYTHON, WATCHING, build, expect, same, summary_line

# Each ends its report with SUMMARY; exit statuses are their own.
STANDS_BACK = "stands back: %s is here"
NAMES = {"address": "AddressSanitizer", "thread": "ThreadSanitizer",
         "memory": "MemorySanitizer"}

# sanitizer, what broken.c is to do, exit status
BROKEN = [
    ("address", "heap", 1),
    ("address", "null", 1),
    ("address", "abort", -6),
    ("thread", "race", 66),
    ("thread", "null", 66),
    ("memory", "uninitialised", 1),
    ("memory", "null", 1),
]


def runtime(library):
    """The path of gcc's shared runtime."""
    path = subprocess.run(["gcc", "-print-file-name=" + library], text=True, check=True,
                          stdout=subprocess.PIPE).stdout.strip()
    if not os.path.isabs(path):
        raise Skip("gcc has no %s" % library)
    return path


def flags_of(sanitizer, *more):
    return ["-fsanitize=" + sanitizer, *more]


def expected(sanitizer, way, status, hidden):
    """HIDDEN: no symbol of the runtime is exported.  Then the shim works there."""
    says = "about to" if way else "done"
    if not hidden:
        return expect([STANDS_BACK % NAMES[sanitizer]], status, says)
    # busy.c aborts in a child; what the sanitizer takes ends in an exit.
    return expect(WATCHING, status, says, reports=0 if status > 0 else 1)


def run_in(context, compiler, sanitizer, flags, way, status, **more):
    """Both runs of broken.c (WAY) or of busy.c (None)."""
    hidden = "-static-libasan" in flags
    flags = flags_of(sanitizer, *flags)
    # The symbolizer is a program that would be watched itself.
    more.setdefault("environment", {})
    options = more["environment"].get("ASAN_OPTIONS", "")
    more["environment"].update(ASAN_OPTIONS=options + ":symbolize=0:handle_abort=0",
                               TSAN_OPTIONS="symbolize=0", MSAN_OPTIONS="symbolize=0")
    source = "broken.c" if way else "busy.c"
    command = [build(context, source, *flags, compiler=compiler), *([way] if way else ["alone"])]
    bare, _ = same(context, command, expected(sanitizer, way, status, hidden),
                   clean=summary_line, **more)
    if way and status > 0:
        context.check.true("the sanitizer reports: %r" % bare.stderr[-300:],
                           len(summary_line(bare.stderr)) == 1)


def static_runtime(context, compiler, sanitizer, way, status):
    """A runtime that comes first anyway: in the program, or not particular."""
    flags = ["-static-libasan"] if (compiler, sanitizer) == ("gcc", "address") else []
    run_in(context, compiler, sanitizer, flags, way, status)


def runtime_first(context, way, status):
    """The documented way out: the runtime is preloaded before the shim."""
    run_in(context, "gcc", "address", [], way, status, before=[runtime("libasan.so")])


def order_not_verified(context, way, status):
    """The other way out."""
    run_in(context, "gcc", "address", [], way, status,
           environment={"ASAN_OPTIONS": "verify_asan_link_order=0"})


def refused(context):
    """Without a way out: the runtime says no, and says why."""
    command = [build(context, "busy.c", *flags_of("address")), "alone"]
    run = context.setup.run(command, context.subdirectory("shim"))
    context.check.equal("wait status", run.status, 1 << 8)
    context.check.contains("standard error", run.stderr,
                           b"ASan runtime does not come first in initial library list")


def python(context, crash):
    """A Python that loads an extension with ASan needs the runtime preloaded."""
    code = CRASH if crash else "print('about to')"
    same(context, [SYSTEM_PYTHON, "-c", code],
         expect([STANDS_BACK % NAMES["address"]], 1 if crash else 0, "about to"),
         follow="python",
         before=[runtime("libasan.so")], clean=summary_line,
         environment={"ASAN_OPTIONS": "detect_leaks=0:symbolize=0"})


def undefined(context):
    """UBSan watches no threads and no memory: both work."""
    command = [build(context, "busy.c", "-fsanitize=undefined", "-fno-sanitize=null",
                     compiler="clang"), "alone"]
    same(context, command, expect(WATCHING, 0, "done", reports=1))


def matrix():
    rows = [("refused", refused, ()), ("python", python, (False,)),
            ("python-crash", python, (True,)), ("clang-undefined", undefined, ())]
    for compiler in ("gcc", "clang"):
        for sanitizer, way, status in BROKEN:
            if (compiler, sanitizer) != ("gcc", "memory"):
                rows.append(("%s-%s-%s" % (compiler, sanitizer, way), static_runtime,
                             (compiler, sanitizer, way, status)))
        for sanitizer in ("address", "thread") + (("memory",) if compiler == "clang" else ()):
            rows.append(("%s-%s-busy" % (compiler, sanitizer), static_runtime,
                         (compiler, sanitizer, None, 0)))
    for way, status in ((None, 0), ("heap", 1), ("null", 1)):
        rows.append(("runtime-first-%s" % (way or "busy"), runtime_first, (way, status)))
        rows.append(("not-verified-%s" % (way or "busy"), order_not_verified, (way, status)))
    return rows
