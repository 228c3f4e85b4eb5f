"""What FDPRELOAD_WATCH costs: the watcher's looks, and the process that it looks at."""

import statistics
import time

import figures
import program
from pauses import Living

# A look each tenth of a second.
WATCH_SECONDS = 0.8
LOOK_SECONDS = 0.1

# Rounds with as many looks each, in full and in short.
ROUNDS = ((5, 20), (2, 10))
THREADS = (4, 100, 1000)
START_SECONDS = 20


class Watched(Living):
    """The same process, under the shim; WATCH "" is not watched."""

    def __init__(self, bench, interpreter, threads, watch):
        self.watch = watch
        super().__init__(bench, interpreter, threads)

    def environment(self, bench):
        return bench.setup.environment(bench.root, True, FDPRELOAD_WATCH=self.watch,
                                       FDPRELOAD_ECHO="none")


def children_of(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
        return [int(word) for word in file.read().split()]


def watcher():
    """The only one, once it is there."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        for daemon in program.children():
            if program.comm_of(daemon) not in program.DAEMON:
                continue
            for child in children_of(daemon):
                if program.comm_of(child) == "(fdpreload-watc":
                    return child
        time.sleep(0.01)
    return None


def times(pid):
    """(seconds on a processor, how often it slept)."""
    with open("/proc/%d/schedstat" % pid) as file:
        run = int(file.read().split()[0]) / 1e9
    with open("/proc/%d/status" % pid) as file:
        switches = next(line for line in file if line.startswith("voluntary_ctxt_switches"))
    return run, int(switches.split()[1])


def memory(pid):
    with open("/proc/%d/smaps_rollup" % pid) as file:
        sizes = {line.split(":")[0]: int(line.split()[1]) for line in file if " kB" in line}
    return sizes["Private_Dirty"], sizes["Pss"]


def measure(bench, one, pid):
    """(gaps, seconds of each look); the gaps also of a process that nobody watches."""
    rounds, looks = bench.count(ROUNDS)
    gaps, costs = [], []
    for _ in range(rounds):
        before = times(pid) if pid else None
        one.gap()
        time.sleep(looks * LOOK_SECONDS)
        gaps.append(one.gap())
        if pid:
            run, slept = times(pid)
            costs.append((run - before[0]) / max(1, slept - before[1]))
    return gaps, costs


def one_size(bench, interpreter, threads):
    found = {}
    for watch in ("", str(WATCH_SECONDS)):
        one = Watched(bench, interpreter, threads, watch)
        pid = watcher() if watch else None
        # The first look is another one: it finds Python.
        time.sleep(3 * LOOK_SECONDS)
        found[watch] = measure(bench, one, pid)
        private, pss = memory(pid) if pid else (0, 0)
        one.process.kill()
        one.process.communicate()
        program.reap_orphans()
    gaps, costs = found[watch]
    bare = found[""][0]
    figures.note("%4d threads: %s a look (worst round %s); gap of the one that runs %s, "
                 "unwatched %s; the watcher has %d KiB of its own, %d KiB in all" % (
                     threads, figures.time(statistics.median(costs)), figures.time(max(costs)),
                     figures.time(statistics.median(gaps)), figures.time(statistics.median(bare)),
                     private, pss))


def run(bench):
    figures.heading("FDPRELOAD_WATCH: nine looks in the time that is set")
    for threads in THREADS:
        one_size(bench, bench.two[0], threads)
