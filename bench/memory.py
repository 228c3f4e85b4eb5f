"""What the shim and its daemon occupy, and whether they sleep."""

import contextlib
import os
import re
import select
import statistics
import subprocess
import time

import figures
import program

ROUNDS = (7, 3)
IDLE_SECONDS = (2, 1)
THREADS = 50
CHILDREN = 50
ANSWER_SECONDS = 30

# Does what it is told by a line, and says so by a line.
SCRIPT = """
import os, sys, threading
hold = threading.Event()
reader, writer = os.pipe()

def threads():
    threading.stack_size(1 << 20)
    for _ in range(%d):
        started = threading.Event()
        threading.Thread(target=lambda: (started.set(), hold.wait()), daemon=True).start()
        started.wait()

def children():
    for _ in range(%d):
        if os.fork() == 0:
            os.close(writer)
            os.read(reader, 1)
            os._exit(0)

print("ready", flush=True)
for line in sys.stdin:
    {"threads": threads, "children": children}[line.strip()]()
    print("ready", flush=True)
os._exit(0)
""" % (THREADS, CHILDREN)


class Idle:
    """A Python that waits for commands."""

    def __init__(self, bench, way):
        self.process = subprocess.Popen(
            [bench.two[0].path, "-S", "-c", SCRIPT], env=bench.ways.environment(way),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=bench.root)
        self.pid = self.process.pid
        self.answer()

    def answer(self):
        if not select.select([self.process.stdout], [], [], ANSWER_SECONDS)[0]:
            raise program.Hang("no answer from an idle Python")
        self.process.stdout.readline()

    def tell(self, command):
        self.process.stdin.write(command.encode() + b"\n")
        self.process.stdin.flush()
        self.answer()


@contextlib.contextmanager
def idle(bench, way):
    one = Idle(bench, way)
    try:
        yield one
    finally:
        one.process.stdin.close()
        one.process.wait()
        one.process.stdout.close()
        program.reap_orphans()


def fields(pid, file):
    """{name: number} of a file of /proc that has such lines."""
    with open("/proc/%d/%s" % (pid, file)) as text:
        return {name: int(number) for name, number in
                re.findall(r"^(\w+):\s+(\d+)(?: kB)?$", text.read(), re.M)}


def footprint(pid):
    rollup = fields(pid, "smaps_rollup")
    with open("/proc/%d/maps" % pid) as maps:
        count = len(maps.readlines())
    return {"RSS": rollup["Rss"], "PSS": rollup["Pss"],
            "private, dirty": rollup["Private_Dirty"],
            "VmSize": fields(pid, "status")["VmSize"], "maps": count,
            "descriptors": len(os.listdir("/proc/%d/fd" % pid))}


def daemon_of(bench):
    """The pid of the one daemon, which is our orphan."""
    found = [pid for pid in program.children() if program.comm_of(pid) in program.DAEMON]
    return found[0] if found else None


def application(bench):
    found = {"plain": {}, "thread": {}}
    for _ in range(bench.count(ROUNDS)):
        for way in ("without", "empty", "shim"):
            with idle(bench, way) as one:
                before = footprint(one.pid)
                one.tell("threads")
                after = footprint(one.pid)
            found["plain"].setdefault(way, []).append(before)
            found["thread"].setdefault(way, []).append(
                {what: (after[what] - before[what]) / THREADS for what in after})
    titles = {"plain": "an idle Python", "thread": "for each of %d threads" % THREADS}
    for what, title in titles.items():
        for name in found[what]["shim"][0]:
            values = [statistics.median(one[name] for one in found[what][way])
                      for way in ("without", "empty", "shim")]
            unit = "" if name in ("maps", "descriptors") else " KiB"
            figures.note("%-24s %-15s %10.6g %10.6g %10.6g   %+g%s over empty" % (
                title, name, *values, values[2] - values[1], unit))


def wake_ups(pids, seconds):
    def count():
        return [fields(pid, "status")["voluntary_ctxt_switches"] for pid in pids]
    before = count()
    time.sleep(seconds)
    return [after - old for old, after in zip(before, count())]


def daemon(bench):
    seconds = bench.count(IDLE_SECONDS)
    with idle(bench, "shim") as one:
        pid = daemon_of(bench)
        if pid is None:
            figures.note("no daemon is running")
            return
        for children in (0, CHILDREN):
            if children:
                one.tell("children")
            woken = wake_ups([one.pid, pid], seconds)
            figures.note("daemon with %2d forked children: private memory %d KiB, descriptors %d; "
                         "wake-ups in %d s: application %d, daemon %d" % (
                             children, footprint(pid)["private, dirty"], footprint(pid)["descriptors"],
                             seconds, *woken))


def run(bench):
    print("\nMemory of Python %s, -S: without, empty, shim" % bench.two[0].label)
    application(bench)
    daemon(bench)
