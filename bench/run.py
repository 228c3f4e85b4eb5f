#!/usr/bin/python3
"""What the shim costs, and how long a report takes.

Prints medians; what is compared is measured in turns, in the same minute on the
same machine.  `make bench` builds what is needed.
"""

import argparse
import contextlib
import ctypes
import datetime
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
sys.dont_write_bytecode = True

import crash_cases
import interpreters
import kinds
import pool
import program

STARTS = 80
CRASHES = 15
DEEP_CRASHES = 3
IDLE_SECONDS = 2
# The crash itself in one of these programs, plus reading 1,000 stacks.
DEEP_SECONDS = 120
BY_NAME = {one.name: one for one in kinds.KINDS}


class Bench:
    def __init__(self, setup, interpreter, root):
        self.setup = setup
        self.interpreter = interpreter
        self.root = root
        self.number = 0

    @contextlib.contextmanager
    def directory(self):
        self.number += 1
        path = os.path.join(self.root, str(self.number))
        os.mkdir(path)
        yield path
        shutil.rmtree(path)


def row(what, text):
    print("  %-46s %s" % (what, text), flush=True)


def milliseconds(values):
    return "%8.2f ms (%.2f to %.2f, %d runs)" % (
        statistics.median(values), min(values), max(values), len(values))


def start_once(command, environment):
    begin = time.perf_counter()
    pid = os.posix_spawn(command[0], command, environment)
    os.waitpid(pid, 0)
    taken = time.perf_counter() - begin
    program.reap_orphans()
    return 1000 * taken


def start_up(bench):
    """`python -S -c pass`, in turns."""
    print("start of %s -S -c pass" % bench.interpreter.label)
    empty = os.path.join(bench.root, "empty.so")
    subprocess.run([os.environ.get("CC", "gcc"), "-shared", "-x", "c", "-o", empty, "/dev/null"],
                   check=True)
    with bench.directory() as directory:
        plain = bench.setup.environment(directory, False)
        shim = bench.setup.environment(directory, True)
        ways = {"without": plain, "an empty library preloaded": dict(plain, LD_PRELOAD=empty),
                "with": shim, "with, FDPRELOAD_FOLLOW=none": dict(shim, FDPRELOAD_FOLLOW="none")}
        command = [bench.interpreter.path, "-S", "-c", "pass"]
        times = {name: [] for name in ways}
        for _ in range(STARTS):
            for name, environment in ways.items():
                times[name].append(start_once(command, environment))
    base = statistics.median(times["without"])
    for name, values in times.items():
        row(name, "%s, %.3f times" % (milliseconds(values), statistics.median(values) / base))


def status_field(pid, name):
    with open("/proc/%d/status" % pid) as file:
        return int(re.search(r"^%s:\s*(\d+)" % name, file.read(), re.M).group(1))


def private_kib(pid):
    with open("/proc/%d/smaps_rollup" % pid) as file:
        return sum(int(number) for number in
                   re.findall(r"^Private_(?:Clean|Dirty):\s*(\d+)", file.read(), re.M))


def idle(bench):
    print("idle, %d s" % IDLE_SECONDS)

    def measure(process, output):
        with program.deadline(program.HANG_SECONDS):
            while not program.read(output).startswith(b"ready\n"):
                os.sched_yield()
        row("threads in the application", status_field(process.pid, "Threads"))
        daemons = [pid for pid in program.children() if program.comm_of(pid) == program.DAEMON]
        if not daemons:
            row("daemon", "none is running")
            return
        before = status_field(daemons[0], "voluntary_ctxt_switches")
        time.sleep(IDLE_SECONDS)
        row("wake-ups of the daemon",
            status_field(daemons[0], "voluntary_ctxt_switches") - before)
        row("private memory of the daemon", "%d KiB" % private_kib(daemons[0]))

    with bench.directory() as directory:
        bench.setup.run([bench.interpreter.path, crash_cases.CRASH, "null-read", "main"],
                        directory, prepare=measure, environment={"CRASH_WAIT": "1"})


def fault_time(report):
    moment = datetime.datetime.strptime(report["time"], "%Y-%m-%dT%H:%M:%S.%fZ")
    return moment.replace(tzinfo=datetime.timezone.utc).timestamp()


def crash_once(bench, interpreter, kind, place, others, method=None, debug=False, files=()):
    """{what: figure} of one crash; None if there is no report."""
    for path in files:
        forget(path)
    with bench.directory() as directory:
        log = os.path.join(directory, "debug")
        environment = {"FDPRELOAD_CAPTURE": method}
        if debug:
            environment["FDPRELOAD_DEBUG"] = log
        run = bench.setup.run(
            crash_cases.command(interpreter, BY_NAME[kind], place, others), directory,
            environment=environment, seconds=DEEP_SECONDS)
        names = [name for name in run.reports() if name.endswith(".json")]
        if len(names) != 1:
            return None
        path = os.path.join(run.log, names[0])
        report = crash_cases.load(path)
        found = re.search(rb"frame 1 after (\d+) us", program.read(log)) if debug else None
        frames = [frame["kind"] for thread in report["threads"] for frame in thread["frames"]]
        return {
            "report": 1000 * (os.stat(path).st_ctime - fault_time(report)),
            "hold": report["capture"]["hold_ms"],
            "frame 1": int(found.group(1)) if found else None,
            "threads": len(report["threads"]),
            "python": frames.count("python"), "native": frames.count("native"),
            "complete": report["capture"]["complete"],
            "files": [module["path"] for module in report["modules"]],
        }


def forget(path):
    """Drops the file from the page cache, as after a fresh boot."""
    try:
        fd = os.open(path, os.O_RDONLY)
    except OSError:
        return
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(fd)


def crashes(bench, what, times, interpreter=None, **arguments):
    """Prints the figures of some equal crashes; returns the last."""
    interpreter = interpreter or bench.interpreter
    results = [crash_once(bench, interpreter, **arguments) for _ in range(times)]
    good = [result for result in results if result]
    print("%s, %s" % (what, interpreter.label))
    if len(good) < times:
        row("crashes without a report", "%d of %d" % (times - len(good), times))
    if not good:
        return None
    last = good[-1]
    row("threads, Python frames, native frames",
        "%d, %d, %d%s" % (last["threads"], last["python"], last["native"],
                          "" if last["complete"] else " (said to be incomplete)"))
    if all(result["frame 1"] is not None for result in good):
        values = [result["frame 1"] for result in good]
        row("fault to frame 1 in the daemon", "%8.0f us (%d to %d)" % (
            statistics.median(values), min(values), max(values)))
    holds = [result["hold"] for result in good if result["hold"] is not None]
    if holds:
        row("fault to end of capture", milliseconds(holds))
    row("fault to report on disk", milliseconds([result["report"] for result in good]))
    return last


def ordinary(bench):
    four = dict(kind="nested", place="pthread", others=2)
    warm = crashes(bench, "crash of a 4-thread program, files in memory", CRASHES,
                   debug=True, **four)
    crashes(bench, "the same, by the memory server", CRASHES, debug=True, method="served", **four)
    if warm:
        crashes(bench, "the same, files not in memory (posix_fadvise)", CRASHES,
                files=warm["files"], **four)


def deep(bench):
    crashes(bench, "1,000 threads", DEEP_CRASHES, kind="null-read", place="pthread", others=998)
    crashes(bench, "1,000 threads, by the memory server", DEEP_CRASHES, kind="null-read",
            place="pthread", others=998, method="served")
    crashes(bench, "100,000 Python frames", DEEP_CRASHES, kind="python-depth", place="main",
            others=0)
    crashes(bench, "40,000 native frames", DEEP_CRASHES, kind="native-depth", place="main",
            others=0)


def peer(bench):
    """gdb on a core of the same crash: from the core to its output."""
    if not shutil.which("gdb") or not crash_cases.corefile.written_to_cwd():
        return
    print("for comparison, the crash of a 4-thread program without us")
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    with bench.directory() as directory:
        bench.setup.run(crash_cases.command(bench.interpreter, BY_NAME["nested"], "pthread", 2),
                        directory, shim=False)
        core = crash_cases.corefile.path(os.path.join(directory, "cwd"))
        times = []
        for _ in range(DEEP_CRASHES):
            begin = time.perf_counter()
            subprocess.run(["gdb", "-batch", "-nx", "-ex", "thread apply all bt",
                            bench.interpreter.path, core], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
            times.append(1000 * (time.perf_counter() - begin))
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
    row("gdb -batch, thread apply all bt of the core", milliseconds(times))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=os.path.join(ROOT, os.environ.get("O", "build")))
    parser.add_argument("--python", help="a part of an interpreter's label; default: the newest")
    parser.add_argument("part", nargs="*", choices=[[], *PARTS], help="default: all")
    settings = parser.parse_args()
    found = [one for one in interpreters.find() if (settings.python or "") in one.label]
    if not found:
        print("no supported interpreter found")
        return 1
    ctypes.CDLL(None).prctl(pool.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory(prefix="fdpreload-bench-") as root:
        bench = Bench(program.Setup(settings.build), found[-1], root)
        for name in settings.part or PARTS:
            PARTS[name](bench)
    return 0


PARTS = {"start": start_up, "idle": idle, "crash": ordinary, "deep": deep, "gdb": peer}

if __name__ == "__main__":
    sys.exit(main())
