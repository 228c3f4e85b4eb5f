"""How much of the alternate stack the shim's handler uses, on each of its paths.

The program paints the stack and crashes; the core file shows what is left of
the paint.  The kernel's own frame is in the figure, since it needs the room too.
"""

import os
import re
import struct

import corefile
import cores
import execute
from check import Skip
from pool import Case

# PAINT_BYTE of paint.h.
PAINT = re.compile(b"\xa5*")
LIMIT = 16 << 10

# Private memory, which has the stacks.
FILTER_MEMORY = "1"

SERVED = {"FDPRELOAD_CAPTURE": "served"}

# name, WAY ARRANGEMENT PLACE OPTION..., environment
PATHS = [
    ("live", "null-read default main paint", {}),
    ("live-thread", "null-read default thread paint", {}),
    ("overflow", "overflow default thread paint", {}),
    ("served-parking", "null-read default main bystander paint", SERVED),
    ("no-daemon", "null-read default main paint no-daemon", {}),
    ("nested-fault", "null-read default main paint no-sending", {}),
    ("sent", "raise-segv default main paint", {}),
    ("abort", "abort default main paint", {}),
    ("given-up", "null-read reraises main paint", {}),
    ("abort-returned", "abort returns main paint", {}),
    ("small-stack", "overflow aborts-altstack main altstack=4096 paint", {}),
    ("forked", "null-read default fork paint", {}),
    ("blocked", "null-read blocked main paint", {}),
]


def memory(path, start, size):
    """SIZE bytes at START from the core file at PATH."""
    with open(path, "rb") as file:
        header = file.read(64)
        offset, = struct.unpack_from("<Q", header, 32)
        each, count = struct.unpack_from("<HH", header, 54)
        for index in range(count):
            file.seek(offset + index * each)
            kind, _, at, begin, _, length = struct.unpack("<IIQQQQ", file.read(40))
            if kind == cores.PT_LOAD and begin <= start and start + size <= begin + length:
                file.seek(at + start - begin)
                return file.read(size)
    return None


def used(content):
    """Bytes from the first that was written to the top."""
    return len(content) - PAINT.match(content).end()


def figures(run, names):
    path = corefile.path(os.path.join(run.directory, "cwd"))
    for who, prefix in names:
        if prefix + "-size" in run.notes:
            start, size = (run.notes[prefix + word] for word in ("-start", "-size"))
            content = memory(path, start, size) if size else None
            yield who, content and used(content), size


def measure(context, name, line, environment):
    if not corefile.written_to_cwd():
        raise Skip("core_pattern does not write core files beside the program")
    check = context.check
    with open("/proc/self/coredump_filter", "w") as file:
        file.write(FILTER_MEMORY)
    program = os.path.join(context.setup.extensions, "deaths", "die")
    run = execute.execute(context, "shim", [program, *line.split()], shim=True, more=environment)
    if not check.equal("core files", run.cores, ["core"]):
        return
    for who, bytes_used, size in figures(run, (("", "paint"), (", parked thread", "other"))):
        if not check.true("no alternate stack of the shim" + who, bytes_used is not None):
            continue
        print("stack of %s%s: %d bytes of %d" % (name, who, bytes_used, size), flush=True)
        check.true("%d bytes used%s, %d are allowed" % (bytes_used, who, LIMIT),
                   bytes_used < LIMIT)
        check.true("nothing used%s: the paint is elsewhere" % who, bytes_used > 0)


def matrix():
    return [Case("stack-use/" + name, measure, (name, line, environment))
            for name, line, environment in PATHS]
