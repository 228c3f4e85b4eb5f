"""gdb with a shimmed Python, itself under the shim or not."""

import re

from compare import Program

CRASH = ("SIGSEGV null-dereference",)
RECEIVED = "\nProgram received signal SIGSEGV, Segmentation fault.\n"


def gdb(script, *options):
    return ("/usr/bin/gdb", "-nx", "-q", "-batch", "-iex", "set debuginfod enabled off", *options,
            "-x", "{here}/gdb/" + script, "--args", "/usr/bin/python3", "-c",
            "import _crashers; _crashers.die('null-read')")


def seen_again(context, mode, bare, run):
    """The one thing that differs: after the report the instruction faults again,
    and the debugger that has passed the first fault on is shown the second."""
    count = run.stdout.decode().count(RECEIVED), bare.stdout.decode().count(RECEIVED)
    context.check.equal(mode + ": faults that gdb sees", count, (2, 1))


# Pids, columns as wide as they are, what is said of a fault that is passed on (see above).
HIDES = ((" +", " "), (r"\(LWP \d+\)", "(LWP N)"), (r"\[process \d+\]", "[process N]"),
         ("(%s)+(?=\nProgram terminated)" % re.escape(RECEIVED), ""))

# The mode "python" watches gdb too, which is linked with Python.
PROGRAMS = [
    Program("gdb/" + name, gdb(name), needs=("gdb",), modes=("python",), look=seen_again,
            python_reports=CRASH, hides=HIDES)
    for name in ("break", "stop")
] + [
    Program("gdb/attach", ("/bin/bash", "{here}/gdb/attach.sh"), needs=("gdb",),
            modes=("python",), python_reports=("SIGSEGV signal-sent",),
            hides=HIDES + ((r"(line \d+: +|process )\d+", r"\1N"),),
            # gdb 13 and a processor with more state than it knows.
            cannot=b"Couldn't write extended state status"),
]
