"""What the captures of dumps show: locals of all kinds, while it waits to be looked at."""

import sys


class Account:
    __slots__ = ("owner", "__dict__")

    def __init__(self, owner):
        self.owner = owner
        self.amount = 12.5
        self.secret_key = "not to be seen"

    def pay(self, amount, *reasons, currency="€", **more):
        rest = self.amount - amount
        return self.ask(lambda: (rest, currency))

    def ask(self, question):
        question.__defaults__
        return wait(question)


class Plain:
    def __init__(self):
        self.first, self.second = 1, [2]


def wait(question):
    integers, real = [0, -1, 2**30, 2**100, True, None], [0.1, 1e300, 2 - 1j]
    text, data = "größe\n'\U0001f600'\udc80", b"\x00'"
    mapping, numbers, nested = {"a": (1,), "password": "x"}, {3}, [[[[[1]]]]]
    nested.append(nested)
    plain, error, names = Plain(), KeyError("no"), frozenset()
    print("ready", flush=True)
    sys.stdin.read()


def generate(count):
    for number in range(count):
        yield Account("Ада").pay(number, "rent", and_more=...)


def main():
    try:
        return [value for value in generate(1)]
    finally:
        pass


main()
