"""Has locals of all kinds, and says itself what repr() makes of each."""
import collections
import ctypes
import enum
import json
import os
import sys
import threading

try:
    import dataclasses
except ImportError: # 3.6
    dataclasses = None

OPTIMIZED = 1

# Free-threaded builds have more of it.
HEAD = object.__basicsize__ - 16


def expected(frame):
    """What FRAME and its callers have: names, and repr() of the values."""
    frames = []
    while frame:
        optimized = frame.f_code.co_flags & OPTIMIZED
        values = dict(frame.f_locals) if optimized else {}
        frames.append([frame.f_code.co_name, {
            name: repr(value) for name, value in values.items()}])
        frame = frame.f_back
    return frames


def show(frame):
    """To be looked at from outside."""
    text = json.dumps(expected(frame))
    print("ready\n" + text, flush=True)
    sys.stdin.read()


def address(value):
    return "0x%x" % id(value)


class Plain:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)

    def method(self, value, *rest, key="κλειδί", **more):
        inner = value
        return self.closure(inner, more)

    def closure(self, argument, more):
        free, never = argument, None
        del never

        def function(again=True):
            nonlocal free
            free = [free, argument]
            return strings(free, argument)
        return function()


class Usual:
    """Attributes that are set one by one, as most are."""

    def __init__(self):
        self.one = 1
        self.second = ["two"]
        self.third = None
        del self.one
        self.one = "again"


class Slots:
    __slots__ = ("first", "second", "_Slots__third")

    def __init__(self):
        self.first = 1.5
        self._Slots__third = {}


class Both(Slots):
    __slots__ = ("__dict__", "more")

    def __init__(self):
        super().__init__()
        self.more = b"more"
        self.free = ()


class Odd:
    """Its __repr__ is not asked."""

    def __repr__(self):
        os._exit(3)


class Base:
    def __repr__(self):
        return "<__main__.Base object at %s>" % address(self)


def numbers():
    zero, one, minus, true, false, none = 0, 1, -1, True, False, None
    dots, no = ..., NotImplemented
    edges = [2**30 - 1, 2**30, -2**30, 2**60 - 1, 2**60, 2**63, -2**64, 10**9, 10**18]
    large, negative, longest = 3**1000, -7**501, 10**4300 - 1
    floats = [0.0, -0.0, 1.0, 0.1, -2.5, 1e16, 1e15, 123456789012345.6, 1e-4, 1e-5, 1e22, 1e23,
              5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 0.30000000000000004]
    odd = (float("inf"), float("-inf"), float("nan"), 3.0e10, 1 / 3, 100.0, 9007199254740993.0)
    complexes = [1j, -1j, 1 + 2j, complex(-0.0, 1), complex(1, float("nan")),
                 complex(float("inf"), -0.0), complex(0.0, -2.5), 1e20 + 1e-7j]
    ranges = [range(5), range(1, 10, 3), range(-3), slice(1), slice(None, 2, -1)]
    return containers(one)


def containers(first):
    empty = [[], (), {}, set(), frozenset(), "", b"", bytearray()]
    single, pair, nested = (1,), (1, "two"), [[1, (2,)], {"a": {"b": [3]}}]
    mapping = {"z": 1, "a": 2, 3: None, (1, 2): [4], None: {}}
    del mapping["a"]
    mapping["a"] = "again"
    numbers_set, letters, frozen = {5, 1, 3}, {"x"}, frozenset({7})
    numbers_set.discard(1)
    grown = {number: str(number) for number in range(30)}
    circle, ring = [1], {}
    circle.append(circle)
    ring["self"] = ring
    knot = ([],)
    knot[0].append(knot)
    array = bytearray(b"by'tes\x00\xff")
    error, nothing = ValueError("what", 1), KeyError()
    missing = FileNotFoundError(2, "No such file", "name")
    return objects(first)


def objects(first):
    function, builtin, method, kind = containers, len, [].append, dict
    bound, own, meta = Base().__repr__, Base, enum.EnumMeta
    code, cells = containers.__code__, (lambda: first).__closure__
    generator, coroutine = (one for one in ()), wait()
    lock, plain, view = threading.Event, object(), iter([])
    ordered = collections.deque
    local = lambda value=first: value  # noqa: E731
    cell = (lambda: local).__closure__
    try:
        return list(generate(3))
    finally:
        coroutine.close()


async def wait():
    return None


def generate(count):
    total = 0.5
    for number in range(count):
        total += number
        yield comprehend(total)


def comprehend(total):
    return [loop(item, total) for item in "é"]


LOOP = """
def loop(item, total, /):
    coroutine = awaits(total)
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
"""
if sys.version_info < (3, 8):
    LOOP = LOOP.replace(", /", "")
exec(compile(LOOP, __file__, "exec"))


async def awaits(total):
    größe, имя = "größe", "имя\n"
    return Plain().method(größe, 1, 2, key=имя, other="that", and_more={})


def strings(free, argument):
    plain, quotes, both = "text", "it's", "it's \"both\""
    lines, controls = "a\nb\tc\rd\\e", "\x00\x1b[31m\x7f\x85\xa0\xad"
    latin, wide, astral = "größe ÿ", "漢字 имя \u200b\u2028", "\U0001f600 \U000e0001 \U0010ffff"
    surrogates, private, combining = "\udc80\ud800 x", "\ue000\ufffe", "e\u0301"
    new = "\u061d \u1c89 \U0001fadf \U0001f6dc"
    data, quoted = b"plain", b"it's \"both\" \\ \n\t\r \x00\x7f\x80\xff"
    full = "x" * 1024
    full_bytes = b"\x00" * 1024
    show(sys._getframe())


def of_repr():
    class Body:
        attribute = 1
        numbers()


# What is not that of repr(): the text, with addresses in it.

class Text(str):
    pass


class List(list):
    pass


class Number(int):
    pass


class Map(dict):
    pass


class Array(bytearray):
    pass


class Color(enum.IntEnum):
    RED = 1


Point = collections.namedtuple("Point", "x y")


class Failed(Exception):
    pass


class Data:
    name: str
    api_key: str

    def __init__(self, name, api_key):
        self.name = name
        self.api_key = api_key


if dataclasses:
    Data = dataclasses.dataclass(Data)


def of_arrays():
    """Of numpy: shape, and what str() says of the dtype where that has one size."""
    import numpy
    shapes = numpy.zeros(()), numpy.zeros(3), numpy.zeros((2, 0, 5))
    wanted = {}

    def expect(array, name=None):
        return "<numpy.ndarray object at %s> {shape=%r, dtype=%s}" % (
            address(array), array.shape, name or array.dtype)

    scalar, line, cube = shapes
    wanted.update(scalar=expect(scalar), line=expect(line), cube=expect(cube))
    names = "?bBhHiIlLqQfdgFDGOe"
    kinds = [numpy.zeros(1, name) for name in names]
    wanted["kinds"] = "[%s]" % ", ".join(map(expect, kinds))
    swapped = [numpy.zeros(1, ">" + name) for name in ("i2", "u4", "f8", "c16", "i1")]
    wanted["swapped"] = "[%s]" % ", ".join(map(expect, swapped))
    others = [numpy.zeros(1, name) for name in ("S5", "U5", "V3", "M8[s]", "m8[s]")]
    wanted["others"] = "[%s]" % ", ".join(map(
        expect, others, ("bytes", "str", "void", "datetime64", "timedelta64")))
    record, part = numpy.zeros(2, [("a", "i4"), ("b", "f8")]), line[1:]
    wanted.update(record=expect(record, "void"), part=expect(part))
    matrix = numpy.matrix([[1, 2]])
    wanted["matrix"] = expect(matrix).replace("numpy.ndarray", "numpy.matrix")
    del names, numpy, expect, shapes
    print("ready\n" + json.dumps(wanted), flush=True)
    sys.stdin.read()


def of_ours(secret, user="u"):
    wanted = {}
    text, items, number, table = Text("a"), List([1]), Number(-3), Map(a=1)
    wanted.update(text="Text('a')", items="List([1])", number="Number(-3)", table="Map({'a': 1})")
    array, color, point = Array(b"x"), Color.RED, Point(1, [2])
    wanted.update(array="Array(b'x')", point="Point((1, [2]))", color="Color(1)")
    failed = Failed("why", None)
    wanted.update(failed="Failed('why', None)")
    ordered, count = collections.OrderedDict(a=1), collections.Counter("aab")
    wanted.update(ordered="OrderedDict({'a': 1})", count="Counter({'a': 2, 'b': 1})")
    default = collections.defaultdict(list, {1: [2]})
    wanted.update(default="defaultdict({1: [2]})")
    usual, slots, both, odd = Usual(), Slots(), Both(), Odd()
    wanted["usual"] = "<__main__.Usual object at %s> {second=['two'], third=None, one='again'}" \
        % address(usual)
    wanted["slots"] = "<__main__.Slots object at %s> {_Slots__third={}, first=1.5}" % address(slots)
    wanted["both"] = ("<__main__.Both object at %s> {_Slots__third={}, first=1.5, more=b'more', "
                      "free=()}" % address(both))
    wanted["odd"] = "<__main__.Odd object at %s>" % address(odd)
    empty, many, seen = Plain(), Plain(**{"n%d" % i: i for i in range(40)}), Usual()
    wanted["empty"] = "<__main__.Plain object at %s>" % address(empty)
    wanted["many"] = "<__main__.Plain object at %s> {%s, ...}" % (
        address(many), ", ".join("n%d=%d" % (i, i) for i in range(32)))
    seen.__dict__
    seen.last = seen
    wanted["seen"] = ("<__main__.Usual object at %s> {second=['two'], third=None, one='again', "
                      "last=<__main__.Usual object at %s>}" % (address(seen), address(seen)))
    data, inner = Data("n", "k"), [Usual]
    wanted["data"] = "<__main__.Data object at %s> {name='n', api_key=<masked>}" % address(data)
    wanted["inner"] = "[<class '__main__.Usual'>]"
    module, queue = sys, collections.deque([1])
    wanted["module"] = "<module 'sys' at %s>" % address(module)
    wanted["queue"] = "<collections.deque object at %s>" % address(queue)
    long, wide, deep = list(range(100)), "y" * 1025, [[[[[]]]]]
    wanted["long"] = "[%s, ...]" % ", ".join(map(str, range(32)))
    wanted["wide"] = "'%s'..." % ("y" * 1024)
    wanted["deep"] = "[[[[[]]]]]"
    deeper, pairs, some = [[[[[1]]]]], dict.fromkeys(range(33)), set(range(33))
    wanted["deeper"] = "[[[[[...]]]]]"
    wanted["pairs"] = "{%s, ...}" % ", ".join("%d: None" % i for i in range(32))
    wanted["some"] = "{%s, ...}" % ", ".join(map(str, range(32)))
    levels = [[[[(1,), {1: 2}, {1}, Usual()]]]]
    wanted["levels"] = "[[[[(...), {...}, set(...), <__main__.Usual object at %s>]]]]" \
        % address(levels[0][0][0][3])
    huge, huger, less = 10**4300, 1 << 1000000, -1 << 20000
    wanted.update(huge="<int of 14285 bits>", huger="<int of 1000001 bits>",
                  less="<negative int of 20001 bits>")
    text_full = ["z" * 1000] * 20
    wanted["text_full"] = "[%s" % ", ".join([repr("z" * 1000)] * 20)
    wanted["text_full"] = wanted["text_full"][:8192] + "..."
    # Secrets, by their names alone.
    password, API_KEY, accessTokens, tokenizer = "p", "a", ["t"], "bert"
    headers = {"Authorization": "Bearer x", b"Cookie": b"y", "Accept": "*/*", 7: "token"}
    wanted.update(secret="<masked>", password="<masked>", API_KEY="<masked>",
                  accessTokens="<masked>", tokenizer="'bert'", user="'u'",
                  headers="{'Authorization': <masked>, b'Cookie': <masked>, 'Accept': '*/*', "
                          "7: 'token'}")
    print("ready\n" + json.dumps(wanted), flush=True)
    sys.stdin.read()


def of_many():
    """Far more than anybody wants to see."""
    def below(depth):
        a = b = c = d = e = f = [[[1] * 32 for _ in range(32)] for _ in range(32)]
        if depth:
            return below(depth - 1)
        print("ready", flush=True)
        sys.stdin.read()
    below(30)


def set_word(where, value):
    ctypes.c_size_t.from_address(where).value = value


def of_damaged():
    """Objects that have been written over."""
    wanted = {}
    whole, kind, length, items = "whole", Plain(x=1), "length" * 3, [1, "two", 3]
    size, keys, digits, nothing = (1, 2), {"a": 1}, 12345678901234567890, [Plain()]
    members, slots, bare = {1, 2}, Slots(), Usual()
    small, type_name = [7], type("Renamed", (), {})
    renamed = type_name()
    invalid = "<invalid object at %s>"
    wanted["whole"] = "'whole'"
    wanted["digits"] = "12345678901234567890"
    wanted["bare"] = ("<__main__.Usual object at %s> {second=['two'], third=None, one='again'}"
                      % address(bare))
    set_word(id(kind) + HEAD + 8, 0x10)
    wanted["kind"] = invalid % address(kind)
    set_word(id(length) + HEAD + 16, 1 << 62)
    wanted["length"] = invalid % address(length)
    set_word(ctypes.c_size_t.from_address(id(items) + HEAD + 24).value + 8, 0xdead0000)
    wanted["items"] = "[1, <invalid object at 0xdead0000>, 3]"
    set_word(id(size) + HEAD + 16, 1 << 41)
    wanted["size"] = invalid % address(size)
    set_word(id(keys) + HEAD + 32, 0xdead0000)
    wanted["keys"] = invalid % address(keys)
    set_word(id(nothing[0]) + HEAD + 8, id(whole))
    wanted["nothing"] = "[%s]" % (invalid % ("0x%x" % ctypes.c_size_t.from_address(
        ctypes.c_size_t.from_address(id(nothing) + HEAD + 24).value).value))
    set_word(id(members) + HEAD + 40, 0xdead0000)
    wanted["members"] = "{...}"
    set_word(id(slots) + HEAD + 16, 0xdead0000)
    wanted["slots"] = ("<__main__.Slots object at %s> {_Slots__third=<invalid object at "
                       "0xdead0000>, first=1.5}" % address(slots))
    set_word(id(small) + HEAD + 16, 1 << 20)
    wanted["small"] = invalid % address(small)
    set_word(id(type_name) + HEAD + 24, 0xdead0000)
    wanted["renamed"] = invalid % address(renamed)
    print("ready\n" + json.dumps(wanted), flush=True)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    globals()["of_" + sys.argv[1]](*sys.argv[2:])
