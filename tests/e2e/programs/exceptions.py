"""Dies while it handles or raises exceptions: exceptions.py NAME.

What the traceback module says of them goes to standard output first.  NAME is a
function below whose name begins with "case_"; those that need a later Python are
in `SINCE`.  With `--list` the names that this Python has are printed.
"""
import os
import signal
import sys
import sysconfig
import threading
import traceback

# A free-threaded Python does not survive it.
if sysconfig.get_config_var("Py_GIL_DISABLED"):
    _crashers = None
else:
    import _crashers


def say():
    """What is being handled, as the traceback module has it."""
    text = "".join(traceback.format_exception(*sys.exc_info()))
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.flush()


def end():
    if _crashers:
        _crashers.die("null-read")
    os.kill(os.getpid(), signal.SIGSEGV)


def die():
    say()
    end()


def fail(exception):
    raise exception


class Plain(Exception):
    pass


class Outer:
    class Inner(ValueError):
        pass


class Spoken(Exception):
    def __str__(self):
        return "by its own code"


class SpokenBase(Spoken):
    pass


class Mixed(ValueError, KeyError):
    pass


class Attributed(Exception):
    def __init__(self, code, detail):
        super().__init__("code %d" % code)
        self.code = code
        self.detail = detail


def case_str():
    try:
        fail(ValueError("the value is wrong"))
    except ValueError:
        die()


def case_no_message():
    try:
        fail(StopIteration())
    except StopIteration:
        die()


def case_empty_message():
    try:
        fail(ValueError(""))
    except ValueError:
        die()


def one_of(exceptions):
    """All of them, one the context of the next."""
    try:
        if len(exceptions) > 1:
            try:
                one_of(exceptions[1:])
            except BaseException:
                fail(exceptions[0])
        fail(exceptions[0])
    except BaseException:
        if len(exceptions) == len(ALL):
            die()
        raise


ALL = []


def case_arguments():
    ALL[:] = [
        ValueError(1), ValueError(-1), ValueError(0), ValueError(2 ** 70), ValueError(-2 ** 70),
        ValueError(1.5), ValueError(float("inf")), ValueError(None), ValueError(True),
        ValueError(False), ValueError(b"bytes\0\xff"), ValueError("a", 1), ValueError((1, "x")),
        ValueError(("only",)), ValueError([1, [2, 3]]), ValueError({"k": "v"}), ValueError(()),
        ValueError(2 + 3j), ValueError("two", None, 3.25, b"x", ("t",)), SystemExit(3),
        KeyboardInterrupt(), AssertionError(("a", 1)), RuntimeError(ValueError("inside")),
        RuntimeError("with", ValueError("inside")), RuntimeError(...), GeneratorExit("x"),
    ]
    one_of(ALL)


def case_key_error():
    ALL[:] = [KeyError("key"), KeyError(1), KeyError(None), KeyError("it's"), KeyError('"', 1),
              KeyError(), KeyError(("a", "b")), KeyError("new\nline"), KeyError("\u00e4\u732b\U0001f600"),
              KeyError("\x7f\x80\u200b\ud800"), IndexError("i"), Mixed("mixed")]
    one_of(ALL)


def case_os_error():
    try:
        try:
            open("/does/not/exist")
        except OSError:
            os.rename("/does/not/exist", "/nor/th\u00efs'")
    except OSError:
        ALL[:] = [OSError("only"), OSError(2, "No such thing"), OSError(2, "No such thing", "x"),
                  OSError(5, None), OSError(2, "a", "b", 0, "c"), OSError(), OSError(1, 2, 3, 4, 5, 6),
                  ConnectionRefusedError(111, "Connection refused"), BlockingIOError(11, "x", 3)]
        one_of(ALL)


def case_import_error():
    ALL[:] = [ImportError("no module", name="x"), ImportError(), ImportError("a", "b"),
              ModuleNotFoundError("No module named 'nothing'")]
    one_of(ALL)


def case_unicode_error():
    ALL[:] = [made(lambda: "\u732b".encode("latin-1")), made(lambda: "a\u732b\u732b".encode("ascii")),
              made(lambda: "\U0001f600".encode("latin-1")), made(lambda: "\xe4".encode("ascii")),
              made(lambda: b"\xff".decode("utf-8")), made(lambda: b"abc\xe4\xe4".decode("ascii")),
              UnicodeTranslateError("x\xe4y", 1, 2, "why"), UnicodeTranslateError("xyz", 1, 3, "why"),
              UnicodeTranslateError("\u732b", 0, 1, "why"), UnicodeError("plain")]
    one_of(ALL)


def made(function):
    try:
        function()
    except Exception as exception:
        return exception


def case_cause():
    try:
        try:
            fail(KeyError("first"))
        except KeyError as error:
            raise ValueError("second") from error
    except ValueError as error:
        try:
            raise RuntimeError("third") from error
        except RuntimeError:
            die()


def case_context():
    try:
        try:
            fail(KeyError("first"))
        except KeyError:
            fail(ValueError("second"))
    except ValueError:
        try:
            fail(RuntimeError("third"))
        except RuntimeError:
            die()


def case_from_none():
    try:
        try:
            fail(KeyError("hidden"))
        except KeyError:
            raise ValueError("shown") from None
    except ValueError:
        die()


def case_circle():
    first, second = ValueError("first"), ValueError("second")
    try:
        fail(first)
    except ValueError:
        first.__context__ = second
        second.__context__ = first
        second.__cause__ = first
        die()


def case_seen_twice():
    """A context that is also a cause further in: which place is left out?"""
    shared = made(lambda: fail(KeyError("shared")))
    inner = made(lambda: fail(ValueError("inner")))
    inner.__context__ = shared
    outer = RuntimeError("outer")
    outer.__cause__ = inner
    outer.__context__ = shared
    try:
        fail(outer)
    except RuntimeError as error:
        error.__context__ = shared
        die()


def case_long_chain():
    error = None
    for number in range(100):
        new = ValueError("number %d" % number)
        new.__cause__ = error
        error = new
    try:
        fail(error)
    except ValueError:
        die()


def again():
    again()


def there(depth):
    if depth:
        back(depth - 1)
    else:
        fail(ValueError("deep"))


def back(depth):
    there(depth)


def case_recursion():
    try:
        again()
    except RecursionError:
        die()


def repeat(depth):
    if depth == 0:
        fail(ValueError("counted"))
    repeat(depth - 1)


def case_repeated():
    try:
        try:
            try:
                repeat(3)
            except ValueError:
                repeat(4)
        except ValueError:
            repeat(5)
    except ValueError:
        try:
            there(8)
        except ValueError:
            die()


def case_text():
    ALL[:] = [ValueError("\u00e4\u00f6\u00fc"), ValueError("\u0401\u0436"), ValueError("\u732b \U0001f600"),
              ValueError("two\nlines"), ValueError("ends\n"), ValueError("\n"), ValueError("a\n\nb"),
              ValueError("it's \"quoted\" \\ back"), ValueError("x" * 5000), ValueError("  blanks  ")]
    one_of(ALL)


def case_classes():
    ALL[:] = [Plain("plain"), Outer.Inner("inner"), Attributed(7, "detail"), threading.ThreadError("t"),
              threading.BrokenBarrierError("broken"), type("Made", (Plain,), {})("made"),
              type("Moved", (Plain,), {"__module__": "some.where"})("moved")]
    if sys.version_info >= (3, 9):
        ALL.append(type("Odd", (Plain,), {"__module__": 3})("odd"))
    one_of(ALL)


def case_spoken():
    try:
        try:
            fail(Spoken("not this"))
        except Spoken:
            fail(SpokenBase("nor this"))
    except Spoken:
        die()


def case_spoken_argument():
    try:
        fail(ValueError(Spoken("x")))
    except ValueError:
        die()


def bad_source(*sources):
    errors = []
    for source in sources:
        try:
            compile(source, "made <up>.py", "exec")
        except SyntaxError as error:
            errors.append(error)
    return errors


def case_syntax():
    ALL[:] = bad_source("a b\n", "  x = (1,\n", "def f(:\n", "if x:\ny\n", "x = 'abc\n", "1 +\n",
                        "\tfoo bar baz\n", "print 'x'\n", "caf\u00e9 = = 1\n", "f(a for b in c, d)\n",
                        "x = 1\n  y = 2\n", "return\n", "a = 5 = b\n", "\u732b \u732b = 1\n", "def",
                        "x = '''abc\n\n\n", "f(**x, *y)\n", "class A:\n\tx\n        y\n", "'\\x'",
                        "lambda: (yield) = 1\n", "for x in range(10)\n    pass\n")
    one_of(ALL)


def case_syntax_made():
    place = ("file.py", 3, 5, "    x = bad\n")
    ALL[:] = [SyntaxError(), SyntaxError("only"), SyntaxError("msg", place), SyntaxError(None, place),
              SyntaxError("msg", (None, 3, 5, "text")), SyntaxError("msg", ("f", None, None, None)),
              SyntaxError("msg", ("f", 1, 0, "text")), SyntaxError("msg", ("f", 1, 100, "text")),
              SyntaxError("msg", ("f", 1, -1, "text")), SyntaxError("msg", ("", 1, 2, "")),
              SyntaxError("msg", ("f", 1, None, "  text  ")), SyntaxError("two\nlines", place),
              SyntaxError("", place), IndentationError("i", place), TabError("t", place),
              SyntaxError("msg", ("f", "a line", 3, "text"))]
    if sys.version_info >= (3, 10):
        ALL.extend([SyntaxError("msg", place + (3, 8)), SyntaxError("msg", place + (4, 2)),
                    SyntaxError("msg", place + (3, 0)), SyntaxError("msg", place + (3, -1)),
                    SyntaxError("msg", place + (3, 500)), SyntaxError("msg", place + (None, None)),
                    SyntaxError("msg", place + (3, 2))])
    if sys.version_info >= (3, 14):
        ALL.extend([SyntaxError("msg", ("f", 1, 3, 4)), SyntaxError("msg", ("f", 1, "a", "text"))])
    one_of(ALL)


def case_notes():
    error = ValueError("noted")
    error.add_note("a note")
    error.add_note("two\nlines")
    error.add_note("")
    other = Attributed(3, "x")
    other.add_note("\u00e4\u732b")
    third = Plain("third")
    third.__notes__ = ["kept", 7, None, ValueError("e")]
    fourth = Plain("fourth")
    fourth.__notes__ = ("tuple", "of them")
    fifth = Plain("fifth")
    fifth.__notes__ = []
    ALL[:] = [error, other, third, fourth, fifth, OSError(2, "x", "y")]
    ALL[-1].add_note("behind a file")
    one_of(ALL)


def case_notes_odd():
    first = Plain("first")
    first.__notes__ = "no list"
    second = Plain("second")
    second.__notes__ = 5
    ALL[:] = [first, second]
    one_of(ALL)


def case_group():
    members = [made(lambda: fail(ValueError("one"))), KeyError("two"),
               made(lambda: fail(OSError(2, "three", "f")))]
    try:
        raise ExceptionGroup("several", members)
    except ExceptionGroup:
        die()


def nested(depth):
    if depth == 0:
        return made(lambda: fail(ValueError("innermost")))
    return made(lambda: fail(ExceptionGroup("depth %d" % depth, [nested(depth - 1), TypeError(depth)])))


def case_group_nested():
    first = made(lambda: fail(ValueError("two\nlines")))
    first.add_note("noted\ntwice")
    inner = made(lambda: fail(ExceptionGroup("inner", [first, bad_source("a b\n")[0]])))
    inner.add_note("on a group")
    last = made(lambda: fail(KeyError("with cause")))
    last.__cause__ = made(lambda: fail(ValueError("the cause")))
    try:
        try:
            raise BaseExceptionGroup("outer", [inner, KeyboardInterrupt(), last, inner, nested(2)])
        except BaseExceptionGroup as group:
            raise RuntimeError("because of a group") from group
    except RuntimeError:
        die()


def case_group_deep():
    try:
        fail(nested(13))
    except ExceptionGroup:
        die()


def case_group_wide():
    try:
        try:
            raise ExceptionGroup("wide", [ValueError(number) for number in range(40)])
        except ExceptionGroup:
            raise ExceptionGroup("one too many", [ValueError(number) for number in range(16)])
    except ExceptionGroup:
        die()


def case_group_shared():
    """The same context for two members, and a group as the context of one."""
    shared = made(lambda: fail(KeyError("shared")))
    one, two = made(lambda: fail(ValueError("one"))), made(lambda: fail(ValueError("two")))
    one.__context__ = two.__context__ = shared
    inner = made(lambda: fail(ExceptionGroup("inner", [one, two])))
    three = made(lambda: fail(TypeError("three")))
    three.__context__ = inner
    try:
        raise ExceptionGroup("outer", [three, one, two, inner])
    except ExceptionGroup:
        die()


def case_except_star():
    namespace = {}
    exec("def star(fail, die):\n"
         "    try:\n"
         "        raise ExceptionGroup('eg', [ValueError(1), TypeError(2)])\n"
         "    except* ValueError:\n"
         "        die()\n", namespace)
    namespace["star"](fail, die)


def case_finally():
    try:
        fail(ValueError("on its way"))
    finally:
        die()


def case_generator():
    """Each generator that runs has its own."""
    def inside():
        try:
            fail(KeyError("in the generator"))
        except KeyError:
            die()
        yield

    try:
        fail(ValueError("outside"))
    except ValueError:
        for _ in inside():
            pass


def case_thread():
    """Not the thread that dies, but one that waits in its handler."""
    ready = threading.Event()

    def wait():
        try:
            fail(ValueError("in a thread"))
        except ValueError:
            say()
            ready.set()
            threading.Event().wait()

    threading.Thread(target=wait, daemon=True).start()
    ready.wait()
    end()


def live_waiting():
    """Not a crash: until standard input ends."""
    try:
        fail(ValueError("while it waits"))
    except ValueError:
        say()
        print("ready", flush=True)
        sys.stdin.read()


def raise_and_die(kind, value, made_now):
    made_now.__context__ = sys.exc_info()[1]
    lines = traceback.format_exception(type(made_now), made_now, None)
    sys.stdout.write("".join(lines))
    sys.stdout.flush()
    _crashers.raise_and_die(kind, value)


def case_raised():
    raise_and_die(ValueError, "not made yet", ValueError("not made yet"))


def case_raised_tuple():
    raise_and_die(ValueError, ("a", 1), ValueError("a", 1))


def case_raised_key():
    raise_and_die(KeyError, ("k",), KeyError("k"))


def case_raised_none():
    raise_and_die(ValueError, None, ValueError())


def case_raised_while_handling():
    try:
        fail(KeyError("handled"))
    except KeyError:
        raise_and_die(ValueError, "raised", ValueError("raised"))


# 3.8 itself does not come out of a circle that it raises something in.
SINCE = {"circle": (3, 9), "notes": (3, 11), "notes_odd": (3, 12), "group": (3, 11), "group_nested": (3, 11),
         "group_deep": (3, 11), "group_wide": (3, 11), "group_shared": (3, 11),
         "except_star": (3, 11)}


def names():
    for name in sorted(globals()):
        if not name.startswith("case_") or sys.version_info < SINCE.get(name[5:], (3,)):
            continue
        # Only C raises something and dies before it is handled.
        if _crashers or not name.startswith("case_raised"):
            yield name[5:]


if __name__ == "__main__":
    if sys.argv[1] == "--list":
        print(*names(), sep="\n")
    else:
        (globals().get("case_" + sys.argv[1]) or globals()["live_" + sys.argv[1]])()
