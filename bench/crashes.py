"""How long a report takes, from the fault to the file."""

import datetime
import os
import re
import resource
import shutil
import statistics
import subprocess
import tempfile
import time

import crash_cases
import kinds
import program

# In full and in short.
CRASHES = (15, 5)
DEEP_CRASHES = (3, 1)
# The crash itself in one of these programs, plus reading 1,000 stacks.
DEEP_SECONDS = 120
BY_NAME = {one.name: one for one in kinds.KINDS}


def row(what, text):
    print("  %-46s %s" % (what, text), flush=True)


def milliseconds(values):
    return "%8.2f ms (%.2f to %.2f, %d runs)" % (
        statistics.median(values), min(values), max(values), len(values))


def fault_time(report):
    moment = datetime.datetime.strptime(report["time"], "%Y-%m-%dT%H:%M:%S.%fZ")
    return moment.replace(tzinfo=datetime.timezone.utc).timestamp()


def crash_once(bench, interpreter, kind, place, others, method=None, debug=False, files=()):
    """{what: figure} of one crash; None if there is no report."""
    for path in files:
        forget(path)
    with tempfile.TemporaryDirectory(dir=bench.root) as directory:
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
    interpreter = interpreter or bench.two[0]
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
    warm = crashes(bench, "crash of a 4-thread program, files in memory", bench.count(CRASHES),
                   debug=True, **four)
    crashes(bench, "the same, by the memory server", bench.count(CRASHES), debug=True,
            method="served", **four)
    if warm:
        crashes(bench, "the same, files not in memory (posix_fadvise)", bench.count(CRASHES),
                files=warm["files"], **four)


def deep(bench):
    times = bench.count(DEEP_CRASHES)
    crashes(bench, "1,000 threads", times, kind="null-read", place="pthread", others=998)
    crashes(bench, "1,000 threads, by the memory server", times, kind="null-read",
            place="pthread", others=998, method="served")
    crashes(bench, "100,000 Python frames", times, kind="python-depth", place="main",
            others=0)
    crashes(bench, "40,000 native frames", times, kind="native-depth", place="main",
            others=0)


def peer(bench):
    """gdb on a core of the same crash: from the core to its output."""
    if not shutil.which("gdb") or not crash_cases.corefile.written_to_cwd():
        return
    print("for comparison, the crash of a 4-thread program without us")
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    with tempfile.TemporaryDirectory(dir=bench.root) as directory:
        bench.setup.run(crash_cases.command(bench.two[0], BY_NAME["nested"], "pthread", 2),
                        directory, shim=False)
        core = crash_cases.corefile.path(os.path.join(directory, "cwd"))
        times = []
        for _ in range(bench.count(DEEP_CRASHES)):
            begin = time.perf_counter()
            subprocess.run(["gdb", "-batch", "-nx", "-ex", "thread apply all bt",
                            bench.two[0].path, core], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
            times.append(1000 * (time.perf_counter() - begin))
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
    row("gdb -batch, thread apply all bt of the core", milliseconds(times))
