"""What a dump of a living process costs it, beside what other tools cost it.

A thread of the process spins on the clock (spin.c): the longest gap between two
looks is how long a dump held it up, whatever the tool says of itself.  Of that,
what any work on the machine costs the thread is noise: for our own commands it is
the gap while the same command dumps another process that is its like, but for the
thread that spins; for the others, while a processor is kept busy as long.
"""

import contextlib
import dataclasses
import math
import os
import random
import re
import select
import shutil
import statistics
import subprocess
import time

import figures
import program

# threads: how long one that runs may be held up by our dump, in seconds
TARGETS = {4: 0.5e-3, 100: 2e-3, 1000: 15e-3}

# Rounds, and seconds after which no other is begun: in full and in short.
ROUNDS = ((5, 20), (2, 5))
# So long, at most, the noise before a dump is looked for: more than our dumps take.
NOISE_SECONDS = 1
# Our own dumps in each round: they are short, and compared with the noise.
OURS_EACH = 4
# Standard deviations from which on two samples are not alike: one time in 700.
ALIKE = 3
# Fewer could not differ as much, and have no interval of 95 %.
LEAST = 7
FRAMES = 32
ANSWER_SECONDS = 30
DUMP_SECONDS = 60


@dataclasses.dataclass
class Tool:
    label: str
    # The pid comes last.
    command: list
    # In what it prints, if it has seen a stack.
    proof: bytes = b"deep"
    ours: bool = False
    # False: the process must not notice at all.
    stops: bool = True


PEERS = [
    Tool("pystack remote", ["pystack", "remote"]),
    Tool("pystack remote --native", ["pystack", "remote", "--native"]),
    Tool("py-spy dump", ["py-spy", "dump", "--pid"]),
    Tool("py-spy dump --native", ["py-spy", "dump", "--native", "--pid"]),
    Tool("gdb, thread apply all bt",
         ["gdb", "-nx", "-batch", "-ex", "thread apply all bt", "-p"], b"#0 "),
    Tool("eu-stack", ["eu-stack", "-p"], b"#0 "),
    Tool("austin -w", ["austin", "-w"]),
]


@dataclasses.dataclass
class Dump:
    """Seconds; GAP None: it printed no stack, but TEXT."""
    took: float
    text: bytes
    noise: float = None
    gap: float = None

    def said(self):
        """What our report says of the same."""
        found = re.search(rb"threads stopped for ([0-9.]+) ms", self.text)
        return float(found.group(1)) / 1e3 if found else None


class Living:
    """A process of THREADS threads; one of them spins."""

    def __init__(self, bench, interpreter, threads, *more):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "living.py")
        library = os.path.join(bench.setup.build, "bench", "spin.so")
        self.process = subprocess.Popen(
            [interpreter.path, "-S", script, library, str(threads), *map(str, more)],
            env=self.environment(bench), cwd=bench.root,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.pid = self.process.pid
        self.answer()

    def environment(self, bench):
        return bench.setup.environment(bench.root, False)

    def answer(self):
        if not select.select([self.process.stdout], [], [], ANSWER_SECONDS)[0]:
            raise program.Hang("no answer from the process to be dumped")
        return self.process.stdout.readline()

    def gap(self):
        """The longest since the last call, in seconds."""
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()
        return int(self.answer()) / 1e9


@contextlib.contextmanager
def living(bench, interpreter, threads, *more):
    one = Living(bench, interpreter, threads, *more)
    try:
        yield one
    finally:
        one.process.kill()
        one.process.communicate()


def dump_once(bench, tool, pid):
    path = os.path.join(bench.root, "dump")
    # A server for debug information would be measured instead.
    environment = dict(os.environ, FDPRELOAD_DAEMON=bench.setup.daemon, DEBUGINFOD_URLS="")
    with open(path, "wb") as output:
        begin = time.perf_counter()
        subprocess.run([*tool.command, str(pid)], stdout=output, stderr=subprocess.STDOUT,
                       stdin=subprocess.DEVNULL, env=environment, cwd=bench.root,
                       timeout=DUMP_SECONDS)
        took = time.perf_counter() - begin
    return Dump(took, program.read(path))


def compute(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


class Bystanders:
    """The process that is dumped, and its like, in which nothing moves."""

    def __init__(self, one, twin):
        self.one = one
        self.twin = twin

    def noise(self, bench, tool, seconds):
        """The gap that there is without a dump of it."""
        self.one.gap()
        if tool.ours:
            dump_once(bench, tool, self.twin.pid)
        else:
            compute(min(seconds, NOISE_SECONDS))
        return self.one.gap()

    def measure(self, bench, tool, seconds, noise_first):
        """A dump, and as many SECONDS without one before or behind it."""
        noise = self.noise(bench, tool, seconds) if noise_first else None
        self.one.gap()
        dump = dump_once(bench, tool, self.one.pid)
        gap = self.one.gap()
        if not noise_first:
            noise = self.noise(bench, tool, seconds)
        if tool.proof in dump.text:
            dump.noise, dump.gap = noise, gap
        return dump


def measure(bench, tools, bystanders):
    """{label: [Dump]}, the tools by turns; a first run of each, cold, is not counted."""
    took = {tool.label: dump_once(bench, tool, bystanders.one.pid).took for tool in tools}
    found = {tool.label: [] for tool in tools}
    rounds, seconds = bench.count(ROUNDS)
    end = time.monotonic() + seconds
    order = random.Random(1)
    turns = [tool for tool in tools for _ in range(OURS_EACH if tool.ours else 1)]
    for number in range(rounds):
        if number and time.monotonic() > end:
            break
        order.shuffle(turns)
        for tool in turns:
            # What comes second finds more in the caches.
            dump = bystanders.measure(bench, tool, took[tool.label], order.random() < 0.5)
            took[tool.label] = dump.took
            found[tool.label].append(dump)
    return found


ROW = "  %-27s %8s %8s  %-8s %-5s %-20s %8s %8s  %s"


def both(values):
    return figures.time(statistics.median(values)), figures.time(max(values))


def verdict(dumps, limit):
    """Of the median of those that had no noise above the limit just before, if most had none."""
    quiet = [dump.gap for dump in dumps if dump.noise <= limit]
    if 2 * len(quiet) <= len(dumps) or len(quiet) < LEAST:
        return "ok?"
    return figures.verdict(*figures.interval(quiet), limit)


def differ(gaps, noises):
    """Whether GAPS are larger than NOISES: by the sum of ranks (Mann, Whitney)."""
    larger = sum((gap > noise) + (gap == noise) / 2 for gap in gaps for noise in noises)
    pairs = len(gaps) * len(noises)
    deviation = math.sqrt(pairs * (len(gaps) + len(noises) + 1) / 12)
    return larger - pairs / 2 > ALIKE * deviation


def is_noticed(dumps):
    good = [dump for dump in dumps if dump.gap is not None]
    return bool(good) and differ([dump.gap for dump in good], [dump.noise for dump in good])


def target(tool, dumps, limit, can_tell):
    """The last: whether a dump that does stop the threads is seen to."""
    if not tool.ours:
        return "", ""
    if not tool.stops:
        can_tell = can_tell and len(dumps) >= LEAST
        return "noise", "OVER" if is_noticed(dumps) else "ok" if can_tell else "ok?"
    return figures.time(limit), verdict(dumps, limit)


def remarks(dumps, good, limit):
    said = [dump.said() for dump in good if dump.said() is not None]
    if said:
        yield "says %s" % figures.time(statistics.median(said))
    noisy = sum(dump.noise > limit for dump in good)
    if noisy:
        yield "%d of %d cannot tell" % (noisy, len(good))
    if len(good) < len(dumps):
        yield "%d of %d failed" % (len(dumps) - len(good), len(dumps))


def row(tool, dumps, limit, can_tell):
    good = [dump for dump in dumps if dump.gap is not None]
    if not good:
        lines = dumps[-1].text.decode(errors="replace").split("\n")
        figures.note("%-27s no stacks: %s" % (tool.label, next(filter(None, lines), "no output")))
        return
    print(ROW % (tool.label, *both([dump.gap for dump in good]), *target(tool, good, limit, can_tell),
                 "%s..%s" % both([dump.noise for dump in good]),
                 *both([dump.took for dump in good]),
                 "; ".join(remarks(dumps, good, limit))), flush=True)


def table(bench, tools, interpreter, threads):
    print("\nDumps of %d threads of Python %s: the longest gap of the one that runs" % (
        threads, interpreter.label))
    print(ROW % ("", "gap", "worst", "at most", "", "noise", "to text", "worst", ""), flush=True)
    with living(bench, interpreter, threads) as one, \
            living(bench, interpreter, threads, FRAMES, "still") as twin:
        found = measure(bench, tools, Bystanders(one, twin))
    can_tell = all(is_noticed(found[tool.label]) for tool in tools if tool.ours and tool.stops)
    for tool in tools:
        row(tool, found[tool.label], TARGETS[threads], can_tell)


def run(bench):
    ours = [bench.setup.cli, "dump"]
    tools = [Tool("fdpreload dump", ours, ours=True),
             Tool("fdpreload dump --no-native", [*ours, "--no-native"], ours=True),
             Tool("fdpreload dump --nonblocking", [*ours, "--nonblocking"], ours=True, stops=False)]
    tools += [peer for peer in PEERS if shutil.which(peer.command[0])]
    # The system's, if it is here; in full the newest before it.
    for interpreter in bench.two[-1:] if bench.quick else bench.two:
        for threads in TARGETS:
            table(bench, tools, interpreter, threads)
    absent = dict.fromkeys(peer.command[0] for peer in PEERS if peer not in tools)
    if absent:
        figures.note("not installed: %s" % ", ".join(absent))
