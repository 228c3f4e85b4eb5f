"""Functions of classes, each on the stack of a thread of its own, waiting.

With the argument "few" a share of them.  Writes to classes.json what they are called: {"<name of the thread>": [[co_name, qualified name,
or None where it must not be guessed], ...]}, most recent call first, without what they call.
Runs on Python 2.7 too.
"""

import functools
import json
import os
import sys
import threading

# Names that 3.3 and later have, in the order in which they are noted.
expected = {}
ready = threading.Semaphore(0)
over = threading.Event()


def stand(*names):
    """Waits, called by functions of these names, most recent first."""
    expected[threading.current_thread().name] = names
    ready.release()
    over.wait()


def same(function):
    @functools.wraps(function)
    def wrapper(*args, **keywords):
        return function(*args, **keywords)
    if not hasattr(wrapper, "__wrapped__"):
        wrapper.__wrapped__ = function
    return wrapper


class Meta(type):
    def of_meta(cls):
        stand(("of_meta", "Meta.of_meta"))


# As "metaclass=Meta" and "__metaclass__ = Meta" would.
WithMeta = Meta("WithMeta", (object,), {})


class Base(object):
    def method(self):
        stand(("method", "Base.method"))

    def overridden(self):
        stand(("overridden", "Base.overridden"), ("overridden", "Derived.overridden"))

    @classmethod
    def of_class(cls, more=1):
        stand(("of_class", "Base.of_class"))

    @staticmethod
    def without(argument):
        stand(("without", None))

    @staticmethod
    def with_self(self):
        stand(("with_self", "Base.with_self"))

    @property
    def value(self):
        stand(("value", "Base.value"))

    @value.setter
    def value(self, value):
        stand(("value", "Base.value"))

    @value.deleter
    def value(self):
        stand(("value", "Base.value"))

    def closure(self):
        def nested():
            stand(("nested", None), ("closure", "Base.closure"))
            return self
        nested()

    def captured_third(self, first, second):
        function = lambda: (second, self)
        stand(("captured_third", "Base.captured_third"))
        return function

    def nested_with_self(self):
        def nested(self):
            stand(("nested", None), ("nested_with_self", "Base.nested_with_self"))
        nested(self)

    def deleted(self):
        del self
        stand(("deleted", None))

    def replaced(self):
        self = 1
        stand(("replaced", None))
        return self

    def stars(*arguments):
        stand(("stars", None))

    def __private(self):
        stand(("__private", "Base.__private"), ("private", "Base.private"))

    def private(self):
        self.__private()

    def __call__(self):
        stand(("__call__", "Base.__call__"))

    def generate(self):
        yield stand(("generate", "Base.generate"), ("generating", "Base.generating"))

    def generating(self):
        for _ in self.generate():
            pass

    def comprehended(self):
        generator = (stand(("<genexpr>", None), ("comprehended", "Base.comprehended")) for _ in [1])
        return list(generator)

    @same
    def wrapped(self):
        stand(("wrapped", "Base.wrapped"), ("wrapper", None))

    def many(self, number):
        if number:
            return self.many(number - 1)
        stand(*[("many", "Base.many")] * 6)

    class Inner(object):
        def deep(self):
            # 2.7 does not say where a class was written.
            stand(("deep", "Base.Inner.deep" if sys.version_info[0] > 2 else "Inner.deep"))


class Derived(Base):
    def overridden(self):
        super(Derived, self).overridden()


class Number(int):
    __slots__ = ()

    def __add__(self, other):
        stand(("__add__", "Number.__add__"))


class Classic:
    def classic(self):
        stand(("classic", "Classic.classic"))

    @classmethod
    def of_classic(cls):
        stand(("of_classic", "Classic.of_classic"))


class MoreClassic(Classic):
    pass


def takes(argument):
    """Merely called with an object."""
    stand(("takes", None))


def added(self):
    stand(("added", None))


class Added(object):
    def other(self):
        pass


Added.with_another_name = added


def crashes():
    os.kill(os.getpid(), 11)


class Last(object):
    def raises(self):
        raise ValueError("a message")

    def dies(self):
        try:
            self.raises()
        except ValueError:
            crashes()


def remove(item):
    del item.value


base = Base()
CALLS = [
    base.method, Derived().method, Derived().overridden, Base.of_class, Derived.of_class,
    base.of_class, lambda: base.without(1), lambda: base.with_self(base), lambda: base.value,
    lambda: setattr(base, "value", 1), lambda: remove(base), base.closure,
    lambda: base.captured_third(1, 2), base.nested_with_self, base.deleted, base.replaced,
    base.stars, base.private, base, base.generating, base.comprehended, base.wrapped,
    lambda: base.many(5), Base.Inner().deep, lambda: Number(1) + 1, Classic().classic,
    MoreClassic().classic, Classic.of_classic, MoreClassic.of_classic, WithMeta.of_meta,
    lambda: takes(base), lambda: takes(Base), Added().with_another_name, lambda: added(Added()),
]


# Each way to find a class once.
FEW = [base.of_class, lambda: base.value, base.closure, base.private, base.wrapped,
       MoreClassic().classic, lambda: takes(base)]


def main():
    calls = FEW if sys.argv[1:] == ["few"] else CALLS
    for number, call in enumerate(calls):
        thread = threading.Thread(target=call, name="call-%d" % number)
        thread.daemon = True
        thread.start()
    for _ in calls:
        ready.acquire()
    with open("classes.json", "w") as file:
        json.dump(expected, file)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    Last().dies()


if __name__ == "__main__":
    main()
