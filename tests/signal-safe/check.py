#!/usr/bin/env python3
"""Proves what the signal handler may reach, and what the shim asks of a system.

    check.py LIBRARY PLANTED_OBJECT PLANTED_LIBRARY HANDLER_OBJECT...

The handler's objects are linked alone: a call into libc is an undefined symbol.
Stack use comes from gcc's call graph (the .ci file beside each object).  Each
check is then given something planted that it has to find.
"""

import fnmatch
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PRELOAD = os.path.join(HERE, "..", "..", "preload")

# A quarter of the alternate stack of 64 KiB; the kernel's own frame on it takes
# up to 12 KiB where there are wide registers.
STACK_LIMIT = 16 * 1024

# All that may ever be allowed: what gcc calls by itself, and what binds at load
# time and runs without state.
MAY_BE_ALLOWED = {"memcpy", "memmove", "memset", "memcmp"}

# The linker's own.
LINKER_SYMBOLS = {"_GLOBAL_OFFSET_TABLE_"}

# A call through a pointer, in gcc's call graph.
INDIRECT = "__indirect_call"

NEEDED = {"libc.so.6", "ld-linux-x86-64.so.2"}
GLIBC_FLOOR = (2, 17)


def run(*command):
    """Output of a command that has to succeed."""
    return subprocess.run(command, check=True, text=True,
                          stdout=subprocess.PIPE).stdout


def read_list(name):
    """Words of a list file, one per line, without comments."""
    with open(os.path.join(PRELOAD, name), encoding="ascii") as file:
        lines = [line.split("#")[0].strip() for line in file]
    return [line for line in lines if line]


def check_symbols(objects):
    """Undefined symbols of the objects together."""
    with tempfile.TemporaryDirectory() as directory:
        whole = os.path.join(directory, "whole.o")
        run("ld", "-r", "-o", whole, *objects)
        names = {line.split()[-1] for line in run("nm", "-u", whole).splitlines() if line.strip()}
    allowed = set(read_list("handler.allow")) | LINKER_SYMBOLS
    return [f"the handler reaches {name}" for name in sorted(names - allowed)]


def check_link(objects):
    """The objects link to a library without libc."""
    allowed = [f"-Wl,--defsym={name}=0" for name in read_list("handler.allow")]
    with tempfile.TemporaryDirectory() as directory:
        result = subprocess.run(
            [os.environ.get("CC", "gcc"), "-nostdlib", "-shared", "-Wl,-z,defs",
             *allowed, "-o", os.path.join(directory, "alone.so"), *objects],
            text=True, stderr=subprocess.PIPE, check=False)
    if result.returncode == 0:
        return []
    return [line for line in result.stderr.splitlines() if "undefined" in line] or [result.stderr]


def check_allow_list(_objects):
    """The allow-list itself."""
    return [f"handler.allow: {name} is nothing a handler may call"
            for name in read_list("handler.allow") if name not in MAY_BE_ALLOWED]


def read_call_graph(objects):
    """Stack bytes of each function, and whom it calls."""
    sizes, calls, problems = {}, {}, []
    for path in objects:
        # Assembly has no graph; it pushes some registers and calls C.
        if path.endswith("_entry.o"):
            continue
        # A static function's title is "file.c:name": they do not collide.
        with open(os.path.splitext(path)[0] + ".ci", encoding="utf-8") as file:
            text = file.read()
        for title, use in re.findall(
                r'node: \{ title: "([^"]*)" label: "[^"]*\\n(\d+ bytes \([^"]*\))', text):
            sizes[title] = int(use.split()[0])
            if "(static)" not in use:
                problems.append(f"{title}: stack use is not known: {use}")
        for source, target in re.findall(
                r'edge: \{ sourcename: "([^"]*)" targetname: "([^"]*)"', text):
            calls.setdefault(source, set()).add(target)
    for source in [name for name in calls if INDIRECT in calls[name]]:
        patterns = [line.split()[1] for line in read_list("handler.indirect")
                    if line.split()[0] == source]
        if not patterns:
            problems.append(f"{source}: calls through a pointer, which cannot be followed")
        for pattern in patterns:
            callees = fnmatch.filter(sizes, pattern)
            if not callees:
                problems.append(f"handler.indirect: nothing is called {pattern}")
            calls[source].update(callees)
    return sizes, calls, problems


def check_stack(objects):
    """The deepest path through the handler's functions."""
    sizes, calls, problems = read_call_graph(objects)
    depths = {}

    def depth(name, path):
        if name in path:
            problems.append("recursion: " + " -> ".join([*path, name]))
            return 0
        if name not in depths:
            deepest = max((depth(callee, [*path, name])
                           for callee in sorted(calls.get(name, ()))), default=0)
            depths[name] = sizes.get(name, 0) + deepest
        return depths[name]

    for name in sorted(sizes):
        if depth(name, []) > STACK_LIMIT:
            problems.append(f"{name}: {depths[name]} bytes of stack, at most {STACK_LIMIT}")
    if not sizes:
        problems.append("no function at all was measured")
    return problems


def check_needed(library):
    """Libraries that the shim needs."""
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", run("readelf", "-dW", library))
    return [f"needs {name}" for name in needed if name not in NEEDED]


def check_floor(library):
    """Versions of glibc's symbols that the shim needs."""
    section = run("readelf", "-VW", library).split("Version needs section")
    versions = set(re.findall(r"Name: (\S+)", section[1])) if len(section) > 1 else set()
    problems = []
    for version in sorted(versions):
        match = re.fullmatch(r"GLIBC_(\d+)\.(\d+)(\.\d+)?", version)
        if not match or (int(match[1]), int(match[2])) > GLIBC_FLOOR:
            names = [line.split()[-1] for line in run("nm", "-D", "-u", library).splitlines()
                     if line.endswith("@" + version)]
            problems.append(f"needs {version} for {' '.join(names)}")
    return problems


def check_exports(library):
    """Names that the shim defines for others."""
    lines = run("nm", "-D", "--defined-only", library).splitlines()
    names = {line.split()[-1] for line in lines}
    wanted = set(read_list("exports.list"))
    return [f"exports {name}, which is not in exports.list" for name in sorted(names - wanted)] + \
           [f"does not export {name}" for name in sorted(wanted - names)]


def check_binding(library):
    """All symbols are bound at load time: lazily, the handler runs the linker."""
    dynamic = run("readelf", "-dW", library)
    problems = []
    if "BIND_NOW" not in dynamic and "Flags: NOW" not in dynamic:
        problems.append("is bound lazily")
    if "TEXTREL" in dynamic:
        problems.append("has text relocations")
    if re.search(r"GNU_STACK.*RWE", run("readelf", "-lW", library)):
        problems.append("wants an executable stack")
    return problems


def main():
    library, planted, planted_library, *objects = sys.argv[1:]
    bad = [*objects, planted]
    # name, check, its argument, and what planted things have to make it say
    # (nothing: the check proper).
    rows = [
        ("handler.allow holds nothing dangerous", check_allow_list, objects, []),
        ("handler has no undefined symbol", check_symbols, objects, []),
        ("handler links without libc", check_link, objects, []),
        ("handler stays on its stack", check_stack, objects, []),
        ("shim needs libc only", check_needed, library, []),
        ("shim loads on old glibc", check_floor, library, []),
        ("shim exports what it says", check_exports, library, []),
        ("shim is bound when loaded", check_binding, library, []),
        ("planted library call is found", check_symbols, bad, ["snprintf"]),
        ("planted library call does not link", check_link, bad, ["snprintf"]),
        ("planted stack use is found", check_stack, bad,
         ["planted_deep_stack", "planted_recursion", "planted_indirect"]),
        ("planted library is found", check_needed, planted_library, ["libm.so.6"]),
        ("planted new symbol is found", check_floor, planted_library, ["thrd_yield"]),
        ("planted export is found", check_exports, planted_library, ["planted_export"]),
        ("planted lazy binding is found", check_binding, planted_library, ["lazily"]),
    ]
    failed = 0
    for name, check, argument, expected in rows:
        problems = check(argument)
        text = "\n".join(problems)
        good = all(word in text for word in expected) if expected else not problems
        failed += not good
        print(f"{'ok  ' if good else 'FAIL'} {name}")
        if not good:
            print(*(f"     {problem}" for problem in problems or ["nothing was found"]), sep="\n")
    print(f"{len(rows) - failed} passed, {failed} failed, 0 skipped")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
