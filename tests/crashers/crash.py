"""Die in one way: crash.py KIND WHERE [BYSTANDERS].

WHERE is main, pthread (threading.Thread), cthread (a thread made by C that
calls Python) or native (a thread that Python knows nothing about).  Kinds are
the names in _crashers.kinds() and those in WAYS below.

Before it dies, the program writes what a right report must say to the file
`expected.json`, from what CPython itself tells about its frames.  Runs on
CPython 3.6 and later.  With CRASH_WAIT in the environment it says "ready" first
and goes on when its standard input ends.  CRASH_HANDLER names who is to have the
signal first: one of HANDLERS below, or of tests/crashers/handlers.c.
"""

import ctypes
import faulthandler
import gc
import json
import os
import signal
import sys
import threading

import _crashers

DEEP = 100000
SYS_GETTID = 186
# Up to 3.10 they use the C stack for each Python call: under 1 KiB at -O3.
DEEP_STACK_BYTES = 1 << 30
SMALL_STACK_BYTES = 256 << 10

where = "main"
bystanders = 0
tids = {}


def native_id():
    if sys.version_info >= (3, 8):
        return threading.get_native_id()
    return ctypes.CDLL(None).syscall(SYS_GETTID)


def register():
    """Notes the calling thread under the name that Python gives it."""
    tids[threading.get_ident()] = native_id()


def position(frame):
    """[line, end_line, column, end_column]; all but the first from 3.11 on."""
    if sys.version_info < (3, 11):
        return [frame.f_lineno, None, None, None]
    every = list(frame.f_code.co_positions())
    line, end_line, column, end_column = every[frame.f_lasti // 2]
    return [frame.f_lineno, end_line, column, end_column]


def describe(frame):
    code = frame.f_code
    return {
        "function": code.co_name,
        "qualname": getattr(code, "co_qualname", None),
        "file": code.co_filename,
        "position": position(frame),
    }


def stack(frame):
    """[[count, frame], ...]: equal neighbours are counted, since 100,000
    frames are many."""
    rows = []
    last = None
    while frame is not None:
        key = (frame.f_code, frame.f_lasti)
        if key == last:
            rows[-1][0] += 1
        else:
            rows.append([1, describe(frame)])
        last = key
        frame = frame.f_back
    return rows


def note(value):
    """Writes down the stacks as they are now and returns VALUE.

    The call has to stand on the line that dies, inside the call that dies.
    """
    current = threading.get_ident()
    frames = sys._current_frames()
    frames[current] = sys._getframe(1)
    expected = {
        "pid": os.getpid(),
        "tid": None if where == "native" else tids[current],
        "noted_tid": tids[current],
        "threads": {tids[ident]: stack(frame) for ident, frame in frames.items()},
    }
    with open("expected.json", "w") as output:
        json.dump(expected, output)
    return value


def crash(kind):
    _crashers.die(note(kind))


def sorted_key(kind):
    def key(item):
        crash("null-read")

    sorted([1, 2], key=key)


def ctypes_callback(kind):
    library = ctypes.PyDLL(_crashers.__file__)

    @ctypes.PYFUNCTYPE(ctypes.c_int)
    def callback():
        crash("null-read")

    library.call_back(callback)


def made_code(kind):
    library = ctypes.PyDLL(_crashers.__file__)
    library.made_code.restype = ctypes.c_void_p

    @ctypes.PYFUNCTYPE(ctypes.c_int)
    def callback():
        crash("null-read")

    ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(library.made_code())(
        ctypes.cast(callback, ctypes.c_void_p))


def nested(kind):
    def inner():
        crash("null-read")

    def middle():
        _crashers.call(inner)

    def outer():
        _crashers.call(middle)

    _crashers.call(outer)


def generator(kind):
    def numbers():
        yield 1
        crash("null-read")

    for number in numbers():
        pass


def coroutine(kind):
    async def fetch():
        crash("null-read")

    async def serve():
        await fetch()

    serve().send(None)


class Shop:
    class Order:
        def total(self):
            crash("null-read")

        @property
        def price(self):
            return self.total()


def method(kind):
    return Shop.Order().price


def exec_string(kind):
    exec("def from_string():\n    crash('null-read')\n\nfrom_string()\n",
         {"crash": crash})


def finalizer(kind):
    class Ring:
        def __init__(self):
            self.ring = self

        def __del__(self):
            crash("null-read")

    Ring()
    gc.collect()


def größe(kind):
    def цена():
        def 値段():
            crash("null-read")

        値段()

    цена()


def fork_child(kind):
    child = os.fork()
    if child == 0:
        register()
        crash("null-read")
    status = os.waitpid(child, 0)[1]
    print("child", os.WTERMSIG(status), os.WCOREDUMP(status), flush=True)


def recursion(kind):
    def recurse(_=None):
        _crashers.call_large(recurse)

    recurse(note(kind))


def descend(depth):
    if depth == 0:
        crash("null-read")
    descend(depth - 1)


def python_depth(kind):
    sys.setrecursionlimit(2 * DEEP)
    descend(DEEP - 1)


def last_words(kind):
    """os.abort(): Python's own way to give up."""
    os.abort(*note(()))


WAYS = {
    "sorted-key": sorted_key,
    "ctypes-callback": ctypes_callback,
    "made-code": made_code,
    "nested": nested,
    "generator": generator,
    "coroutine": coroutine,
    "method": method,
    "exec-string": exec_string,
    "finalizer": finalizer,
    "unicode": größe,
    "fork-child": fork_child,
    "recursion": recursion,
    "python-depth": python_depth,
    "os-abort": last_words,
}


def python_handler():
    signal.signal(signal.SIGABRT, lambda number, frame: None)


def block():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGSEGV])


@ctypes.PYFUNCTYPE(None, ctypes.c_int)
def ctypes_handler(number):
    """Python code in a signal handler, which is wrong and works."""
    os.abort()


def install_ctypes():
    ctypes.PyDLL(None).signal(signal.SIGSEGV, ctypes_handler)


HANDLERS = {
    "ctypes": install_ctypes,
    "faulthandler": faulthandler.enable,
    "python": python_handler,
    "blocked": block,
}


def install(handler):
    if handler in HANDLERS:
        HANDLERS[handler]()
    else:
        assert _crashers.handle(handler) == 0, handler


def dispatch(kind):
    WAYS.get(kind, crash)(kind)


def worker(kind):
    register()
    _crashers.wait_parked(bystanders + 1)
    dispatch(kind)


def bystander():
    register()
    _crashers.park()


def wait_for_death():
    _crashers.park()


def run_main(kind):
    if bystanders:
        _crashers.wait_parked(bystanders)
    dispatch(kind)


def run_pthread(kind):
    if kind == "python-depth" and sys.version_info < (3, 11):
        threading.stack_size(DEEP_STACK_BYTES)
    threading.Thread(target=worker, args=(kind,)).start()
    wait_for_death()


def run_cthread(kind):
    def body():
        worker(kind)

    _crashers.start_thread(body)
    wait_for_death()


def run_native(kind):
    _crashers.start_native_thread(kind, bystanders + 1)
    if bystanders:
        _crashers.wait_parked(bystanders)
    _crashers.park(*note(()))


PLACES = {
    "main": run_main,
    "pthread": run_pthread,
    "cthread": run_cthread,
    "native": run_native,
}


def main(kind):
    register()
    if "CRASH_WAIT" in os.environ:
        print("ready", flush=True)
        sys.stdin.read()
    print("about to die:", kind, where, flush=True)
    threading.stack_size(SMALL_STACK_BYTES if bystanders else 0)
    for _ in range(bystanders):
        threading.Thread(target=bystander).start()
    threading.stack_size(0)
    if "CRASH_HANDLER" in os.environ:
        install(os.environ["CRASH_HANDLER"])
    PLACES[where](kind)


if __name__ == "__main__":
    if sys.argv[1:] == ["--list"]:
        json.dump({"lines": _crashers.lines(), "kinds": _crashers.kinds()},
                  sys.stdout)
        sys.exit(0)
    where = sys.argv[2]
    bystanders = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    main(sys.argv[1])
