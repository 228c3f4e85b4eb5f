"""Asks for dumps through the C API, and faulthandler for the same."""
import ctypes
import faulthandler
import gc
import os
import re
import signal
import sys
import threading
import time

ALL_THREADS, C_STACK, CHAIN, REPEAT, EXIT, FULL = 1, 2, 4, 8, 16, 32
LONG = 10.0
PR_SET_DUMPABLE = 4

# The thread that asks keeps the GIL, as faulthandler does.
library = ctypes.PyDLL(None)
for name, arguments in {
        "dump_traceback": [ctypes.c_int, ctypes.c_uint, ctypes.c_long, ctypes.c_uint],
        "dump_c_stack": [ctypes.c_int],
        "dump_traceback_later": [ctypes.c_char_p, ctypes.c_uint64, ctypes.c_int, ctypes.c_uint,
                                 ctypes.c_long],
        "cancel_dump_traceback_later": [ctypes.c_char_p],
        "register": [ctypes.c_int, ctypes.c_int, ctypes.c_uint, ctypes.c_long],
        "unregister": [ctypes.c_int], "enable": [ctypes.c_int, ctypes.c_uint, ctypes.c_long],
        "disable": [], "is_enabled": [], "heartbeat": [ctypes.c_char_p, ctypes.c_uint64],
        "annotate": [ctypes.c_char_p, ctypes.c_char_p]}.items():
    try:
        getattr(library, "fdp_api_" + name).argtypes = arguments
    except AttributeError: # without the shim
        pass


def call(name, *arguments):
    return getattr(library, "fdp_api_" + name)(*arguments)


def say(what, value):
    print(what, value, flush=True)


class Collected:
    """What is written to a file by SOMEBODY(descriptor)."""

    def __init__(self, name):
        self.file = open(name, "w+b", buffering=0)

    def text(self):
        return os.pread(self.file.fileno(), 1 << 20, 0).decode("ascii")

    def wait(self, condition):
        end = time.monotonic() + LONG
        while not condition(self.text()) and time.monotonic() < end:
            time.sleep(0.005)
        return self.text()


def compare_one(what, threads):
    """Calls both from one line, since that is part of what they write."""
    dumpers = [(library.fdp_api_dump_traceback, (threads, 0, 0), Collected(what + ".ours")),
               (faulthandler.dump_traceback, (threads,), Collected(what + ".theirs"))]
    results = [dump(file.file.fileno(), *options) for dump, options, file in dumpers]
    say(what, results[0])
    texts = [file.text() for _, _, file in dumpers]
    if texts[0] != texts[1] or not texts[0]:
        say(what + " differs", "\n" + texts[0] + "---\n" + texts[1])


def compare(what):
    compare_one(what, ALL_THREADS)
    compare_one(what + "-one", 0)


def deep(depth, function):
    if depth:
        deep(depth - 1, function)
    else:
        function()


class Collecting:
    def __del__(self):
        compare("collecting")


def collect():
    one = Collecting()
    one.itself = one
    del one
    gc.collect()


def hidden():
    """Nobody but root may look into it from now on."""
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    now()


def full():
    """The text of a report, of two threads."""
    event = threading.Event()
    threading.Thread(target=deep, args=(3, event.wait), daemon=True).start()
    time.sleep(0.1)
    result = call("dump_traceback", 1, ALL_THREADS | FULL, 0, 0)
    say("result", result)
    say("C stack", call("dump_c_stack", 1))


def now():
    """All that can be in a dump: names, depth, threads, the collector."""
    compare("alone")
    event = threading.Event()
    threads = [threading.Thread(target=deep, args=(depth, event.wait), daemon=True)
               for depth in (0, 5, 97, 98, 99, 150)]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    compare("threads")
    for depth in (90, 97, 98, 99, 100, 101, 300):
        deep(depth, lambda: compare("depth-%d" % depth))
    strange = {"name": "gr\xf6\xdfe \u0432\U0001f600", "compare": compare}
    source = "def %s():\n    compare('%s')\n%s()\n"
    for number, name in enumerate(("gr\xf6\xdfe", "\u0432\u0433", "\U0001d49c", "x" * 499,
                                   "x" * 500, "x" * 501, "\xe9" * 700)):
        for file in ("<string>", "/tmp/" + name + "\n\t\x7f.py", "", "a\\\"b"):
            exec(compile(source % (name, "strange-%d" % number, name), file, "exec"), strange)
    collect()
    for limit in (1, 3, 7):
        file = Collected("limit")
        say("limit", call("dump_traceback", file.file.fileno(), ALL_THREADS, limit, 0))
        say("threads", (file.text().count("hread 0x"), file.text().endswith("\n\n...\n")))
    file = Collected("skip")
    deep(3, lambda: say("skip", call("dump_traceback", file.file.fileno(), 0, 0, 3)))
    say("first", file.text().splitlines()[1].rpartition(" ")[2])


def c_stack_lines(text):
    """With paths as they are, and no address in the first line, whose call is another."""
    lines = [re.sub('"([^"]+)"', lambda match: '"%s"' % os.path.realpath(match.group(1)), line)
             for line in text.splitlines()]
    return [re.sub(r"\+0x[0-9a-f]+ \[0x[0-9a-f]+\]$", "", line) for line in lines[:1]] + lines[1:]


def c_stack_ours(text):
    """The frames in a dump, which has the form that CPython's own tests want."""
    header, *lines = text.splitlines()
    if header != "Current thread's C stack trace (most recent call first):":
        say("header", header)
    for line in lines:
        if not re.fullmatch(r'(  Binary file ".+"(, at .*(\+|-)0x[0-9a-f]+)? \[0x[0-9a-f]+\])'
                            "|(<.+>)|  <truncated rest of calls>", line):
            say("line", line)
    return c_stack_lines("\n".join(lines))


def compare_c_stack(what, depth, crashers):
    """What is said from outside is what backtrace() and dladdr() have."""
    theirs, ours = Collected(what + ".theirs"), Collected(what + ".ours")
    say(what, crashers.c_stack_at(depth, theirs.file.fileno(), ours.file.fileno(), 0))
    wanted = c_stack_lines(theirs.text())
    if len(wanted) > 32:
        wanted = wanted[:32] + ["  <truncated rest of calls>"]
    found = c_stack_ours(ours.text())
    say("named", re.findall(r'", at (c_stack_\w*)', "\n".join(found)))
    if found != wanted or len(found) < 8:
        say(what + " differs", "\n" + "\n".join(found) + "\n---\n" + "\n".join(wanted))


def c_stack():
    """From the main thread and another, shallow and deep, into files and a pipe."""
    crashers = ctypes.PyDLL(_crashers().__file__)
    compare_c_stack("main", 2, crashers)
    for name, depth in (("thread", 0), ("deep", 40)):
        thread = threading.Thread(target=compare_c_stack, args=(name, depth, crashers))
        thread.start()
        thread.join()
    to_read, to_write = os.pipe()
    say("pipe", call("dump_c_stack", to_write))
    os.close(to_write)
    with open(to_read, "rb") as file:
        found = c_stack_ours(file.read().decode("ascii"))
    say("frames", len(found) > 8)
    say("wrong", [call("dump_c_stack", number) for number in (-1, 999999)])


def _crashers():
    import _crashers
    return _crashers


def switches():
    """How often each other thread has waited, and been woken."""
    counts = {}
    for tid in os.listdir("/proc/self/task"):
        with open("/proc/self/task/%s/status" % tid) as file:
            counts[tid] = re.search(r"\nvoluntary_ctxt_switches:\s+(\d+)", file.read()).group(1)
    del counts[str(threading.get_native_id())]
    return counts


def c_stack_alone(threads):
    """No thread is stopped but the one that asks."""
    event = threading.Event()
    threading.stack_size(128 * 1024)
    for _ in range(int(threads)):
        threading.Thread(target=event.wait, daemon=True).start()
    before = None
    while before != switches():
        before = switches()
        time.sleep(0.2)
    file = Collected("alone")
    say("c stack", call("dump_c_stack", file.file.fileno()))
    say("woken", sum(before[tid] != count for tid, count in switches().items()))
    say("all threads", call("dump_traceback", file.file.fileno(), ALL_THREADS, 0, 0))
    say("woken", sum(before[tid] != count for tid, count in switches().items()))


def c_stack_enabled(where, threads):
    """Dies below C that is ours, and has the C stack shown too."""
    sys.modules["gr\xf6\xdfe"] = sys.modules["faulthandler"]
    crashers = ctypes.PyDLL(_crashers().__file__)
    file = open(where, "wb", buffering=0)
    flags = C_STACK | (ALL_THREADS if threads == "1" else 0)
    say("enabled", call("enable", file.fileno(), flags, 0))
    theirs = open(where + ".theirs", "wb", buffering=0)
    crashers.c_stack_at(3, theirs.fileno(), -1, 1)


def later():
    """A file that is somebody else's by then; repeat, cancel, names."""
    file = Collected("later")
    fd = os.dup(file.file.fileno())
    other = Collected("other")
    say("later", call("dump_traceback_later", None, 50000, fd, 0, 0))
    os.dup2(other.file.fileno(), fd)
    text = file.wait(lambda text: "<module>" in text)
    say("text", [line.partition(" in ")[2] or line.replace("%016x" % threading.get_ident(), "X")
                 for line in text.splitlines()])
    say("other", repr(other.text()))
    time.sleep(0.2) # until the daemon knows that it is done
    say("cancel", call("cancel_dump_traceback_later", None))
    file = Collected("repeat")
    say("repeat", call("dump_traceback_later", b"often", 20000, file.file.fileno(), REPEAT, 0))
    say("never", call("dump_traceback_later", b"never", 3600 * 10 ** 6, file.file.fileno(), 0, 0))
    text = file.wait(lambda text: text.count("Timeout") >= 5)
    say("cancel", call("cancel_dump_traceback_later", b"often"))
    count = file.text().count("Timeout (0:00:00.020000)!\nThread 0x")
    say("often", count >= 5)
    time.sleep(0.1)
    say("no more", file.text().count("Timeout") - count)
    say("cancel", [call("cancel_dump_traceback_later", name) for name in (b"often", b"never")])


def wrong():
    """What has no sense, by its errno."""
    say("flags", call("dump_traceback", 1, 64, 0, 0))
    say("flags", call("dump_traceback", 1, CHAIN, 0, 0))
    say("descriptor", call("dump_traceback", 999999, 0, 0, 0))
    say("descriptor", call("dump_traceback_later", None, 1, -1, 0, 0))
    say("time", call("dump_traceback_later", None, 0, 1, 0, 0))
    say("time", call("dump_traceback_later", None, 2 ** 63, 1, 0, 0))
    say("name", call("dump_traceback_later", b"x" * 64, 1, 1, 0, 0))
    say("signal", [call("register", number, 1, 0, 0)
                   for number in (-1, 0, 65, signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL, 32)])
    say("not registered", call("unregister", signal.SIGUSR1))


def registered():
    """With and without chain, to a file that is closed meanwhile."""
    calls = []
    signal.signal(signal.SIGUSR1, lambda *ignored: calls.append(file.text().count("thread 0x")))
    file = Collected("registered")
    fd = os.dup(file.file.fileno())
    say("register", call("register", signal.SIGUSR1, fd, ALL_THREADS, 0))
    os.close(fd)
    os.kill(os.getpid(), signal.SIGUSR1)
    say("calls", (calls, file.text().count("Current thread 0x")))
    say("again", call("register", signal.SIGUSR1, file.file.fileno(), ALL_THREADS | CHAIN, 0))
    say("unregister", call("unregister", signal.SIGUSR1))
    os.kill(os.getpid(), signal.SIGUSR1)
    say("calls", (calls, file.text().count("Current thread 0x")))
    say("chain", call("register", signal.SIGUSR1, file.file.fileno(), ALL_THREADS | CHAIN, 0))
    os.kill(os.getpid(), signal.SIGUSR1)
    say("calls", (calls, file.text().count("Current thread 0x")))
    child = os.fork()
    if not child:
        os.kill(os.getpid(), signal.SIGUSR1)
        os._exit(len(calls))
    say("child", os.waitpid(child, 0)[1])
    say("calls", (calls, file.text().count("Current thread 0x")))
    say("unregister", [call("unregister", signal.SIGUSR1) for _ in range(2)])


def exits():
    file = Collected("exits")
    say("later", call("dump_traceback_later", None, 50000, file.file.fileno(), EXIT, 0))
    time.sleep(LONG)


def enabled(how, where, threads):
    """Dies, and is written about by either."""
    # An extension module that is not Python's own; or, without that set, all are.
    sys.modules["gr\xf6\xdfe"] = sys.modules["faulthandler"]
    if threads == "0" and hasattr(sys, "stdlib_module_names"):
        del sys.stdlib_module_names
    file = open(where, "wb", buffering=0)
    if how == "ours":
        say("enabled", (call("is_enabled"),
                        call("enable", file.fileno(), ALL_THREADS if threads == "1" else 0, 0),
                        call("is_enabled")))
        # The original would write nowhere, or to somebody else.
        file.close()
    else:
        faulthandler.enable(file, threads == "1")
        say("enabled", (0, 0, 1))
    event = threading.Event()
    threading.Thread(target=event.wait, daemon=True).start()
    time.sleep(0.1)
    deep(3, lambda: ctypes.string_at(0))


def disabled(where):
    file = open(where, "wb", buffering=0)
    say("enable", call("enable", file.fileno(), ALL_THREADS, 0))
    say("disable", [call("disable"), call("disable"), call("is_enabled")])
    ctypes.string_at(0)


def heartbeats():
    """Three of them: one that is missed, one that goes on, one that ends."""
    say("annotate", [call("annotate", b"request", b"17"), call("annotate", b"gone", b"x"),
                     call("annotate", b"gone", None), call("annotate", b"request", b"18 \xff\n")])
    say("wrong", [call("annotate", None, b"x"), call("annotate", b"", b"x"),
                  call("annotate", b"x" * 64, b"x"), call("annotate", b"x", b"x" * 1024),
                  call("heartbeat", None, 1), call("heartbeat", b"x", 2 ** 63)])
    say("many", [call("annotate", b"key%d" % number, b"x") for number in range(64)].count(0))
    for number in range(64):
        call("annotate", b"key%d" % number, None)
    say("ends", [call("heartbeat", b"ends", 100000), call("heartbeat", b"ends", 0),
                 call("heartbeat", b"ends", 0)])
    say("missed", call("heartbeat", b"missed", 300000))
    end = time.monotonic() + 1
    while time.monotonic() < end:
        call("heartbeat", b"goes on", 400000)
        time.sleep(0.02)
    say("again", call("heartbeat", b"missed", 3600 * 10 ** 6))


def annotated():
    call("annotate", b"request", b"18")
    deep(3, lambda: ctypes.string_at(0))


def stands():
    """To be looked at from outside."""
    event = threading.Event()
    for depth in (1, 2, 3):
        threading.Thread(target=deep, args=(depth, event.wait), name="worker-%d" % depth,
                         daemon=True).start()
    time.sleep(0.1)
    print("ready", flush=True)
    deep(7, sys.stdin.read)
    print("goes on", threading.active_count(), flush=True)


def parent():
    """Two children, and one of theirs; each says who it is, and waits."""
    to_read, to_write = os.pipe()
    children = []
    for grandchildren in (0, 1):
        child = os.fork()
        if not child:
            if grandchildren:
                os.fork()
            os.write(to_write, b"%d " % os.getpid())
            time.sleep(LONG)
            os._exit(0)
        children.append(child)
    said = b""
    while said.count(b" ") < 3:
        said += os.read(to_read, 100)
    others = sorted(set(map(int, said.split())) - set(children))
    print("ready")
    print(os.getpid(), *sorted(children), *others, flush=True)
    sys.stdin.read()
    for pid in children + others:
        os.kill(pid, signal.SIGKILL)
    for _ in children:
        os.wait()


def many(threads, path):
    """Many threads; is dumped again and again by one of them until it is told to end."""
    event = threading.Event()
    threading.stack_size(128 * 1024)
    for _ in range(int(threads)):
        threading.Thread(target=event.wait, daemon=True).start()
    file = open(path, "ab", buffering=0)
    ended = []
    watcher = threading.Thread(target=lambda: ended.append(sys.stdin.read()))
    watcher.start()
    print("ready", flush=True)
    results = set()
    while not ended:
        results.add(call("dump_traceback", file.fileno(), ALL_THREADS, 10 ** 6, 0))
    watcher.join()
    event.set()
    say("results", sorted(results))


def many_later(threads, period, path):
    """Many threads, and a timer that dumps them until it is told to end."""
    event = threading.Event()
    threading.stack_size(128 * 1024)
    for _ in range(int(threads)):
        threading.Thread(target=event.wait, daemon=True).start()
    file = open(path, "ab", buffering=0)
    print("ready", flush=True)
    say("later", call("dump_traceback_later", None, int(period), file.fileno(), REPEAT, 10 ** 6))
    sys.stdin.read()
    say("cancel", call("cancel_dump_traceback_later", None))
    event.set()


def busy(seconds, path):
    """What makes the original crash: a fast timer, depth, threads that come and go."""
    file = open(path, "wb", buffering=0)
    end = time.monotonic() + float(seconds)

    def churn():
        while time.monotonic() < end:
            thread = threading.Thread(target=deep, args=(40, lambda: time.sleep(0.001)))
            thread.start()
            thread.join()

    sys.setrecursionlimit(5000)
    say("later", call("dump_traceback_later", None, 500, file.fileno(), REPEAT, 0))
    threads = [threading.Thread(target=churn) for _ in range(3)]
    for thread in threads:
        thread.start()
    while time.monotonic() < end:
        deep(900, lambda: None)
    for thread in threads:
        thread.join()
    say("cancel", call("cancel_dump_traceback_later", None))


globals()[sys.argv[1]](*sys.argv[2:])
