"""crossing_cython.py: Python calls what Cython has compiled, and that calls Python, several
times, and the innermost of it dies."""
import os
import signal

import compiled


def die():
    os.kill(os.getpid(), signal.SIGSEGV)


def compare():
    return compiled.consumed(die)


def sort():
    return compiled.ordered(compare)


def main():
    compiled.visit(sort, 3)


main()
