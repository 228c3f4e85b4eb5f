"""The shim's own lookup finds what dlsym() finds."""

import subprocess

from check import Skip
from common import SYSTEM_PYTHON, build, build_library, need_file

LIBC = "/lib/x86_64-linux-gnu/libc.so.6"
MUSL = "/lib/ld-musl-x86_64.so.1"
# Of nm: code, in its strong, weak and indirect kinds.
FUNCTIONS = ("T", "W", "i")


def functions_of(library):
    """The names of the functions that LIBRARY exports in their default version."""
    output = subprocess.run(["nm", "-D", "--defined-only", library], text=True, check=True,
                            stdout=subprocess.PIPE).stdout
    rows = [line.split() for line in output.splitlines()]
    return sorted({row[2].split("@@")[0] for row in rows
                   if len(row) == 3 and row[1] in FUNCTIONS})


def compare(context, program, library, preloads):
    """The probe is the preload here, and ends the program."""
    names = functions_of(library)
    values = {"LOOKUP_NAMES": " ".join(names), "LD_PRELOAD": ":".join(preloads)}
    run = context.setup.run([program], context.subdirectory("run"), shim=False,
                            environment=values)
    context.check.equal("wait status: %r" % run.stdout[:600], run.status, 0)
    context.check.contains("output", run.stdout, b"%d names, " % len(names))


def glibc(context, program):
    compare(context, program, LIBC, [build_library(context, "lookup_probe.c")])


def old_table(context):
    """Somebody else's library, with DT_HASH alone, is found before libc."""
    other = build_library(context, "other_preload.c", "-Wl,--hash-style=sysv")
    sections = subprocess.run(["readelf", "-d", other], text=True, check=True,
                              stdout=subprocess.PIPE).stdout
    if "(GNU_HASH)" in sections:
        raise Skip("the linker writes DT_GNU_HASH all the same")
    compare(context, "/bin/true", LIBC, [build_library(context, "lookup_probe.c"), other])


def musl(context):
    """Its libc stands in front of what is preloaded."""
    need_file(MUSL, "musl")
    compare(context, build(context, "plain.c", compiler="musl-gcc"), MUSL,
            [build_library(context, "lookup_probe.c")])


def matrix():
    return [("true", glibc, ("/bin/true",)), ("python", glibc, (SYSTEM_PYTHON,)),
            ("bash", glibc, ("/bin/bash",)), ("old-table", old_table, ()), ("musl", musl, ())]
