"""A core file's notes: the signal, the registers of the thread that died, and
which file is mapped where."""

import collections
import os
import struct

import corefile

PT_LOAD, PT_NOTE = 1, 4
NT_PRSTATUS = 1
NT_FILE = 0x46494c45

# As struct user_regs_struct has them.
REGISTERS = ["r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8", "rax", "rcx",
             "rdx", "rsi", "rdi", "orig_rax", "rip", "cs", "eflags", "rsp", "ss", "fs_base",
             "gs_base", "ds", "es", "fs", "gs"]
USER_END = 1 << 47
REGISTERS_AT = 112
PID_AT = 32

Mapping = collections.namedtuple("Mapping", "start end offset name")


class Core:
    """The first thread of a core file is the one that died."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.bytes = file.read()
        self.segments = []
        self.files = []
        self.threads = []
        self.siginfo = b""
        for kind, start, size, at, length in self.headers():
            if kind == PT_LOAD:
                self.segments.append((start, start + size))
            elif kind == PT_NOTE:
                self.read_notes(self.bytes[at:at + length])
        del self.bytes
        self.stack_end = max(end for _, end in self.segments if end <= USER_END)

    def headers(self):
        offset, = struct.unpack_from("<Q", self.bytes, 32)
        size, count = struct.unpack_from("<HH", self.bytes, 54)
        for index in range(count):
            kind, _, at, start, _, length, memory = struct.unpack_from(
                "<IIQQQQQ", self.bytes, offset + index * size)
            yield kind, start, memory, at, length

    def read_notes(self, notes):
        at = 0
        while at + 12 <= len(notes):
            name, length, kind = struct.unpack_from("<III", notes, at)
            begin = at + 12 + (name + 3 & ~3)
            content = notes[begin:begin + length]
            if kind == corefile.NT_SIGINFO:
                self.siginfo = content
            elif kind == NT_PRSTATUS:
                self.read_thread(content)
            elif kind == NT_FILE:
                self.read_files(content)
            at = begin + (length + 3 & ~3)

    def read_thread(self, content):
        values = struct.unpack_from("<%dQ" % len(REGISTERS), content, REGISTERS_AT)
        thread = dict(zip(REGISTERS, values))
        thread["tid"], = struct.unpack_from("<i", content, PID_AT)
        thread["signal"], = struct.unpack_from("<h", content, 12)
        self.threads.append(thread)

    def read_files(self, content):
        count, page = struct.unpack_from("<QQ", content)
        paths = content[16 + 24 * count:].split(b"\0")
        for index in range(count):
            start, end, offset = struct.unpack_from("<QQQ", content, 16 + 24 * index)
            name = os.path.basename(paths[index].decode("utf-8", "replace"))
            self.files.append(Mapping(start, end, offset * page, name))

    def segment_of(self, address):
        for start, end in self.segments:
            if start <= address < end:
                return start, end
        return None

    def is_main_stack(self, address):
        """The kernel puts it above all else but its own pages."""
        segment = self.segment_of(address)
        return segment is not None and segment[1] == self.stack_end

    def place_of(self, address):
        """As text, the same wherever things are loaded; None: not mapped."""
        for one in self.files:
            if one.start <= address < one.end:
                return "%s+%#x" % (one.name, address - one.start + one.offset)
        if self.segment_of(address):
            return "memory+%#x" % (address & 0xfff)
        return None
