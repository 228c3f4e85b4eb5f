"""Which of CPython's test files are run, and what a version calls them."""

import collections
import os
import subprocess

# Longest first: that is the order they are started in.
SUITES = """
test_multiprocessing_spawn test_concurrent_futures test_asyncio
test_multiprocessing_fork test_socket test_threading test_subprocess test_signal
test_capi test_io test_os test_faulthandler test_fork1 test_wait3 test_wait4
test_threadsignals test_cmd_line test_thread test_sys test_posix
""".split()

# Of these a short run does all versions: they are about what the shim touches.
CENTRAL = """
test_signal test_faulthandler test_subprocess test_threading test_thread
test_threadsignals test_fork1 test_wait3 test_wait4 test_multiprocessing_fork
""".split()

# Test files with deliberate crashes.  A report from any other is one too many.
CRASHING = """
test_faulthandler test_capi test_subprocess test_signal test_threading test_sys
test_os test_io test_cmd_line test_asyncio test_concurrent_futures
""".split()

LIST_SECONDS = 120

# One process tree: NAME is what `python -m test` is given, of the file or package
# SUITE; newer versions run the modules of a package one by one.
Unit = collections.namedtuple("Unit", "interpreter suite name")


def shipped(interpreter):
    """The names that `python -m test` of INTERPRETER knows."""
    answer = subprocess.run([interpreter.path, "-m", "test", "--list-tests"],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                            cwd="/", timeout=LIST_SECONDS)
    return answer.stdout.split() if answer.returncode == 0 else []


def names_of(suite, known):
    return [name for name in known
            if name == suite or name.startswith("test.%s." % suite)]


def units(interpreters, wanted, only_newest=()):
    """([Unit], longest first, [(interpreter, suite) that a version lacks]).

    Suites of ONLY_NEWEST are for the last interpreter alone.
    """
    known = {one: shipped(one) for one in interpreters}
    there, absent = [], []
    for suite in sorted(wanted, key=SUITES.index):
        for one in interpreters[-1:] if suite in only_newest else interpreters:
            names = names_of(suite, known[one])
            there += [Unit(one, suite, name) for name in names]
            if not names:
                absent.append((one, suite))
    return there, absent


def read_table(name, fields):
    """Rows of a text file beside this one; the last field may have blanks."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name)
    with open(path) as file:
        lines = [line.strip() for line in file]
    return [tuple(line.split(None, fields - 1)) for line in lines
            if line and not line.startswith("#")]
