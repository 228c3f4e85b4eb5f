"""Dies in the code of one sub-interpreter while a thread waits in that of another.

Prints the ids of both.  CPython 3.8 and later; up to 3.9 nothing tells on which thread which of them runs.
"""
import os
import sys
import threading

try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters

WAITS = """
import os
def stand():
    os.write(%d, b"x")
    os.read(%d, 1)
stand()
"""

DIES = """
import os
def die():
    os.abort()
die()
"""


def run(interpreter, code):
    if sys.version_info >= (3, 13):
        interpreters.exec(interpreter, code)
    else:
        interpreters.run_string(interpreter, code)


def create():
    """A new one, with a GIL of its own where there is such."""
    return interpreters.create()


def wait(interpreter, ready, never):
    run(interpreter, WAITS % (ready, never))


def main():
    ready, say_ready = os.pipe()
    never, held = os.pipe()
    waiting, dying = create(), create()
    thread = threading.Thread(target=wait, args=(waiting, say_ready, never))
    thread.start()
    os.read(ready, 1)
    print(int(waiting), int(dying), flush=True)
    run(dying, DIES)


main()
