# -*- coding: utf-8 -*-
"""What exceptions.py is, for Python 2.7: exceptions27.py NAME.

It prints what the traceback module says of all that it has caught and not returned
from, innermost first, each behind a line that says what is being done about it, and
dies.  One that is being raised comes before them.
"""
import ctypes
import os
import signal
import sys
import traceback

HANDLED = "being handled"
BEFORE = "handled before"
UNKNOWN = "handled now or before"
RAISED = "being raised"


def say(texts):
    for text in texts:
        if isinstance(text, unicode):
            text = text.encode("utf-8", "backslashreplace")
        sys.stdout.write(text)
    sys.stdout.flush()


def end():
    os.kill(os.getpid(), signal.SIGSEGV)


def formatted(state, information):
    """As the traceback module has it."""
    return "-- %s --\n" % state + "".join(traceback.format_exception(*information))


def caught(state=HANDLED):
    return formatted(state, sys.exc_info())


def die(texts=(), state=HANDLED):
    say([caught(state)] + list(texts))
    end()


def fail(exception, value=None):
    raise exception, value


class Plain(Exception):
    pass


class Outer(object):
    class Inner(ValueError):
        pass


class Spoken(Exception):
    def __str__(self):
        return "by its own code"


class SpokenBase(Spoken):
    pass


class SpokenUnicode(Exception):
    """Whose str() fails first."""
    def __unicode__(self):
        return u"by its own code"


class Mixed(ValueError, KeyError):
    pass


class Attributed(Exception):
    def __init__(self, code, detail):
        super(Attributed, self).__init__("code %d" % code)
        self.code = code
        self.detail = detail


class Message(Exception):
    def __init__(self, message):
        self.message = message


class OwnOs(IOError):
    pass


class OwnSyntax(SyntaxError):
    pass


class Text(str):
    pass


class Wide(unicode):
    pass


class Number(float):
    pass


class Old:
    pass


class OldWithBase(Old):
    def __init__(self, *arguments):
        self.arguments = arguments


class OldSpoken:
    def __str__(self):
        return "by its own code"


class OldSpokenBase(OldSpoken):
    pass


class OldRepresented:
    def __repr__(self):
        return "by its own code"


class OldAsked:
    def __getattr__(self, name):
        if name == "__str__":
            return lambda: "by its own code"
        raise AttributeError(name)


class OldMixed(Old, ValueError):
    """A type, but one of its bases is none."""


def old_with_own():
    old = Old()
    old.__str__ = lambda: "by its own code"
    return old


def all_of(exceptions, texts=(), last=die):
    """Each is caught while the one before it is still there."""
    try:
        fail(exceptions[0])
    except:
        if exceptions[1:]:
            all_of(exceptions[1:], [caught()] + list(texts), last)
        last(texts)


def case_str():
    try:
        fail(ValueError("the value is wrong"))
    except ValueError:
        die()


def case_arguments():
    all_of([
        ValueError(), ValueError(""), ValueError(u""), ValueError(1), ValueError(-1), ValueError(0),
        ValueError(2 ** 70), ValueError(-2 ** 70), ValueError(5L), ValueError(0L),
        ValueError(1.5), ValueError(0.1 + 0.2), ValueError(1e16), ValueError(1e22),
        ValueError(1e300), ValueError(-0.0), ValueError(3.0), ValueError(123456789012345.0),
        ValueError(float("inf")), ValueError(-float("inf")), ValueError(float("nan")),
        ValueError(Number(0.1)),
        ValueError(2 + 3j), ValueError(3j), ValueError(-3j), ValueError(1.1 - 0.1j),
        ValueError(complex(-0.0, 1)),
        ValueError(None), ValueError(True), ValueError(False), ValueError("a", 1),
        ValueError((1, "x")), ValueError(("only",)), ValueError([1, [2, 3L]]), ValueError({"k": u"v"}),
        ValueError(()), ValueError("two", None, 3.25, "x", ("t",)), SystemExit(3), SystemExit(),
        KeyboardInterrupt(), AssertionError(("a", 1)), RuntimeError(ValueError("inside")),
        RuntimeError("with", ValueError("inside")), RuntimeError(Ellipsis), GeneratorExit("x"),
        StopIteration(), StopIteration("x"), ValueError(ValueError), ValueError(Old),
        ValueError(int), ValueError(len), ValueError(sys), ValueError(xrange(3)),
        ValueError(object), ValueError(Text("text")), ValueError(Wide(u"wide")),
    ])


def case_key_error():
    all_of([
        KeyError(), KeyError("k"), KeyError(u"k"), KeyError(u"\xe9"), KeyError("\xc3\xa9"),
        KeyError(3), KeyError(3L), KeyError("a", 1), KeyError(None), KeyError(("a", 1)),
        KeyError("a\nb"), Mixed("mixed"), KeyError(KeyError("inside")), KeyError(0.1),
    ])


def case_strings():
    all_of([
        ValueError("two\nlines"), ValueError("\nfirst\n\nlast"), ValueError("tab\there"),
        ValueError("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"), ValueError(u"ascii"),
        ValueError(u"\xe9 \u20ac \U0001f600"), ValueError(u"\ud800"), ValueError(u"a\nb\xe9"),
        ValueError(u"\xe9", 1), ValueError(ValueError(u"\xe9")), ValueError(KeyError(u"\xe9")),
        RuntimeError(IOError(u"\xe9")), RuntimeError(IOError(2, u"\xe9", "file")),
        ValueError(Wide(u"\xe9")), Plain(u"\xe9"), Exception("\xff\xfe"), ValueError("a" * 3000),
    ])


def case_os_error():
    all_of([
        IOError(), IOError("text"), IOError(2, "text"), IOError(2, "text", "file"),
        OSError(2, "text", "it's"), EnvironmentError(None, None), IOError(0, ""),
        IOError(2, "text", None), IOError(2, u"text", u"file"), IOError(2, "text", u"\xe9"),
        IOError(2, u"\xe9", "file"), IOError(2, u"\xe9"), IOError(u"\xe9"),
        IOError(1, 2, 3, 4), OwnOs(5, "own"), IOError("a", 1.5), OwnOs(u"\xe9"),
        IOError(IOError(2, u"\xe9", "file")), IOError(2L, None, ("f",)), OSError(3, "\xc3\xa9", "\xc3\xa9"),
    ])


def case_os_error_found():
    try:
        open("/nowhere/at all")
    except IOError:
        try:
            os.rmdir("/nowhere/at all")
        except OSError:
            die()


def decoding(function):
    try:
        function()
    except UnicodeError as error:
        return error


def case_unicode_error():
    all_of([
        decoding(lambda: "\xff".decode("utf-8")),
        decoding(lambda: "ab\xe4\xe4".decode("ascii")),
        decoding(lambda: u"a\xe9".encode("ascii")),
        decoding(lambda: u"a\u20ac".encode("ascii")),
        decoding(lambda: u"a\U0001f600".encode("latin-1")),
        decoding(lambda: u"\u20ac\u20ac\u20ac".encode("latin-1")),
        UnicodeDecodeError("codec", "bytes", 1, 3, "reason"),
        UnicodeDecodeError("codec", "bytes", 1, 2, "reason"),
        UnicodeDecodeError("codec", "bytes", 10, 11, "reason"),
        UnicodeEncodeError("codec", u"text\xe9", 4, 5, "reason"),
        UnicodeEncodeError("codec", u"text\x01", 4, 5, "reason"),
        UnicodeTranslateError(u"text\xe9", 4, 5, "reason"),
        UnicodeTranslateError(u"text\u20ac", 4, 5, "reason"),
        UnicodeTranslateError(u"text\xe9", 1, 5, "reason"),
        UnicodeError("only a message"), UnicodeError(u"\xe9"),
    ])


def case_classes():
    all_of([
        Plain("plain"), Outer.Inner("inner"), Spoken("not this"), SpokenBase("not this"),
        SpokenUnicode("ascii"), SpokenUnicode(u"\xe9"), RuntimeError(SpokenUnicode(u"\xe9")),
        Attributed(3, "detail"), Message("nowhere"), ValueError(Spoken("not this")),
        type("made.here", (Exception,), {})("dots"), OldMixed("mixed"), OwnOs("own"),
    ])


def case_old_classes():
    all_of([
        Old(), OldWithBase(1, 2), OldSpoken(), OldSpokenBase(), OldRepresented(), OldAsked(),
        old_with_own(), ValueError(Old()), ValueError(OldSpoken()), KeyError(Old()),
    ])


def case_old_class_raised_by_name():
    try:
        raise OldWithBase, (1, 2)
    except OldWithBase:
        die()


def case_syntax_error_found():
    sources = ["a b", "    x = (1,\n  y = 2\n", "def f():\nreturn 1", "'unclosed", "x = \tx y",
               "\xc3\xa9 = 1", "x = '\xc3\xa9' y", "if 1:\n\tx\n        y\n  z\n", "a\0b"[:1] + " b\n",
               u"# coding: x\na b"]
    found = []
    for source in sources:
        try:
            compile(source, "file.py", "exec")
        except (SyntaxError, TypeError) as error:
            found.append(error)
    all_of(found)


def case_syntax_error():
    line = "   abc def\n"
    all_of([
        SyntaxError(), SyntaxError("m"), SyntaxError(None), SyntaxError(""), SyntaxError(u"\xe9"),
        SyntaxError("m", ("f", 1, 3, line)), SyntaxError(u"\xe9", ("f", 1, 3, line)),
        SyntaxError("m", (None, 1, None, None)), SyntaxError("m", ("", 1, None, line)),
        SyntaxError("m", ("f", 1, 100, " \t ab\t\tcd\n\n")), SyntaxError("", ("f", 1, 1, "a")),
        SyntaxError(None, ("f", 1, 1, "a")), SyntaxError("m", ("f", 1, 0, line)),
        SyntaxError("m", ("f", 2, -1, line)), SyntaxError("m", ("f", 2, -100, line)),
        SyntaxError("m", ["f", 2L, 5L, line]), SyntaxError("m", ("d/f", 2, 4, u"  abc")),
        SyntaxError("m", ("f", 2, 7, "")), SyntaxError("m", ("f", 2, 7, "\n")),
        SyntaxError("m", ("f", True, 7, "\xc3\xa9\xc3\xa9 \xc3\xa9 x")),
        other_arguments(("m", 5)), other_arguments(("m", ("f", 2, 7))), other_arguments(()),
        other_arguments(("m", "f", 2)),
        IndentationError("m", ("f", 1, 3, line)), OwnSyntax("m", ("f", 1, 3, line)),
        OwnSyntax("m"), TabError("m", ("f", 1, 3, line)), SyntaxError(5, ("f", 1, 3, line)),
        SyntaxError(ValueError("inside"), ("f", 1, 3, line)), changed_syntax_error(),
    ])


def other_arguments(arguments):
    error = SyntaxError("m")
    error.args = arguments
    return error


def changed_syntax_error():
    """What it was made of counts, and what it has become does for str()."""
    error = SyntaxError("m")
    error.filename = "dir/file"
    error.lineno = 7
    error.msg = "another"
    return error


def case_no_traceback():
    """Of a moment in which nobody has it."""
    try:
        raise ValueError, "made", None
    except ValueError:
        die()


def case_traceback_given():
    try:
        fail(KeyError("first"))
    except KeyError:
        traceback_of_first = sys.exc_info()[2]
        try:
            raise ValueError, "second", traceback_of_first
        except ValueError:
            die()


def recurse(depth):
    """Nothing is folded in 2.7."""
    if depth == 0:
        fail(Plain("deep"))
    recurse(depth - 1)


def case_recursion():
    try:
        recurse(20)
    except Plain:
        die()


def catch(exception):
    try:
        fail(exception)
    except ValueError:
        pass


def case_after_the_clause():
    """It stays where it is until the function returns."""
    try:
        fail(ValueError("stays"))
    except ValueError:
        pass
    catch(ValueError("is gone"))
    die(state=BEFORE)


def case_clause_of_a_loop():
    for number in range(3):
        try:
            fail(ValueError(number))
        except ValueError:
            if number == 2:
                die()


def case_clause_of_a_loop_over():
    for number in range(3):
        if number == 2:
            die(state=BEFORE)
        try:
            fail(ValueError(number))
        except ValueError:
            pass


def case_clause_else():
    for number in range(2):
        try:
            if number == 0:
                fail(ValueError("of the first turn"))
        except ValueError:
            continue
        else:
            die(state=BEFORE)


def case_clause_body():
    """In the same statement once more, and nothing is wrong yet."""
    for number in range(2):
        try:
            if number == 1:
                die(state=BEFORE)
            fail(ValueError("of the first turn"))
        except ValueError:
            pass


def case_clause_finally():
    try:
        try:
            fail(ValueError("is over"))
        except ValueError:
            pass
    finally:
        die(state=BEFORE)


def case_clause_with_finally():
    try:
        fail(ValueError("now"))
    except ValueError:
        try:
            die()
        finally:
            pass


def case_clause_in_a_clause():
    """The outer one is forgotten."""
    try:
        fail(ValueError("outer"))
    except ValueError:
        try:
            fail(KeyError("inner"))
        except KeyError:
            pass
        die(state=BEFORE)


def case_clause_behind_another():
    try:
        fail(ValueError("first"))
    except ValueError:
        pass
    try:
        fail(KeyError("second"))
    except TypeError:
        pass
    except KeyError:
        die()


def case_clause_not_the_inner_one():
    try:
        try:
            fail(ValueError("not for the inner one"))
        except KeyError:
            pass
    except (TypeError, ValueError):
        die()


def case_clause_raised_again():
    try:
        try:
            fail(ValueError("again"))
        except ValueError:
            raise
    except ValueError:
        die()


def case_clause_of_with_over():
    with Context(silent=True):
        fail(ValueError("of the block"))
    die(state=BEFORE)


def case_clause_of_callers():
    """Of this function it is over."""
    try:
        fail(ValueError("over"))
    except ValueError:
        pass
    all_of([KeyError("of the inner one"), TypeError("of the innermost")], [caught(BEFORE)])


LONG = """
def long_function():
    try:
        fail(ValueError("in a long function"))
%s
    except ValueError:
        die(state=%r)
"""


def long_clause(count, state):
    namespace = dict(globals())
    exec(compile(LONG % ("        count = 1\n" * count, state), "long", "exec"), namespace)
    namespace["long_function"]()


def case_clause_far_away():
    long_clause(9000, HANDLED)


def case_clause_too_far_away():
    """Its code is more than is looked at."""
    long_clause(12000, UNKNOWN)


def case_cleared():
    """Of this function nothing is left, of its caller all."""
    def inner():
        try:
            fail(KeyError("cleared"))
        except KeyError:
            sys.exc_clear()
        say([outer])
        end()

    try:
        fail(ValueError("of the caller"))
    except ValueError:
        outer = caught()
        inner()


def case_nothing():
    catch(ValueError("is gone"))
    end()


def case_nothing_in_finally():
    """Where it waits for the end is known to nobody, sys.exc_info() included."""
    try:
        fail(ValueError("on its way"))
    finally:
        end()


class Context(object):
    def __init__(self, silent=False):
        self.silent = silent

    def __enter__(self):
        return self

    def __exit__(self, kind, value, entries):
        if not self.silent:
            # Of its caller, and not of this function.
            die()
        return True


def case_with():
    with Context():
        fail(ValueError("of the block"))


def case_again():
    """The same one on its way through callers."""
    def inner():
        try:
            fail(ValueError("again"))
        except ValueError:
            raise

    try:
        inner()
    except ValueError:
        die()


def case_same_twice():
    """One exception that two of the functions handle."""
    one = ValueError("the same")

    def inner():
        try:
            fail(one)
        except ValueError:
            die()

    try:
        fail(one)
    except ValueError:
        inner()


def case_generator():
    """A generator that handles one while its caller handles another."""
    def generate(outer):
        try:
            fail(KeyError("of the generator"))
        except KeyError:
            die([outer])
        yield

    try:
        fail(ValueError("of the caller"))
    except ValueError:
        for _ in generate(caught()):
            pass


# ---- What is being raised: only C can die meanwhile. ----

capsule = ctypes.pythonapi.PyCapsule_New
capsule.restype = ctypes.py_object
capsule.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
ABORT = ctypes.cast(ctypes.CDLL(None).abort, ctypes.c_void_p)


def doomed():
    """Ends the process when it is dropped, as a value in a call that fails is."""
    return capsule(1, None, ABORT)


def attempt(first, function):
    return [first(), function()]


def expected(function):
    try:
        attempt(int, function)
    except:
        kind, value, entries = sys.exc_info()
        return formatted(RAISED, (kind, value, entries.tb_next))


def raise_and_die(function, others=()):
    say([expected(function)] + list(others))
    attempt(doomed, function)


def case_raised_str():
    raise_and_die(lambda: 1 // 0)


def case_raised_made():
    raise_and_die(lambda: fail(Plain("made")))


def case_raised_os_error():
    raise_and_die(lambda: open("/nowhere/at all"))


def case_raised_os_error_without_file():
    raise_and_die(lambda: os.close(-1))


def case_raised_os_error_text():
    raise_and_die(open("/dev/null", "w").read)


def case_raised_key():
    raise_and_die(lambda: {}[("k", 1)])


def case_raised_key_unicode():
    raise_and_die(lambda: {}[u"\xe9"])


def case_raised_none():
    raise_and_die(iter([]).next)


def case_raised_stop_iteration():
    raise_and_die(lambda: next(iter([])))


def case_raised_old():
    raise_and_die(lambda: fail(OldSpoken()))


def case_raised_syntax():
    raise_and_die(lambda: compile("a b", "file.py", "exec"))


def case_raised_unicode():
    raise_and_die(lambda: "a\xe4".decode("ascii"))


def case_raised_while_handling():
    try:
        fail(KeyError("handled"))
    except KeyError:
        raise_and_die(lambda: int("x"), [caught()])


def case_raised_while_handling_several():
    """One of each kind, as in the memory of the process that is recorded."""
    def last(texts):
        raise_and_die(lambda: open("/nowhere/at all"), [caught()] + list(texts))

    try:
        fail(ImportError("over"))
    except ImportError:
        pass
    all_of([ValueError(u"\xe9 and \u20ac"), OldWithBase("old"), KeyError((u"k", 1L)),
            SyntaxError("invalid syntax", ("file.py", 3, 5, "    a b\n")), Spoken("not this"),
            IOError(2, "No such file", u"file"), ValueError(u"\xe9", 0.1)],
           [caught(BEFORE)], last)


def case_raised_again():
    """One that is handled, too."""
    def again():
        raise

    try:
        fail(KeyError("handled"))
    except KeyError:
        raise_and_die(again)


def live_waiting():
    """Not a crash: until standard input ends."""
    try:
        fail(ValueError("while it waits"))
    except ValueError:
        say([caught()])
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.read()


def names():
    return sorted(name[5:] for name in globals() if name.startswith("case_"))


if __name__ == "__main__":
    if sys.argv[1] == "--list":
        print("\n".join(names()))
    else:
        (globals().get("case_" + sys.argv[1]) or globals()["live_" + sys.argv[1]])()
