"""What the tests that run in each interpreter share; for Python 2.7 and 3.6 on."""

from __future__ import print_function

import ctypes
import os
import sys
import traceback

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RUNNING = sys.version_info[:2]

# As the runner has started it, which may be through a script.
EXECUTABLE = os.environ.get("FDPRELOAD_TEST_PYTHON") or sys.executable

_counts = {"passed": 0, "failed": 0, "skipped": 0}
_cases = []


class Skip(Exception):
    """The case makes no sense here; the text says why."""


def case(function):
    """A case: a function that asserts, or raises Skip."""
    _cases.append(function)
    return function


def same(found, wanted, text=""):
    if found != wanted:
        raise AssertionError("%s\n  wanted %r\n  found  %r" % (text, wanted, found))


def raised(function, *arguments, **keywords):
    """What FUNCTION(...) raises, as "Type: text"; its result if it raises nothing."""
    try:
        return function(*arguments, **keywords)
    except Exception as error:
        return "%s: %s" % (type(error).__name__, error)


def count(outcome, text):
    _counts[outcome] += 1
    if outcome != "passed":
        print(outcome.upper(), text)


def run_cases():
    for function in _cases:
        try:
            function()
        except Skip as reason:
            count("skipped", "%s: %s" % (function.__name__, reason))
        except BaseException:
            count("failed", "%s: %s" % (function.__name__, traceback.format_exc()))
        else:
            count("passed", function.__name__)


def finish():
    print("%(passed)d passed, %(failed)d failed, %(skipped)d skipped" % _counts)
    sys.exit(1 if _counts["failed"] or not any(_counts.values()) else 0)


class Stub(object):
    """The library that stands for libfdpreload.so, loaded so that it is found by name."""

    def __init__(self):
        self.library = ctypes.PyDLL(os.environ["FDPRELOAD_TEST_STUB"], ctypes.RTLD_GLOBAL)
        self.library.stub_take.restype = ctypes.c_char_p
        self._hook = None

    def calls(self):
        """The calls since the last time, one line each."""
        return self.library.stub_take().decode("utf-8").splitlines()

    def fail(self, number):
        """Every function fails with errno NUMBER from now on; 0: none does."""
        self.library.stub_fail(number)

    def hook(self, function):
        """FUNCTION is called within each call; None: nothing is."""
        self._hook = ctypes.PYFUNCTYPE(None)(function) if function else None
        self.library.stub_hook(self._hook)
