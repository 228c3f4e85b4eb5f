"""Calls to be made on faulthandler and on fdpreload, and what they are made with.

A row is an expression, with the module as f.  Each is also evaluated with other values
of sys.stderr, where it may matter.
"""

import os
import sys
import tempfile
from decimal import Decimal
from fractions import Fraction


class NoFileno(object):
    pass


class Raises(object):
    def fileno(self):
        raise KeyError("fileno")


class Gives(object):
    """fileno() gives what it is made with."""

    def __init__(self, number):
        self.number = number

    def fileno(self):
        return self.number

    def flush(self):
        pass


class NoFlush(object):
    def fileno(self):
        return NULL.fileno()


class BadFlush(NoFlush):
    def flush(self):
        raise ValueError("flush")


class Index(object):
    """Stands for VALUE as a number; the truth of it is another matter."""

    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


class Int(object):
    def __int__(self):
        return 3


class Float(object):
    def __float__(self):
        return 0.25


class NoTruth(object):
    def __bool__(self):
        raise KeyError("truth")

    __nonzero__ = __bool__


class MyFloat(float):
    pass


class MyInt(int):
    pass


NULL = open(os.devnull, "w")
CLOSED = open(os.devnull, "w")
CLOSED.close()
REAL = tempfile.TemporaryFile()

VALUES = {
    "null": NULL, "closed": CLOSED, "real": REAL, "big": 2 ** 70, "nan": float("nan"),
    "inf": float("inf"), "NoFileno": NoFileno, "Raises": Raises, "Gives": Gives,
    "NoFlush": NoFlush, "BadFlush": BadFlush, "Index": Index, "Int": Int, "Float": Float,
    "NoTruth": NoTruth, "MyFloat": MyFloat, "MyInt": MyInt, "Decimal": Decimal,
    "Fraction": Fraction, "sys": sys,
}

# What a file may be; {} is put into the calls of FILES.
FILE_VALUES = """
null real null.fileno() 9999 -1 -2147483648 -2147483649 2147483646 2147483647 2147483648
big -big True False 1.0 'abc' b'abc' object() [] closed NoFileno() Raises() Gives(-1)
Gives(None) Gives('1') Gives(2147483646) Gives(2147483647) Gives(big) Gives(1.0)
Gives(True) Gives(0) Gives(9999) NoFlush() BadFlush() Index(1) MyInt(1) None
""".split()

FILES = ["f.enable({})", "f.enable(file={})", "f.dump_traceback({})",
         "f.dump_traceback(file={})", "f.dump_traceback_later(100, file={})",
         "f.dump_traceback_later(100, False, {})", "f.register(12, {})",
         "f.register(12, file={})", "f.dump_c_stack({})", "f.dump_c_stack(file={})"]

# What a flag may be.
FLAG_VALUES = """
True False 0 1 -1 2147483648 big 1.0 'a' '' None [] object() Index(0) Index(1) Int()
NoTruth() Decimal(1)
""".split()

FLAGS = ["f.enable(null, {})", "f.enable(null, all_threads={})", "f.enable(null, True, {})",
         "f.enable(null, c_stack={})", "f.dump_traceback(null, {})",
         "f.dump_traceback(null, all_threads={})", "f.register(12, null, {})",
         "f.register(12, null, chain={})", "f.dump_traceback_later(100, {}, null)",
         "f.dump_traceback_later(100, file=null, exit={})"]

THREADS_VALUES = "1 0 -1 'a' None 1.0 big True Index(3) -big".split()

THREADS = ["f.enable(null, max_threads={})", "f.dump_traceback(null, max_threads={})",
           "f.dump_traceback_later(100, file=null, max_threads={})",
           "f.register(12, null, max_threads={})"]

TIMEOUT_VALUES = """
1 0 -1 0.5 1e-7 1e-10 -1e-10 -0.5 0.0 -0.0 nan inf -inf 1e30 -1e30 1e10 9e9 9.3e9 1e15
2147483647 2147483648 9223372036 9223372037 9223372035 -9223372036 9223372036.0
9223372036.85 2**33 2**62 2**63 -2**63 2**70 big -big True False '1' '' None b'1' [] 1j
object() Index(7) Index(0) Index(-1) Index(big) Int() Float() MyFloat(0.25) MyInt(2)
Decimal(2) Decimal('0.5') Decimal('NaN') Decimal('1e30') Fraction(1,3) Fraction(4,2)
Fraction(-1,3)
""".split()

TIMEOUTS = ["f.dump_traceback_later({}, file=null)", "f.dump_traceback_later({}, 1, -1)",
            "f.dump_traceback_later(timeout={}, file=null)",
            "f.dump_traceback_later({}, True, null, False)"]

SIGNAL_VALUES = """
10 12 1 64 34 0 -1 65 1000 -2147483648 2147483648 -2147483649 big -big 9 19 32 33 4 6 7 8
11 5 31 'a' None 10.0 True Index(12) Index(11) Int() Decimal(12) b'a' MyInt(12)
""".split()

SIGNALS = ["f.register({}, null)", "f.register(signum={}, file=null)", "f.register({}, -1)",
           "f.unregister({})", "(f.register(12, null), f.unregister({}))"]

# Shapes of calls.
SHAPES = """
f.enable(1, 2, 3, 4, 5)
f.enable(null, True, True, 1)
f.enable(x=1)
f.enable(null, x=1)
f.enable(null, True, x=1)
f.enable(x=1, y=2)
f.enable(x=1, y=2, z=3)
f.enable(x=1, y=2, z=3, a=4)
f.enable(x=1, y=2, z=3, a=4, b=5)
f.enable(null, True, file=null)
f.enable(null, file=null)
f.enable(-1, 'a')
f.enable(-1, x=1)
f.enable('abc', NoTruth())
f.enable(all_thread=True)
f.enable(all_threads=True, file=null)
f.enable(*[null], **{'all_threads': False})
f.disable()
f.disable(1)
f.disable(1, 2)
f.disable(x=1)
f.disable(1, x=1)
(f.enable(null), f.disable(), f.disable())
(f.enable(null), f.enable(null, False), f.is_enabled(), f.disable(), f.is_enabled())
(f.enable(9999), f.is_enabled(), f.disable())
f.is_enabled()
f.is_enabled(1)
f.is_enabled(x=1)
f.is_enabled(*[1, 2, 3])
f.dump_traceback(1, 2, 3, 4)
f.dump_traceback(null, True, 1)
f.dump_traceback(x=1)
f.dump_traceback(null, x=1)
f.dump_traceback(null, file=null)
f.dump_traceback_later()
f.dump_traceback_later(repeat=True)
f.dump_traceback_later(x=True)
f.dump_traceback_later(x=True, y=True)
f.dump_traceback_later(100, x=True, file=null)
f.dump_traceback_later(100, timeout=1)
f.dump_traceback_later(1, 2, 3, 4, 5)
f.dump_traceback_later(1, 2, 3, 4, 5, 6)
f.dump_traceback_later('a', x=1)
f.dump_traceback_later('a', 'a', 'a', 'a')
f.dump_traceback_later(-1, 1, 'a')
f.dump_traceback_later(nan, file=NoFileno())
(f.dump_traceback_later(100, file=null), f.dump_traceback_later(50, True, null))
(f.dump_traceback_later(100, file=null), f.cancel_dump_traceback_later())
f.cancel_dump_traceback_later()
f.cancel_dump_traceback_later(1)
f.cancel_dump_traceback_later(x=1)
f.register()
f.register(file=null)
f.register(x=1)
f.register(12, x=1)
f.register(12, signum=12)
f.register(1, 2, 3, 4, 5, 6)
f.register(12, null, True, True, 5)
f.register(11, -1)
f.register(1000, -1)
f.register(11, x=1)
f.register(11, 'abc', NoTruth())
(f.register(12, null), f.register(12, null, chain=True), f.unregister(12), f.unregister(12))
(f.register(12, 9999), f.unregister(12))
f.unregister()
f.unregister(12, 12)
f.unregister(signum=12)
f.unregister(12, signum=12)
f.unregister(12, x=1)
f.unregister(*[12, 12, 12])
f.dump_c_stack(1, 2)
f.dump_c_stack(x=1)
f.dump_c_stack(null, x=1)
f.dump_c_stack
f.nothing
f.version
""".split("\n")[1:-1]

# Without a file, under each of STDERRS.
ON_STDERR = ["f.enable()", "f.enable(None)", "f.enable(file=None)", "f.enable(all_threads=False)",
             "f.dump_traceback()", "f.dump_traceback(None, False)",
             "f.dump_traceback_later(100)", "f.dump_traceback_later(100, file=None)",
             "f.dump_traceback_later(-1)", "f.register(12)", "f.register(12, None)",
             "f.register(11)", "f.dump_c_stack()"]

STDERRS = ["null", "None", "deleted", "2", "NoFileno()", "Raises()", "Gives(-1)",
           "BadFlush()", "closed", "Gives(9999)"]


def filled(calls, values):
    return [call.replace("{}", value) for call in calls for value in values]


def all_rows():
    """(sys.stderr, expression) of each row, as text."""
    plain = (SHAPES + filled(FILES, FILE_VALUES) + filled(FLAGS, FLAG_VALUES) +
             filled(THREADS, THREADS_VALUES) + filled(TIMEOUTS, TIMEOUT_VALUES) +
             filled(SIGNALS, SIGNAL_VALUES))
    return ([("null", row) for row in plain] +
            [(stderr, row) for stderr in STDERRS for row in ON_STDERR])
