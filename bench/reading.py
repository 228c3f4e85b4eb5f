"""What reading Python's frames costs, of each version: the time for which the threads
stand, and that until the text is there, beside what other tools take for the same."""

import dataclasses
import json
import shutil
import statistics
import subprocess
import time

import figures
import interpreters
from pauses import ANSWER_SECONDS, dump_once, living, Tool

THREADS, FRAMES = 100, 50
# How long they may stand, in seconds.
TARGET = 5e-3
ROUNDS = (20, 5)

PEERS = [
    Tool("pystack", ["pystack", "remote"]),
    Tool("py-spy", ["py-spy", "dump", "--pid"]),
    Tool("austin", ["austin", "-w"]),
]

ROW = "  %-14s %7s %8s %8s %-8s %-5s %9s %9s  %s"


@dataclasses.dataclass
class Read:
    """One dump: seconds, and the Python frames that it has."""
    hold: float
    took: float
    frames: int


def read_once(bench, pid):
    begin = time.perf_counter()
    answer = subprocess.run([bench.setup.cli, "dump", "--no-native", "--format", "json", str(pid)],
                            stdout=subprocess.PIPE, check=True, timeout=ANSWER_SECONDS,
                            env={"PATH": "/usr/bin:/bin", "FDPRELOAD_DAEMON": bench.setup.daemon})
    took = time.perf_counter() - begin
    report = json.loads(answer.stdout)
    return Read(report["capture"]["hold_ms"] / 1e3, took,
                sum(len(thread["frames"]) for thread in report["threads"]))


def peer_text(bench, tool, pid):
    """Its time for each frame, or that it shows none."""
    dumps = [dump_once(bench, tool, pid) for _ in range(3)]
    if not all(tool.proof in dump.text for dump in dumps):
        return "%s: no stacks" % tool.label
    took = statistics.median(dump.took for dump in dumps)
    return "%s %s" % (tool.label, figures.time(took / (THREADS * FRAMES)))


def row(bench, interpreter, peers):
    with living(bench, interpreter, THREADS, FRAMES) as one:
        # The first one reads files that the next ones find in memory.
        read_once(bench, one.pid)
        found = [read_once(bench, one.pid) for _ in range(bench.count(ROUNDS))]
        beside = ", ".join(peer_text(bench, tool, one.pid) for tool in peers)
    holds = [read.hold for read in found]
    frames = found[-1].frames
    took = statistics.median(read.took for read in found)
    print(ROW % (interpreter.label, frames, figures.time(statistics.median(holds)),
                 figures.time(max(holds)), figures.time(TARGET),
                 figures.verdict(min(holds), max(holds), TARGET),
                 figures.time(statistics.median(holds) / frames), figures.time(took / frames),
                 beside), flush=True)


def run(bench):
    peers = [peer for peer in PEERS if shutil.which(peer.command[0])]
    print("\nReading %d threads of %d Python frames, without native ones" % (THREADS, FRAMES))
    print(ROW % ("", "frames", "stand", "worst", "at most", "", "a frame", "to JSON", "a frame of others"),
          flush=True)
    for interpreter in interpreters.find(interpreters.EVERY):
        row(bench, interpreter, peers)
    absent = [peer.label for peer in PEERS if peer not in peers]
    if absent:
        figures.note("not installed: %s" % ", ".join(absent))
