"""One Python inside of another: two_pythons.py LIBRARY first|second.

LIBRARY is another version's; which of the two dies is the second word.
"""
import ctypes
import os
import sys

# So that its functions call each other, and not those of this program.
RTLD_DEEPBIND = 8

SECOND = b"""
import os
def inner():
    os.abort()
inner()
"""


def main(library, which):
    second = ctypes.CDLL(library, mode=os.RTLD_LOCAL | os.RTLD_NOW | RTLD_DEEPBIND)
    second.Py_InitializeEx(0)
    if which == "second":
        second.PyRun_SimpleString(SECOND)
    os.abort()


main(*sys.argv[1:])
