# cython: language_level=3
"""What Cython makes of Python: functions without frames of Python's, classes and closures."""


def visit(function, int depth):
    if depth == 0:
        return function()
    return visit(function, depth - 1)


cdef class Thing:
    cdef object compare

    def __init__(self, compare):
        self.compare = compare

    def __lt__(self, other):
        return self.compare()


def ordered(compare):
    return sorted([Thing(compare), Thing(compare)])


def generated(function):
    for number in range(3):
        yield function() if number else number


def consumed(function):
    return sum(generated(function))
