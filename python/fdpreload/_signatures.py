"""What each function takes in the version of Python that runs.

Letters are those of PyArg_ParseTuple(): O any object, i a C int, p the truth of any
object, n a Py_ssize_t, d a double.
"""

import sys

RUNNING = sys.version_info[:2]

# A flag was a number until its function was taught truth.
FLAG = "p" if RUNNING >= (3, 12) else "i"
LATER_FLAG = "p" if RUNNING >= (3, 15) else "i"

# Whole seconds in the backport, which uses alarm(2).
TIMEOUT = "i" if RUNNING < (3,) else "d" if RUNNING < (3, 7) else "O"

HAS_C_STACK = RUNNING >= (3, 14)
HAS_MAX_THREADS = RUNNING >= (3, 15)

# What faulthandler calls itself in an error about a function without arguments.
PREFIX = "faulthandler." if RUNNING >= (3, 9) else ""

MAX_THREADS = 100


class Stderr(object):
    """Stands for a default that is looked up when the function is called."""

    def __repr__(self):
        return "sys.stderr"


class Parameter(object):
    """One parameter: its name, the letter of its type, its default if it has one.

    only    it is given by keyword
    ours    faulthandler does not have it, and it is keyword-only
    """

    def __init__(self, name, letter, *default, **kind):
        self.name = name
        self.letter = letter
        self.required = not default
        self.default = default[0] if default else None
        self.ours = kind.get("ours", False)
        self.only = kind.get("only", False) or self.ours

    def text(self):
        return self.name if self.required else "%s=%r" % (self.name, self.default)


class Signature(object):
    """The parameters of the function NAME, in order."""

    def __init__(self, name, *parameters):
        self.name = name
        self.parameters = parameters
        self.parsed = [one for one in parameters if not one.ours]

    def format(self):
        """For PyArg_ParseTupleAndKeywords(): "O|iOi:dump_traceback_later"."""
        text = ""
        for one in self.parsed:
            text += "" if one.required or "|" in text else "|"
            text += "$" if one.only and "$" not in text else ""
            text += one.letter
        return "%s:%s" % (text, self.name)

    def inner(self):
        """What stands between the parentheses of a definition."""
        texts = []
        for one in self.parameters:
            if one.only and "*" not in texts:
                texts.append("*")
            texts.append(one.text())
        return ", ".join(texts)

    def text(self):
        """As __text_signature__ of a built-in function."""
        inner = self.inner()
        return "($module, /, %s)" % inner if inner else "($module, /)"

    def like(self):
        """A function that only has this signature, for inspect and help()."""
        return eval("lambda %s: None" % self.inner().replace("sys.stderr", "stderr"),
                    {"stderr": Stderr()})


class PositionalSignature(Signature):
    """One whose parameters have no names for the caller."""

    def text(self):
        return "($module, %s, /)" % self.inner()

    def like(self):
        mark = ", /" if RUNNING >= (3, 8) else ""
        return eval("lambda %s%s: None" % (self.inner(), mark))


def _file():
    return Parameter("file", "O", Stderr())


def _flag(name, default, letter=FLAG):
    return Parameter(name, letter, default)


def _full():
    return Parameter("full", "O", False, ours=True)


def _name():
    return Parameter("name", "O", None, ours=True)


_c_stack = [_flag("c_stack", True)] if HAS_C_STACK else []
_max_threads = ([Parameter("max_threads", "n", MAX_THREADS, only=True)]
                if HAS_MAX_THREADS else [])

enable = Signature("enable", _file(), _flag("all_threads", True),
                   *(_c_stack + _max_threads + [_full()]))
disable = Signature("disable")
is_enabled = Signature("is_enabled")
dump_traceback = Signature("dump_traceback", _file(), _flag("all_threads", True),
                           *(_max_threads + [_full()]))
dump_c_stack = Signature("dump_c_stack", _file())
dump_traceback_later = Signature(
    "dump_traceback_later", Parameter("timeout", TIMEOUT),
    _flag("repeat", False, LATER_FLAG), _file(), _flag("exit", False, LATER_FLAG),
    *(_max_threads + [_name(), _full()]))
cancel_dump_traceback_later = Signature("cancel_dump_traceback_later", _name())
register = Signature("register", Parameter("signum", "i"), _file(),
                     _flag("all_threads", True), _flag("chain", False),
                     *(_max_threads + [_full()]))
unregister = PositionalSignature("unregister", Parameter("signum", "i"))
