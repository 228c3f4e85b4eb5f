"""Programs that hang, and healthy ones that look as if they did: hangs.py NAME SECONDS."""

import ctypes
import os
import sys
import threading
import time


def say(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def ticking():
    """Another thread that wants the GIL now and then."""
    while True:
        time.sleep(0.01)


def in_thread(function, *arguments):
    thread = threading.Thread(target=function, args=arguments)
    thread.daemon = True
    thread.start()
    return thread


# --- hangs -----------------------------------------------------------------


def gil_in_c():
    """A C function that sleeps and keeps the GIL, while others want it."""
    in_thread(ticking)
    say("ready")
    ctypes.PyDLL(None).sleep(int(SECONDS))


def gil_in_c_alone():
    say("ready")
    ctypes.PyDLL(None).sleep(int(SECONDS))


def gil_spinning():
    """The same, burning processor time below one call."""
    in_thread(ticking)
    say("ready")
    sum(iter(int, 1))


def while_true():
    say("ready")
    while True:
        pass


def while_true_with_threads():
    in_thread(ticking)
    say("ready")
    while True:
        pass


def endless_match():
    import re
    say("ready")
    re.match(r"(a+)+$", "a" * 64 + "b")


class Mutex:
    def __init__(self):
        self.memory = ctypes.create_string_buffer(64)

    def lock(self, library):
        library.pthread_mutex_lock(self.memory)


def cross(first, second):
    """Two threads take two locks, each in its own order."""
    barrier = threading.Barrier(2)

    def take(one, other):
        one()
        barrier.wait()
        other()

    thread = in_thread(take, first[0], second[0])
    say("ready")
    take(second[1], first[1])
    thread.join()


def deadlock_mutexes():
    libc = ctypes.CDLL(None)
    a, b = Mutex(), Mutex()
    take_a, take_b = (lambda: a.lock(libc)), (lambda: b.lock(libc))
    cross((take_a, take_a), (take_b, take_b))


def deadlock_rlocks():
    a, b = threading.RLock(), threading.RLock()

    def take_with(lock):
        with lock:
            time.sleep(float(SECONDS))

    def hold(one, other, barrier):
        with one:
            barrier.wait()
            with other:
                pass

    barrier = threading.Barrier(2)
    in_thread(hold, a, b, barrier)
    say("ready")
    hold(b, a, barrier)


def deadlock_mutex_and_gil():
    """One has the GIL and wants a mutex, the other has that and wants the GIL."""
    mutex = Mutex()
    taken = threading.Event()

    def take():
        ctypes.CDLL(None).pthread_mutex_lock(mutex.memory)
        taken.set()
        time.sleep(0.1)

    in_thread(take)
    taken.wait()
    say("ready")
    ctypes.PyDLL(None).pthread_mutex_lock(mutex.memory)


def loop_blocked():
    import asyncio

    async def main():
        say("ready")
        time.sleep(float(SECONDS))

    run(asyncio, main)


def loop_waits_for_child():
    import asyncio
    import subprocess

    async def main():
        child = subprocess.Popen(["sleep", SECONDS])
        say("ready")
        child.wait()

    run(asyncio, main)


def loop_in_thread_blocked():
    import asyncio

    async def main():
        time.sleep(float(SECONDS))

    in_thread(run, asyncio, main)
    say("ready")
    time.sleep(float(SECONDS))


def forked_child_hangs():
    child = os.fork()
    if not child:
        while True:
            pass
    say("ready")
    os.waitpid(child, 0)


# --- healthy ---------------------------------------------------------------


def run(asyncio, main):
    loop = asyncio.new_event_loop()
    loop.run_until_complete(main())
    loop.close()


def until_end():
    return END - time.monotonic()


def server_under_load():
    import http.client
    import http.server
    import socketserver

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = ",".join(str(i) for i in range(2000)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    in_thread(server.serve_forever)

    def load():
        while until_end() > 0:
            connection = http.client.HTTPConnection(*server.server_address)
            connection.request("GET", "/")
            connection.getresponse().read()
            connection.close()

    say("ready")
    threads = [in_thread(load) for _ in range(4)]
    for thread in threads:
        thread.join()


def idle_in_accept():
    import socket
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(1)
    say("ready")
    timer = threading.Timer(until_end(), lambda: socket.create_connection(listener.getsockname()))
    timer.start()
    listener.accept()


def idle_loop():
    import asyncio

    async def main():
        say("ready")
        await asyncio.sleep(until_end())

    run(asyncio, main)


def busy_loop_of_events():
    import asyncio

    async def handle():
        time.sleep(0.05)

    async def main():
        say("ready")
        while until_end() > 0:
            await asyncio.gather(*[handle() for _ in range(5)])

    run(asyncio, main)


def asleep():
    say("ready")
    time.sleep(until_end())


def hashing():
    """A long call that has let go of the GIL."""
    import hashlib
    say("ready")
    rounds = 20000
    while until_end() > 0:
        before = time.monotonic()
        hashlib.pbkdf2_hmac("sha256", b"password", b"salt", rounds)
        took = time.monotonic() - before
        # Half of what is left: the machine may have less time for us then.
        rounds = max(1, int(rounds * until_end() / 2 / took))


def computing():
    say("ready")
    total = 0
    while until_end() > 0:
        for i in range(200000):
            total += i * i


def computing_in_calls():
    """One instruction, again and again, that takes most of the time."""
    numbers = list(range(300000, 0, -1))
    say("ready")
    while until_end() > 0:
        for i in range(10):
            sorted(numbers)


def fighting():
    def work():
        total = 0
        while until_end() > 0:
            for i in range(10000):
                total += i

    say("ready")
    threads = [in_thread(work) for _ in range(8)]
    for thread in threads:
        thread.join()


def waiting_for_child():
    import subprocess
    child = subprocess.Popen(["sleep", str(max(1, int(until_end())))])
    say("ready")
    child.wait()


def polling():
    done = threading.Event()
    say("ready")
    while until_end() > 0:
        done.wait(0.01)


def waiting_for_queue():
    import queue
    jobs = queue.Queue()
    workers = [in_thread(jobs.get) for _ in range(20)]
    say("ready")
    time.sleep(until_end())
    for _ in workers:
        jobs.put(None)


def stopped():
    """By a signal, with the GIL."""
    import signal
    import subprocess
    waker = subprocess.Popen(["sh", "-c", "sleep %s; kill -CONT %d" % (SECONDS, os.getpid())],
                             preexec_fn=os.setsid)
    say("ready")
    os.kill(os.getpid(), signal.SIGSTOP)
    waker.wait()


# --- and both --------------------------------------------------------------


def hangs_twice():
    """Each time until whoever watches has seen it."""
    import asyncio

    async def main():
        say("ready")
        for _ in range(2):
            time.sleep(float(SECONDS))
            await asyncio.sleep(float(SECONDS))

    run(asyncio, main)


# ---------------------------------------------------------------------------


def several(names):
    """A program for each; their numbers, and how they end."""
    import signal
    import subprocess
    with open(os.devnull) as null:
        children = [subprocess.Popen([sys.executable, __file__, name, SECONDS], stdin=null,
                                     stdout=subprocess.PIPE, preexec_fn=os.setsid)
                    for name in names]
    say("ready")
    say(" ".join(str(child.pid) for child in children))
    # Until we are told, of those that hang.
    if sys.stdin.readline() == "kill\n":
        for child in children:
            os.killpg(child.pid, signal.SIGKILL)
    outputs = [child.communicate()[0] for child in children]
    say(" ".join(str(child.returncode) for child in children))
    for name, output in zip(names, outputs):
        if not output.endswith(b"done\n"):
            say("%s: %r" % (name, output))


if __name__ == "__main__":
    SECONDS = sys.argv[2]
    END = time.monotonic() + float(SECONDS)
    if sys.argv[1] == "several":
        several(sys.argv[3:])
    else:
        globals()[sys.argv[1]]()
        say("done")
