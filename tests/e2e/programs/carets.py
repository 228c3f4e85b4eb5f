"""Dies while it handles exceptions of many expressions: carets.py FIRST COUNT.

What the traceback module says of them goes to standard output first, with the
places that it marks.  Without arguments: how many there are.
"""
import os
import signal
import sys
import traceback

# Each is a function's body; `bad` fails whatever is done with it, `good` never does.
STATEMENTS = r'''
bad + 1
bad+1
bad  +  1
1 + bad
good + bad * 2
good * bad + bad
bad ** 2
-bad ** 2
bad ** -good
bad // 2
bad/2
bad % 3
bad @ good
bad << 1
bad>>1
bad & good
bad | 1 & 2
bad ^ good
(bad) + 1
(bad)+ 1
((bad)) + ((good))
(bad + 1)
(bad + 1) * 2
2 * (bad + 1)
good +(bad)
good + bad + 1
good - (good + bad)
not bad + 1
~bad
-bad
bad < 1
bad == good
good in bad
bad and 1
good if bad else 1
1 if bad + 1 else 2
bad[0]
bad [0]
bad[ 0 ]
bad[(0)]
bad[0][1]
good[bad]
good[good + bad]
bad[1:2]
bad[1, 2]
bad['a]b']
good[0][bad[1]]
(bad)[0]
bad.attribute
good.bad.attribute
bad()
bad(1)
bad (1)
bad(1, 2, key=3)
bad(*[1], **{'a': 2})
good(bad(1))
good(1)(bad)
bad(1)(2)
bad.method(1)
good.method(bad + 1)
good(bad + 1, good)
bad(")", '(', "]")
bad("it's", 'say "x"')
bad(f"{good} {good + 1!r:>{10}}")
bad(rb"\x00", b'x')
bad("""a""")
bad(1.5e-3, 0x1f, 1_000, 1j)
bad(lambda x, y=(1, 2): x + y)
bad(x for x in good)
bad([x for x in good])
bad({1: 2, **good})
bad(...)
(lambda: bad + 1)()
[bad + x for x in [1]]
{bad: 1}
x = bad(1)
x = bad (1)
x = bad(1)  # a comment
x = bad(1);
x = bad.method(1)
x = bad(1)(2)
x = bad(1) + 2
x = y = bad(1)
good.x = bad(1)
good[0] = bad(1)
x = good(bad(1))
x = (bad(1))
x: int = bad(1)
x, y = bad(1)
return bad(1)
return  bad(1)
return bad(1), 2
return bad.method(1)
return (bad(1))
return good(bad(1))
return bad(1) if good else 2
return bad + 1
return bad
yield_ = bad(1)
if bad(1): pass
for x in bad(1): pass
for x in bad: pass
with bad(1): pass
with bad: pass
assert bad.x, 'no'
assert bad(1)
raise bad(1)
del bad[0]
bad[0] = 1
bad.x = 1
bad += 1
x = good; x += bad
print(f'{bad + 1}')
print(f'{good:{bad}}')
print(f"{bad(1)!r}", 1)
x = [bad(1), 2]
x = good if good else bad(1)
größe = bad + 1
größe = 'ü' + (bad + 1)
'äöü' and bad + 1
good('漢字') + bad(1)
good('漢字', bad + '漢字')
good('😀') and bad['漢']
good('é'), bad  /  good('é')
good("漢") + (bad)+ 1
bad * good('é')
good('e\u0301') and bad(1)
bad	+	1
good(1)   ;   bad(2)   
x = bad(1)   
bad + 1   
bad(
    1,
    2,
)
good(
    1) + bad
bad(1,
    2)
x = bad(
    1,
    2,
    3,
    4,
    5,
)
return bad(
    good,
    good(1),
)
return bad.method(
    good,

    good(1),
)
good(
    1,
    bad + 2,
    3,
)
good(
    1,
    bad(
        2,
        3,
    ),
)
(
    bad
    + 1
)
x = (
    bad +
    1
)
(good
 + good
 # a comment
 + bad
 + good
)
good + \
    bad
bad[
    1
]
bad[
    1:
    2
][3]
good(
    bad
    (1)
)
bad(
  """a
b
c
d""",
  2)
good(  # one
    bad,  # two
) + bad(  # three
    4  # four
)
x = [
    1,
    2,
    bad,
    3,
    bad + 1,
    4,
]
bad(
        1,
    2,
            3,
)
good(1,
     2) + (
     bad
) + 3
good(
    1,
    2,
    3,
    4,
    5,
    6,
    7,
) + bad + good(
    1,
    2,
    3,
    4,
)
'''


class Fails(Exception):
    pass


def fail(*_, **__):
    raise Fails("by itself")


def same(self, *_, **__):
    return self


OPERATORS = ("add sub mul matmul truediv floordiv mod pow lshift rshift and xor or".split())
OTHERS = ("__call__ __getitem__ __setitem__ __delitem__ __getattr__ __setattr__ __neg__ __invert__ "
          "__bool__ __lt__ __eq__ __contains__ __iter__ __enter__ __hash__ __format__").split()
every = ["__%s__" % name for name in OPERATORS]
every += ["__r%s__" % name for name in OPERATORS] + ["__i%s__" % name for name in OPERATORS]
Bad = type("Bad", (), {name: fail for name in every + OTHERS})
Good = type("Good", (), dict({name: same for name in every}, __call__=same, __getitem__=same,
                             __setitem__=same, method=same, __contains__=lambda *_: True,
                             __iter__=lambda self: iter([self]),
                             __getattr__=lambda self, name: bad if name == "bad" else self))
# The other way round as well: what is on the right side of what cannot.
for name in OPERATORS:
    setattr(Good, "__%s__" % name, lambda self, other: NotImplemented if isinstance(other, Bad)
            else self)
bad, good = Bad(), Good()


def bodies():
    """The statements, each with the lines that continue it."""
    found = []
    for line in STATEMENTS.strip("\n").split("\n"):
        try:
            compile("def f():\n" + indented(found[-1]), "", "exec")
            whole = True
        except (SyntaxError, IndexError):
            whole = not found
        if whole:
            found.append(line)
        else:
            found[-1] += "\n" + line
    return found


def indented(body):
    return "".join("    " + line + "\n" for line in body.split("\n"))


def functions(first, count):
    """Made of a file, so that there is source; those that this version does not know are left
    out."""
    chosen = bodies()[first:first + count]
    with open("made.py", "w", encoding="utf-8") as file:
        for number, body in enumerate(chosen):
            file.write("def f%d(bad, good):\n%s\n\n" % (number, indented(body)))
    namespace = {}
    with open("made.py", encoding="utf-8") as file:
        exec(compile(file.read(), os.path.abspath("made.py"), "exec"), namespace)
    return [namespace["f%d" % number] for number in range(len(chosen))]


def chain(first, count):
    """One exception whose context are those of all."""
    last = None
    for function in functions(first, count):
        try:
            function(bad, good)
        except Exception as error:
            error.__traceback__ = error.__traceback__.tb_next
            error.__context__, last = last, error
    return last


def main():
    if len(sys.argv) == 1:
        print(len(bodies()))
        return
    try:
        raise chain(int(sys.argv[1]), int(sys.argv[2]))
    except Exception as error:
        text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
        sys.stdout.flush()
        os.kill(os.getpid(), signal.SIGSEGV)


main()
