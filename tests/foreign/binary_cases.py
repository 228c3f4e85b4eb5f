"""Other kinds of programs: static, 32 bits, with more rights than who starts them."""

import os
import shutil
import struct

from check import Skip
from common import (CRASH, INERT, NOBODY, SYSTEM_PYTHON, WATCHING, build, copy, expect, need_file,
                    need_root, run_one, same, states, under)

LOADER = "/lib64/ld-linux-x86-64.so.2"
LOADER_32 = "/lib/ld-linux.so.2"

# linux/capability.h: version 2 with the effective bit, then the bits.
CAPABILITY = struct.pack("<IIIII", 0x02000001, 1 << 13, 0, 0, 0)


def static(context, flag, source, way, status):
    command = [build(context, source, flag), way]
    same(context, command, expect(INERT, status, "about to" if status else "done"))


def bits_32(context, *flags):
    return build(context, "freestanding.c", "-m32", "-nostdlib", "-ffreestanding", *flags)


def static_32(context):
    same(context, [bits_32(context, "-static")], expect(INERT, 3, "free"))


def without_loader_line(text):
    """ld.so says that it could not load the shim, and goes on."""
    return [line for line in text.splitlines() if b"wrong ELF class" not in line]


def dynamic_32(context):
    need_file(LOADER_32, "libc6-i386")
    command = [bits_32(context, "-fPIE", "-pie", "-Wl,--dynamic-linker=" + LOADER_32)]
    _, run = same(context, command, expect(INERT, 3, "free"), clean=without_loader_line)
    context.check.equal("lines of the loader", len(run.stderr.splitlines()), 1)


def lib_token(context):
    """The documented way to silence: $LIB, and an empty library for 32 bits."""
    need_file(LOADER_32, "libc6-i386")
    program = bits_32(context, "-fPIE", "-pie", "-Wl,--dynamic-linker=" + LOADER_32)
    empty = bits_32(context, "-fPIC", "-shared")
    # Multiarch and biarch loaders call it by different names.
    for token, library in (("lib/x86_64-linux-gnu", context.setup.shim),
                           ("lib/i386-linux-gnu", empty), ("lib32", empty)):
        directory = os.path.join(context.directory, token)
        os.makedirs(directory)
        shutil.copy(library, os.path.join(directory, "libfdpreload.so"))
    run = run_one(context, ["/bin/sh", "-c", program + "; exit $?"], True, "all", {}, (), (), 30,
                  preloaded=os.path.join(context.directory, "$LIB", "libfdpreload.so"))
    context.check.equal("wait status", run.status, 3 << 8)
    context.check.equal("output", (run.stdout, run.stderr), (b"free\n", b""))
    context.check.equal("what the shims say", states(run.directory), WATCHING)


def child_32(context):
    """Of a Python that is watched; its standard error is the child's too."""
    need_file(LOADER_32, "libc6-i386")
    child = bits_32(context, "-fPIE", "-pie", "-Wl,--dynamic-linker=" + LOADER_32)
    code = "import subprocess, sys; sys.exit(subprocess.run(sys.argv[1]).returncode)"
    same(context, [SYSTEM_PYTHON, "-c", code, child], expect(WATCHING, 3, "free"),
         clean=without_loader_line, follow="python")


def as_nobody(context, path):
    need_root()
    return [*under(context, "user", NOBODY), path]


def set_uid(context):
    path = copy(context, build(context, "secure.c"), 0o4755)
    says = "secure 1, euid 0, loaded 0, LD_PRELOAD is not set"
    same(context, as_nobody(context, path), expect(INERT, 0, says))


def not_set_uid(context):
    """The same program without the bit is none of the above: the test can fail."""
    command = as_nobody(context, build(context, "secure.c"))
    run = context.setup.run(command, context.subdirectory("shim"))
    context.check.equal("standard output", run.stdout,
                        b"secure 0, euid 65534, loaded 1, LD_PRELOAD is set\n")


def set_uid_python(context):
    path = copy(context, SYSTEM_PYTHON, 0o4755)
    code = "import os; print(os.geteuid()); " + CRASH
    same(context, [*as_nobody(context, path), "-c", code], expect(INERT, -11, "0\nabout to"))


def capability(context):
    command = as_nobody(context, copy(context, build(context, "secure.c"), 0o755))
    try:
        os.setxattr(command[-1], "security.capability", CAPABILITY)
    except OSError as error:
        raise Skip("no file capabilities here: %s" % error) from None
    says = "secure 1, euid 65534, loaded 0, LD_PRELOAD is not set"
    same(context, command, expect(INERT, 0, says))


def by_loader(context, code, status, reports):
    """ld.so as the program: what is watched is what it loads."""
    need_file(LOADER, "libc6")
    same(context, [LOADER, SYSTEM_PYTHON, "-c", code],
         expect(WATCHING, status, "about to", reports), follow="python")


def musl(context, source, way, status, says):
    command = [build(context, source, compiler="musl-gcc"), way]
    state = ["stands back: the C library is not glibc"]
    same(context, command, expect(state, status, says))


def musl_first(context):
    """Its functions are found before ours, which have nothing behind them."""
    command = [build(context, "busy.c", compiler="musl-gcc"), "alone"]
    state = ["stands back: the C library is not glibc"]
    same(context, command, expect(state, 0, "done"), before=["libc.so"])


def musl_static(context):
    command = [build(context, "busy.c", "-static", compiler="musl-gcc"), "alone"]
    same(context, command, expect(INERT, 0, "done"))


def musl_child(context):
    """Both libraries in one family of processes."""
    child = build(context, "busy.c", compiler="musl-gcc")
    code = "import subprocess, sys; sys.exit(subprocess.run([sys.argv[1]]).returncode)"
    same(context, [SYSTEM_PYTHON, "-c", code, child], expect(WATCHING, 0, "done"),
         follow="python")


def matrix():
    rows = []
    for flag in ("-static", "-static-pie"):
        rows += [("%s-%s" % (flag[1:], way), static, (flag, source, way, status))
                 for source, way, status in (("busy.c", "alone", 0), ("broken.c", "null", -11))]
    for source, way, status, says in (("busy.c", "alone", 0, "done"), ("plain.c", "", 0, "done"),
                                      ("broken.c", "null", -11, "about to"),
                                      ("broken.c", "abort", -6, "about to"),
                                      ("broken.c", "race", 0, "survived")):
        rows.append(("musl-%s" % (way or "plain"), musl, (source, way, status, says)))
    return rows + [
        ("musl-first", musl_first, ()),
        ("musl-static", musl_static, ()),
        ("musl-child", musl_child, ()),
        ("32-static", static_32, ()),
        ("32-dynamic", dynamic_32, ()),
        ("32-child", child_32, ()),
        ("32-lib-token", lib_token, ()),
        ("set-uid", set_uid, ()),
        ("not-set-uid", not_set_uid, ()),
        ("set-uid-python", set_uid_python, ()),
        ("capability", capability, ()),
        ("loader", by_loader, ("print('about to')", 0, 0)),
        ("loader-crash", by_loader, (CRASH, -11, 1)),
    ]
