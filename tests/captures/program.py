"""What every committed capture shows: a crash with a bit of everything above it.

Run by make.py with the directory of `_demo` on the path.
"""

import threading

import _demo


class Prix:
    """Names of all four kinds of string: ASCII, Latin-1, UCS-2, UCS-4."""

    def größe(self, x):
        return self.размер(x)

    def размер(self, x):
        return self.𐌰𐌱(x)

    def 𐌰𐌱(self, x):
        return _demo.loyalty("код",
                             None)


def generate(values):
    for value in values:
        yield Prix().größe(value)


def compare(value):
    return sum(generate([value]))


def descend(depth):
    if depth:
        return descend(depth - 1)
    return sorted([2, 1], key=compare)


def callback(price):
    exec(compile("result = descend(5)", "<exec>", "exec"), globals())
    return price


def main():
    release = threading.Event()
    for number in range(3):
        threading.Thread(target=release.wait, args=(60,), name="waiter %d" % number,
                         daemon=True).start()
    threading.Thread(target=_demo.sum_prices, args=([1.0, 2.0], callback)).start()
    release.wait(60)


main()
