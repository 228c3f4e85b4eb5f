"""throws.py LIBRARY FUNCTION: C++ calls Python calls C++, which throws."""
import ctypes
import sys

library = ctypes.PyDLL(sys.argv[1])


@ctypes.PYFUNCTYPE(ctypes.c_int)
def callback():
    return library.throws()


def main():
    library[sys.argv[2]](callback)


main()
