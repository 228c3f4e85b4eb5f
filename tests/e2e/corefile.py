"""What a core file says about the signal: its NT_SIGINFO note."""

import collections
import os
import struct

CORE_PATTERN = "/proc/sys/kernel/core_pattern"
PT_NOTE = 4
NT_SIGINFO = 0x53494749
# Notes are small; a core without memory has nothing else.
NOTES_MAX = 64 << 20

# address is meaningful for faults only; for others it holds the sender.
Siginfo = collections.namedtuple("Siginfo", "signal code address")


def written_to_cwd():
    """Whether the kernel writes cores as files beside the program."""
    try:
        with open(CORE_PATTERN) as pattern:
            return not pattern.read().startswith(("|", "/", "@"))
    except OSError:
        return False


def names(directory):
    """The core files in DIRECTORY; a pid in the name is left out."""
    return sorted("core" for name in os.listdir(directory)
                  if name == "core" or name.startswith("core."))


def path(directory):
    found = [name for name in os.listdir(directory)
             if name == "core" or name.startswith("core.")]
    return os.path.join(directory, found[0]) if found else None


def siginfo(core):
    """The Siginfo in the core file, or None if it has none."""
    with open(core, "rb") as file:
        header = file.read(64)
        if header[:5] != b"\x7fELF\x02":
            return None
        offset, = struct.unpack_from("<Q", header, 32)
        size, count = struct.unpack_from("<HH", header, 54)
        for index in range(count):
            file.seek(offset + index * size)
            kind, _, at, _, _, length = struct.unpack("<IIQQQQ", file.read(40))
            if kind == PT_NOTE and length < NOTES_MAX:
                file.seek(at)
                return from_notes(file.read(length))
    return None


def from_notes(notes):
    at = 0
    while at + 12 <= len(notes):
        name, length, kind = struct.unpack_from("<III", notes, at)
        content = at + 12 + (name + 3 & ~3)
        if kind == NT_SIGINFO and length >= 24:
            signal, _, code, _, address = struct.unpack_from("<iiiiQ", notes, content)
            return Siginfo(signal, code, address)
        at = content + (length + 3 & ~3)
    return None
