# -*- coding: utf-8 -*-
"""What locals.py is, for Python 2.7: its objects, and what repr() makes of each."""
import collections
import ctypes
import json
import os
import sys
import threading

OPTIMIZED = 1


def expected(frame):
    """What FRAME and its callers have: names, and repr() of the values."""
    frames = []
    while frame:
        optimized = frame.f_code.co_flags & OPTIMIZED
        values = dict(frame.f_locals) if optimized else {}
        frames.append([frame.f_code.co_name, dict(
            (name, repr(value)) for name, value in values.items())])
        frame = frame.f_back
    return frames


def show(frame):
    """To be looked at from outside."""
    say(expected(frame))
    sys.stdin.read()


def say(value):
    sys.stdout.write("ready\n" + json.dumps(value) + "\n")
    sys.stdout.flush()


def address(value):
    return "0x%x" % id(value)


class Plain(object):
    def __init__(self, **attributes):
        self.__dict__.update(attributes)

    def method(self, value, *rest, **more):
        inner = value
        return self.closure(inner, more)

    def closure(self, argument, more, (first, second)=(1, "two")):
        free, never = argument, None
        del never
        argument = [argument]

        def function(again=True):
            return strings([free, argument], argument)
        return function()


class Usual(object):
    """One attribute: of more the order is that of a table."""

    def __init__(self):
        self.one = ["two"]


class Slots(object):
    __slots__ = ("first", "second", "_Slots__third")

    def __init__(self):
        self.first = 1.5
        self._Slots__third = {}


class Both(Slots):
    __slots__ = ("__dict__", "more")

    def __init__(self):
        super(Both, self).__init__()
        self.more = bytearray(b"more")
        self.free = ()


class Odd(object):
    """Its __repr__ is not asked."""

    def __repr__(self):
        os._exit(3)


class Base(object):
    def __repr__(self):
        return "<__main__.Base object at %s>" % address(self)


class Old:
    """A classic class; its instances have a repr() of their own kind."""

    def method(self):
        pass


class Older(Old):
    pass


class OldOdd:
    def __init__(self):
        self.one = 1

    def __repr__(self):
        os._exit(3)


def numbers():
    zero, one, minus, true, false, none = 0, 1, -1, True, False, None
    dots, no = Ellipsis, NotImplemented
    words = [2 ** 30, -2 ** 30, sys.maxint, -sys.maxint - 1]
    longs = [0L, 1L, -1L, 2 ** 63, -2 ** 63 - 1, 2 ** 64, 10 ** 18 * 10, 2L ** 30, 2L ** 60]
    large, negative, longest = 3 ** 1000, -7 ** 501, 10 ** 4300 - 1
    floats = [0.0, -0.0, 1.0, 0.1, -2.5, 1e16, 1e15, 123456789012345.6, 1e-4, 1e-5, 1e22, 1e23,
              5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 0.30000000000000004]
    odd = (float("inf"), float("-inf"), float("nan"), 3.0e10, 1 / 3.0, 100.0)
    complexes = [1j, -1j, 1 + 2j, complex(-0.0, 1), complex(1, float("nan")), 1e20 + 1e-7j]
    ranges = [xrange(5), xrange(1, 10, 3), xrange(-3), xrange(2, 4), xrange(9, 0, -2), xrange(0),
              slice(1), slice(None, 2, -1)]
    return containers(one)


def containers(first):
    empty = [[], (), {}, set(), frozenset(), "", u"", bytearray()]
    single, pair, nested = (1,), (1, "two"), [[1, (2,)], {"a": {"b": [3]}}]
    mapping = {"z": 1, "a": 2, 3: None, (1, 2): [4], None: {}, u"\xe4": 5L}
    del mapping["a"]
    mapping["again"] = mapping.pop("z")
    numbers_set, letters, frozen = {5, 1, 3}, {"x", u"y"}, frozenset({7})
    numbers_set.discard(1)
    dummies = {"<dummy key>", "gone", 4}
    dummies.discard("gone")
    gone = {"<dummy key>", 4}
    gone.discard("<dummy key>")
    grown = dict((number, str(number)) for number in range(30))
    mixed = set(range(0, 30, 3)) | set("abc") | {None, (1,), -1, 2 ** 70}
    circle, ring = [1], {}
    circle.append(circle)
    ring["self"] = ring
    knot = ([],)
    knot[0].append(knot)
    array = bytearray(b"by'tes\x00\xff")
    error, nothing, single_error = ValueError("what", 1), KeyError(), KeyError("one")
    missing = IOError(2, "No such file", "name")
    return objects(first)


def objects(first):
    function, builtin, method, kind = containers, len, [].append, dict
    bound, own, unbound = Base().__repr__, Base, Base.__repr__
    classic, instance, older = Old, Old(), Older()
    old_bound, old_unbound = Old().method, Older.method
    kinds = [int, str, unicode, type(None), ValueError, type, object, collections.deque,
             type(Old), type(instance), Both]
    code, cells = containers.__code__, (lambda: first).__closure__
    generator = (one for one in ())
    plain, view = object(), iter([])
    modules = [sys, os, json]
    local = lambda value=first: value
    cell = (lambda: local).__closure__
    lock, words = threading.Event, [number for number in (1, 2)]
    return list(generate(3))


def generate(count):
    total = 0.5
    for number in range(count):
        total += number
        yield loop(number, total)


def loop(item, total):
    return [Plain().method("g\xc3\xb6\xc3\x9fe", 1, 2, key=item, other=u"that")]


def strings(free, argument):
    plain, quotes, both = "text", "it's", "it's \"both\""
    lines, controls = "a\nb\tc\rd\\e", "\x00\x1b[31m\x7f\x85\xa0\xff"
    latin, wide, astral = u"gr\xf6\xdfe \xff", u"\u6f22\u5b57 \u200b\u2028", u"\U0001f600 \U0010ffff"
    unquoted, unboth = u"it's", u"it's \"both\" \\ \n\t\r \x00\x7f\x80"
    surrogates, private = u"\udc80\ud800 x", u"\ue000\ufffe"
    full = "x" * 1024
    full_unicode = u"y" * 1024
    show(sys._getframe())


def of_repr():
    class Body(object):
        attribute = 1
        numbers()


# What is not that of repr(): the text, with addresses in it.

class Text(str):
    pass


class Wide(unicode):
    pass


class List(list):
    pass


class Number(int):
    pass


class Long(long):
    pass


class Map(dict):
    pass


class Array(bytearray):
    pass


class Set(set):
    pass


Point = collections.namedtuple("Point", "x y")


class Failed(Exception):
    pass


def of_ours(secret, user="u"):
    wanted = {}
    text, items, number, table = Text("a"), List([1]), Number(-3), Map(a=1)
    wanted.update(text="Text('a')", items="List([1])", number="Number(-3)", table="Map({'a': 1})")
    array, point, wide_text, long_number = Array(b"x"), Point(1, [2]), Wide(u"a"), Long(4)
    wanted.update(array="Array(b'x')", point="Point((1, [2]))", wide_text="Wide(u'a')",
                  long_number="Long(4L)")
    group, failed = Set([1]), Failed("why", None)
    wanted.update(group="Set([1])", failed="Failed('why', None)")
    count = collections.Counter("aa")
    default = collections.defaultdict(list, {1: [2]})
    wanted.update(count="Counter({'a': 2})", default="defaultdict({1: [2]})")
    usual, slots, both, odd = Usual(), Slots(), Both(), Odd()
    wanted["usual"] = "<__main__.Usual object at %s> {one=['two']}" % address(usual)
    wanted["slots"] = "<__main__.Slots object at %s> {_Slots__third={}, first=1.5}" % address(slots)
    wanted["both"] = ("<__main__.Both object at %s> {_Slots__third={}, first=1.5, "
                      "more=bytearray(b'more'), free=()}" % address(both))
    wanted["odd"] = "<__main__.Odd object at %s>" % address(odd)
    old, old_odd, empty = Old(), OldOdd(), Plain()
    old.itself = old
    wanted["old"] = "<__main__.Old instance at %s> {itself=<__main__.Old instance at %s>}" % (
        address(old), address(old))
    wanted["old_odd"] = "<__main__.OldOdd instance at %s> {one=1}" % address(old_odd)
    wanted["empty"] = "<__main__.Plain object at %s>" % address(empty)
    many = Plain(**dict(("n%d" % i, i) for i in range(40)))
    wanted["many"] = "<__main__.Plain object at %s> {%s, ...}" % (
        address(many), ", ".join("%s=%d" % pair for pair in many.__dict__.items()[:32]))
    holder, inner = Plain(api_key="k"), [Usual, Old]
    wanted["holder"] = "<__main__.Plain object at %s> {api_key=<masked>}" % address(holder)
    wanted["inner"] = "[<class '__main__.Usual'>, <class __main__.Old at %s>]" % address(Old)
    queue = collections.deque([1])
    wanted["queue"] = "<collections.deque object at %s>" % address(queue)
    long_list, wide, deep = list(range(100)), "y" * 1025, [[[[[]]]]]
    wanted["long_list"] = "[%s, ...]" % ", ".join(map(str, range(32)))
    wanted["wide"] = "'%s'..." % ("y" * 1024)
    wanted["deep"] = "[[[[[]]]]]"
    deeper, pairs, some = [[[[[1]]]]], dict.fromkeys(range(33)), set(range(33))
    wanted["deeper"] = "[[[[[...]]]]]"
    wanted["pairs"] = "{%s, ...}" % ", ".join("%d: None" % i for i in range(32))
    wanted["some"] = "set([%s, ...])" % ", ".join(map(str, range(32)))
    levels = [[[[(1,), {1: 2}, {1}, Usual(), old]]]]
    wanted["levels"] = ("[[[[(...), {...}, set(...), <__main__.Usual object at %s>, "
                        "<__main__.Old instance at %s>]]]]"
                        % (address(levels[0][0][0][3]), address(old)))
    huge, less = 10 ** 4300, -1 << 20000
    wanted.update(huge="<int of 14285 bits>", less="<negative int of 20001 bits>")
    # Secrets, by their names alone.
    password, API_KEY, accessTokens, tokenizer = "p", "a", ["t"], "bert"
    headers = {"Authorization": "Bearer x"}
    unicodes, plain = {u"Cookie": "y"}, {7: "token"}
    wanted.update(secret="<masked>", password="<masked>", API_KEY="<masked>",
                  accessTokens="<masked>", tokenizer="'bert'", user="'u'",
                  headers="{'Authorization': <masked>}", unicodes="{u'Cookie': <masked>}",
                  plain="{7: 'token'}")
    say(wanted)
    sys.stdin.read()


def set_word(where, value):
    ctypes.c_size_t.from_address(where).value = value


def of_damaged():
    """Objects that have been written over."""
    wanted = {}
    whole, kind, length, items = "whole", Plain(x=1), "length" * 3, [1, "two", 3]
    size, keys, wide, old = (1, 2), {"a": 1}, u"wide" * 3, Old()
    members, slots, bare, older = {1, 2}, Slots(), Usual(), Older()
    small, type_name = [7], type("Renamed", (), {})
    renamed = type_name()
    invalid = "<invalid object at %s>"
    wanted["whole"] = "'whole'"
    wanted["bare"] = "<__main__.Usual object at %s> {one=['two']}" % address(bare)
    set_word(id(kind) + 8, 0x10)
    wanted["kind"] = invalid % address(kind)
    set_word(id(length) + 16, 1 << 62)
    wanted["length"] = invalid % address(length)
    set_word(ctypes.c_size_t.from_address(id(items) + 24).value + 8, 0xdead0000)
    wanted["items"] = "[1, <invalid object at 0xdead0000>, 3]"
    set_word(id(size) + 16, 1 << 41)
    wanted["size"] = invalid % address(size)
    set_word(id(keys) + 32, 1 << 50)
    wanted["keys"] = invalid % address(keys)
    set_word(id(wide) + 24, 0xdead0000)
    wanted["wide"] = invalid % address(wide)
    set_word(id(old) + 16, id(whole))
    wanted["old"] = invalid % address(old)
    set_word(id(older) + 24, 0xdead0000)
    wanted["older"] = "<__main__.Older instance at %s>" % address(older)
    set_word(id(members) + 40, 0xdead0000)
    wanted["members"] = "set([...])"
    set_word(id(slots) + 16, 0xdead0000)
    wanted["slots"] = ("<__main__.Slots object at %s> {_Slots__third=<invalid object at "
                       "0xdead0000>, first=1.5}" % address(slots))
    set_word(id(small) + 16, 1 << 20)
    wanted["small"] = invalid % address(small)
    set_word(id(type_name) + 24, 0xdead0000)
    wanted["renamed"] = invalid % address(renamed)
    say(wanted)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    globals()["of_" + sys.argv[1]](*sys.argv[2:])
