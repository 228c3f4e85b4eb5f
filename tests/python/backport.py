"""What the backport faulthandler 3.2 says on Python 2.7, by reading its source.

The backport is not on every machine, and its source not in this repository.
"""

import suite

CLOSED = "ValueError: I/O operation on closed file"
BAD = "ValueError: file is not a valid file descripter"
BAD_FILENO = "RuntimeError: file.fileno() is not a valid file descriptor"
NOT_POSITIVE = "ValueError: timeout must be greater than 0"
RANGE = "ValueError: signal number out of range"
NO_INTEGER = "TypeError: an integer is required"
FLOAT = "TypeError: integer argument expected, got float"
NO_LONG = "AttributeError: 'long' object has no attribute 'fileno'"

ROWS = [
    ("null", "f.enable()", "None"),
    ("null", "f.enable(1, 2, 3)", "TypeError: enable() takes at most 2 arguments (3 given)"),
    ("null", "f.enable(x=1)", "TypeError: 'x' is an invalid keyword argument for this function"),
    ("null", "f.enable(null, 'a')", NO_INTEGER),
    ("null", "f.enable(null, 1.0)", FLOAT),
    ("null", "f.enable(-1)", BAD),
    ("null", "f.enable(2**31)", BAD),
    ("null", "f.enable(9999)", "None"),
    ("null", "f.enable(1L)", NO_LONG),
    ("null", "f.enable(big)", NO_LONG),
    ("null", "f.enable(True)", "None"),
    ("null", "f.enable('abc')", "AttributeError: 'str' object has no attribute 'fileno'"),
    ("null", "f.enable(closed)", CLOSED),
    ("null", "f.enable(Gives(0))", BAD_FILENO),
    ("null", "f.enable(Gives(1L))", BAD_FILENO),
    ("null", "f.enable(Gives(-1))", BAD_FILENO),
    ("null", "f.enable(Gives(2**31 - 1))", BAD_FILENO),
    ("null", "f.enable(Gives(None))", BAD_FILENO),
    ("null", "f.enable(BadFlush())", "None"),
    ("null", "f.enable(NoFlush())", "None"),
    ("null", "f.enable(Raises())", "KeyError: 'fileno'"),
    ("None", "f.enable()", "RuntimeError: sys.stderr is None"),
    ("None", "f.dump_traceback()", "RuntimeError: sys.stderr is None"),
    ("None", "f.register(12)", "RuntimeError: sys.stderr is None"),
    ("None", "f.dump_traceback_later(100)", "RuntimeError: sys.stderr is None"),
    ("deleted", "f.enable()", "RuntimeError: unable to get sys.stderr"),
    ("null", "f.disable()", "False"),
    ("null", "(f.enable(null), f.is_enabled(), f.disable(), f.is_enabled())",
     "(None, True, True, False)"),
    ("null", "f.disable(1)", "TypeError: disable() takes no arguments (1 given)"),
    ("null", "f.is_enabled(x=1)", "TypeError: is_enabled() takes no keyword arguments"),
    ("null", "f.dump_traceback(null, False)", "None"),
    ("null", "f.dump_traceback_later(1)", "None"),
    ("null", "f.dump_traceback_later(0)", NOT_POSITIVE),
    ("null", "f.dump_traceback_later(-1, file=-1)", NOT_POSITIVE),
    ("null", "f.dump_traceback_later(1, file=-1)", BAD),
    ("null", "f.dump_traceback_later(0.5)", FLOAT),
    ("null", "f.dump_traceback_later('1')", NO_INTEGER),
    ("null", "f.dump_traceback_later(2**31)",
     "OverflowError: signed integer is greater than maximum"),
    ("null", "f.dump_traceback_later()",
     "TypeError: Required argument 'timeout' (pos 1) not found"),
    ("null", "f.cancel_dump_traceback_later()", "None"),
    ("null", "f.register(12)", "None"),
    ("null", "(f.register(12), f.unregister(12), f.unregister(12))", "(None, True, False)"),
    ("null", "f.register(11, -1)",
     "RuntimeError: signal 11 cannot be registered, use enable() instead"),
    ("null", "f.register(65, -1)", RANGE),
    ("null", "f.unregister(0)", RANGE),
    ("null", "f.register(9)", "OSError: [Errno 22] Invalid argument"),
    ("null", "f.unregister()", "TypeError: unregister() takes exactly 1 argument (0 given)"),
    ("null", "f.unregister(12, x=1)", "False"),
    # The backport has none.
    ("null", "f.dump_c_stack()", "None"),
    ("null", "f.dump_c_stack(-1)", BAD),
    ("None", "f.dump_c_stack()", "RuntimeError: sys.stderr is None"),
]


def compare(module, evaluate, clean):
    """Counts each row, evaluated on MODULE by EVALUATE(module, sys.stderr, row)."""
    for stderr, expression, wanted in ROWS:
        found = evaluate(module, stderr, expression)
        clean(module)
        text = "%s with sys.stderr %s" % (expression, stderr)
        if found == [wanted]:
            suite.count("passed", text)
        else:
            suite.count("failed", "%s\n  backport  %s\n  fdpreload %s"
                        % (text, wanted, found))
