"""Two threads that go from Python to C and back all the time, until standard input ends.
On every version, so in words that 2.7 knows.

With an argument the address of the main thread's state is printed first.

Who may call whom is said by CALLERS of running_cases.py.
"""
import ctypes
import json
import re
import sys
import threading

ended = []


class Key:
    def __init__(self, value):
        self.value = value

    def __lt__(self, other):
        return less(self.value, other.value)


def less(one, other):
    return one < other


def do_sort():
    sorted(KEYS)


def letter(match):
    return upper(match.group())


def upper(text):
    return text.upper()


def do_sub():
    PATTERN.sub(letter, TEXT)


def convert(value):
    return plain(value)


def plain(value):
    return value.real


def do_json():
    ENCODER.encode(NUMBERS)


def double(value):
    return value + value


def generate():
    for value in range(20):
        yield same(value)


def same(value):
    return value


def do_map():
    list(map(double, generate()))


def flip():
    return flip_inner()


def flip_inner():
    return 1


def flop():
    return flop_inner()


def flop_inner():
    return 2


def do_flip():
    for _ in range(20):
        flip()
        flop()


def deep(left):
    return deep(left - 1) if left else flip()


def do_deep():
    deep(20)


# Functions that are made, called once and dropped: their code objects' memory is used again.
SOURCES = [compile("def %s():\n    def %s_inner():\n        return 3\n    return %s_inner()\n" % (
    (name,) * 3), "<made>", "exec") for name in ("one", "two")]


def do_made():
    for source in SOURCES:
        names = {}
        exec(compile("def %s():\n    return 4\n" % source.co_names[0], "<made>", "exec"), names)
        names[source.co_names[0]]()
        exec(source, names)
        names[source.co_names[0]]()


KEYS = [Key(value * 7919 % 31) for value in range(31)]
PATTERN = re.compile("[a-z]")
TEXT = "The quick brown fox"
ENCODER = json.JSONEncoder(default=convert)
NUMBERS = [complex(value) for value in range(10)]


def work():
    while not ended:
        do_sort()
        do_sub()
        do_json()
        do_map()
        do_flip()
        do_deep()
        do_made()


def wait():
    ended.append(sys.stdin.read())


def print_state():
    get = ctypes.pythonapi.PyThreadState_Get
    get.restype = ctypes.c_void_p
    sys.stdout.write("%d\n" % get())


if sys.argv[1:]:
    print_state()
threading.Thread(target=wait).start()
threading.Thread(target=work).start()
sys.stdout.write("ready\n")
sys.stdout.flush()
work()
