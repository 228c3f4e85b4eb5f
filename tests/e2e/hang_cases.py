"""FDPRELOAD_WATCH: hangs are named, and what is healthy is left alone."""

import json
import os
import re
import signal
import time

import program
import schema
from common import program_line, wait_ready
from crash_cases import check_left_behind
from pool import Case

# What each program of hangs.py is to be called, and a part of what is said of it.
SLEEPING = {
    "gil_in_c": ("gil-held", "while 1 thread waited for it"),
    "gil_in_c_alone": ("gil-held", "has held the GIL"),
    "deadlock_mutexes": ("deadlock", "waits for the mutex at"),
    "deadlock_rlocks": ("deadlock", "waits for an RLock"),
    "deadlock_mutex_and_gil": ("deadlock", "waits for the GIL, which"),
    "loop_blocked": ("event-loop-blocked", "the main thread, has run one callback"),
    "loop_waits_for_child": ("event-loop-blocked", " for process "),
    "loop_in_thread_blocked": ("event-loop-blocked", "The asyncio event loop of thread"),
}
BURNING = {
    # Who is not given a processor to ask for the GIL does not wait for it.
    "gil_spinning": ("gil-held busy-loop", "In that time it ran for"),
    "while_true": ("busy-loop", "has stood at the same instruction"),
    "while_true_with_threads": ("busy-loop", "has stood at the same instruction"),
    "endless_match": ("busy-loop", "has stood at the same instruction"),
    "forked_child_hangs": ("busy-loop", "has stood at the same instruction"),
}

HEALTHY = [
    "server_under_load", "idle_in_accept", "idle_loop", "busy_loop_of_events", "asleep",
    "hashing", "computing", "computing_in_calls", "fighting", "waiting_for_child", "polling",
    "waiting_for_queue", "stopped",
]

# What the watcher is given; the others run at the same time.
WATCH = "1"
HEALTHY_SECONDS, HEALTHY_SECONDS_LONG = 8, 600

# Time in which a hang is found and its report written, on a busy machine.
FOUND_SECONDS = 20

REPORT = re.compile(r".*-(\d+)\.json")


def reports_of(log):
    """{pid: [report]} of those that are whole."""
    found = {}
    for name in sorted(os.listdir(log)) if os.path.isdir(log) else []:
        match = REPORT.fullmatch(name)
        if match:
            with open(os.path.join(log, name)) as file:
                found.setdefault(int(match.group(1)), []).append(json.load(file))
    return found


def await_reports(log, count):
    """Whoever then looks what is there will see what is not."""
    end = time.monotonic() + FOUND_SECONDS
    while len(reports_of(log)) < count and time.monotonic() < end:
        time.sleep(0.02)


def several(context, interpreter, names, seconds, prepare=None, limit=program.HANG_SECONDS):
    directory = context.subdirectory("shim")

    def begin(process, output):
        wait_ready(output)
        if prepare:
            prepare(process, os.path.join(directory, "log"))

    line = program_line(interpreter, "hangs.py", "several", str(seconds), *names)
    return context.setup.run(line, directory, environment={"FDPRELOAD_WATCH": WATCH},
                             prepare=begin, seconds=limit)


def check_hang(context, name, expected, reports):
    check = context.check
    if not check.equal(name + ": reports", len(reports), 1):
        return
    report, = reports
    check.equal(name + ": schema", schema.complaints(report), [])
    check.equal(name + ": kind", report["kind"], "hang")
    check.contains(name + ": cause", expected[0].split(), report["cause"]["kind"])
    check.contains(name + ": cause", report["cause"]["text"], expected[1])
    check.equal(name + ": looks", report["watch"]["looks"], 9)
    check.true(name + ": seconds", report["watch"]["seconds"] >= float(WATCH))
    check.contains(name + ": evidence", report["watch"]["evidence"][0], "Seen at all of 9 looks")
    if report["threads"]:
        check.equal(name + ": first thread", report["threads"][0]["tid"], report["watch"]["tid"])


def hangs(context, interpreter, kinds):
    """Programs that hang, all at once; one report of each, with the right name."""
    def prepare(process, log):
        await_reports(log, len(kinds))
        process.stdin.write(b"kill\n")

    run = several(context, interpreter, kinds, 2 * FOUND_SECONDS, prepare)
    context.check.equal("status", run.status, 0)
    pids = [int(word) for word in run.stdout.splitlines()[1].split()]
    found = reports_of(run.log)
    for name, pid in zip(kinds, pids):
        # Of a forked child its parent says which program it is of.
        its = found.pop(pid, None) or next(
            (found.pop(one) for one, reports in list(found.items())
             if reports[0]["process"]["ppid"] == pid), [])
        check_hang(context, name, kinds[name], its)
    context.check.equal("reports of others", found, {})


def daemon_log(directory):
    try:
        return program.read(os.path.join(directory, "fdpreloadd.log")).decode(errors="replace")
    except FileNotFoundError:
        return ""


def healthy(context, interpreter, seconds):
    """Programs that look as if they hung, and do not."""
    run = several(context, interpreter, HEALTHY, seconds, limit=seconds + 3 * FOUND_SECONDS)
    context.check.equal("status", run.status, 0)
    context.check.equal("standard error", run.stderr, b"")
    context.check.equal("how they end", run.stdout.splitlines()[2:],
                        [" ".join("0" * len(HEALTHY)).encode()])
    context.check.equal("log", daemon_log(run.log), "")
    context.check.equal("reports", run.reports(), [])
    check_left_behind(context.check, run)


def watched(context, interpreter, name, seconds, environment=None, prepare=None):
    environment = {"FDPRELOAD_WATCH": "0.5", **(environment or {})}
    return context.setup.run(program_line(interpreter, "hangs.py", name, seconds),
                             context.subdirectory("shim"), environment=environment,
                             prepare=prepare)


def twice(context, interpreter):
    """A hang that ends, and another one: two reports, and the log says so."""
    run = watched(context, interpreter, "hangs_twice", "2")
    context.check.equal("status", run.status, 0)
    check_left_behind(context.check, run)
    found = reports_of(run.log).get(run.pid, [])
    context.check.equal("causes", [report["cause"]["kind"] for report in found],
                        ["event-loop-blocked"] * 2)
    log = program.read(os.path.join(run.log, "fdpreloadd.log")).decode()
    context.check.equal("ends", log.count("thread %d goes on again" % run.pid), 2)
    text = next(name for name in run.reports() if name.endswith(".txt"))
    text = program.read(os.path.join(run.log, text)).decode()
    context.check.contains("text", text, " hangs: its event loop is blocked\n")
    context.check.contains("text", text, "\nWatched:   Seen at all of 9 looks in ")
    context.check.contains("text", text, "\nMoved:     thread %d ran for " % run.pid)


def wrong_time(context, interpreter):
    """The log says so, and nobody is watched."""
    run = watched(context, interpreter, "loop_blocked", "1", {"FDPRELOAD_WATCH": "0.01"})
    context.check.equal("status", run.status, 0)
    context.check.equal("files", run.reports(), ["fdpreloadd.log"])
    log = program.read(os.path.join(run.log, "fdpreloadd.log")).decode()
    context.check.contains("log", log, "FDPRELOAD_WATCH=0.01 is not a number of seconds from 0.1 "
                           "to 86400; nobody is watched")
    check_left_behind(context.check, run)


def off(context, interpreter):
    """It is, unless somebody asks for it."""
    run = watched(context, interpreter, "loop_blocked", "2", {"FDPRELOAD_WATCH": None})
    context.check.equal("status", run.status, 0)
    context.check.equal("files", run.reports(), [])
    check_left_behind(context.check, run)


def watchers_of(daemon):
    with open("/proc/%d/task/%d/children" % (daemon, daemon)) as file:
        return [int(word) for word in file.read().split()
                if program.comm_of(int(word)) == "(fdpreload-watc"]


def runs(pid):
    """It is no zombie, which it is until we have reaped it."""
    try:
        with open("/proc/%d/status" % pid) as file:
            return "\nState:\tZ" not in file.read()
    except OSError:
        return False


def killed(context, interpreter):
    """A watcher does not outlive its daemon, nor a daemon that of its watcher."""
    check = context.check

    def prepare(process, output):
        wait_ready(output)
        daemon, = (pid for pid in program.children()
                   if program.comm_of(pid) in program.DAEMON)
        with program.deadline(program.HANG_SECONDS):
            while not watchers_of(daemon):
                time.sleep(0.01)
            watcher, = watchers_of(daemon)
            os.kill(daemon, signal.SIGKILL)
            while runs(watcher):
                time.sleep(0.01)
        check.true("the watcher is gone", not runs(watcher))

    run = watched(context, interpreter, "asleep", "3", prepare=prepare)
    check.equal("status", run.status, 0)
    check.equal("processes that stay", run.stuck, [])


ON_EACH_VERSION = [
    ("watch-hangs", hangs, (SLEEPING,)),
    ("watch-busy", hangs, (BURNING,)),
    ("watch-healthy", healthy, (HEALTHY_SECONDS,)),
]

ON_ONE_VERSION = [
    ("watch-twice", twice, ()),
    ("watch-wrong-time", wrong_time, ()),
    ("watch-off", off, ()),
    ("watch-killed", killed, ()),
]


def long_cases(interpreters):
    """Ten minutes of each version, all at once if there is room."""
    return [Case("watch-healthy-long/" + one.label, healthy, (one, HEALTHY_SECONDS_LONG),
                 seconds=HEALTHY_SECONDS_LONG + 6 * FOUND_SECONDS) for one in interpreters]
