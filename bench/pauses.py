"""What a dump of a living process costs it, beside what other tools cost it.

A thread of the process spins on the clock (spin.c): the longest gap between two
looks is how long a dump held it up, whatever the tool says of itself.
"""

import contextlib
import dataclasses
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


def measure_once(bench, tool, one, seconds):
    """A dump, after as many SECONDS without one.

    The processor is kept as busy as a tool would: where others run too, that
    alone holds a thread up for some slices of the scheduler.
    """
    one.gap()
    compute(min(seconds, NOISE_SECONDS))
    noise = one.gap()
    dump = dump_once(bench, tool, one.pid)
    gap = one.gap()
    if tool.proof in dump.text:
        dump.noise, dump.gap = noise, gap
    return dump


def measure(bench, tools, one):
    """{label: [Dump]}, the tools by turns; a first run of each, cold, is not counted."""
    took = {tool.label: dump_once(bench, tool, one.pid).took for tool in tools}
    found = {tool.label: [] for tool in tools}
    rounds, seconds = bench.count(ROUNDS)
    end = time.monotonic() + seconds
    order = random.Random(1)
    tools = list(tools)
    for number in range(rounds):
        if number and time.monotonic() > end:
            break
        order.shuffle(tools)
        for tool in tools:
            dump = measure_once(bench, tool, one, took[tool.label])
            took[tool.label] = dump.took
            found[tool.label].append(dump)
    return found


ROW = "  %-27s %8s %8s  %-8s %-5s %-20s %8s %8s  %s"


def both(values):
    return figures.time(statistics.median(values)), figures.time(max(values))


def verdict(dumps, limit):
    """Of those that had no noise above the limit just before, if that is most of them."""
    quiet = [dump.gap for dump in dumps if dump.noise <= limit]
    if 2 * len(quiet) <= len(dumps):
        return "ok?"
    return figures.verdict(min(quiet), max(quiet), limit)


def noticed(dumps, limit):
    """Whether the gaps are those that are there without a dump, if most runs can tell."""
    quiet = [dump for dump in dumps if dump.noise <= limit]
    if 2 * len(quiet) <= len(dumps):
        return "ok?"
    seen = statistics.median(dump.gap for dump in quiet) > max(dump.noise for dump in quiet)
    return "OVER" if seen else "ok"


def target(tool, dumps, limit):
    if not tool.ours:
        return "", ""
    if not tool.stops:
        return "noise", noticed(dumps, limit)
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


def row(tool, dumps, limit):
    good = [dump for dump in dumps if dump.gap is not None]
    if not good:
        lines = dumps[-1].text.decode(errors="replace").split("\n")
        figures.note("%-27s no stacks: %s" % (tool.label, next(filter(None, lines), "no output")))
        return
    print(ROW % (tool.label, *both([dump.gap for dump in good]), *target(tool, good, limit),
                 "%s..%s" % both([dump.noise for dump in good]),
                 *both([dump.took for dump in good]),
                 "; ".join(remarks(dumps, good, limit))), flush=True)


def table(bench, tools, interpreter, threads):
    print("\nDumps of %d threads of Python %s: the longest gap of the one that runs" % (
        threads, interpreter.label))
    print(ROW % ("", "gap", "worst", "at most", "", "noise", "to text", "worst", ""), flush=True)
    with living(bench, interpreter, threads) as one:
        found = measure(bench, tools, one)
    for tool in tools:
        row(tool, found[tool.label], TARGETS[threads])


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
