"""What happens while the process is held must not change how it dies; and if the
worker is lost or stuck, the report is what frame 1 gave, in time."""

import os
import signal
import threading
import time

import program
from common import both, crash_line, one_report, program_line, wait_ready
from crash_cases import check_left_behind, check_same_death
from trouble_cases import DEADLINE_SECONDS, SLACK_SECONDS, daemon_pid

WORKER = "(fdpreload-work"

# So many threads that the worker is still at work when it is found.
OTHERS = 300


def status_of(pid):
    """Name and parent of a process, or nothing if it has gone."""
    try:
        with open("/proc/%d/stat" % pid) as file:
            text = file.read()
    except OSError:
        return None, None
    return text[text.index("(") + 1:text.rindex(")")], int(text[text.rindex(")") + 2:].split()[1])


def harm_worker(daemon, number, harmed):
    """Sends the signal to the first worker that DAEMON has."""
    end = time.monotonic() + program.HANG_SECONDS
    while not harmed and time.monotonic() < end:
        for name in os.listdir("/proc"):
            if name.isdigit() and status_of(int(name)) == (WORKER, daemon):
                os.kill(int(name), number)
                harmed.append(int(name))
                break


def harmed_worker(context, interpreter, number, reason):
    harmed, threads = [], []

    def prepare(process, output):
        wait_ready(output)
        threads.append(threading.Thread(target=harm_worker,
                                        args=(daemon_pid(context), number, harmed)))
        threads[0].start()

    setup, check = context.setup, context.check
    line = crash_line(interpreter, place="pthread", others=OTHERS)
    bare = setup.run(line, context.subdirectory("bare"), shim=False,
                     environment={"CRASH_WAIT": "1"})
    run = setup.run(line, context.subdirectory("shim"), prepare=prepare,
                    environment={"CRASH_WAIT": "1"})
    for thread in threads:
        thread.join()
    check.equal("workers that were harmed", len(harmed), 1)
    check_same_death(check, bare, run)
    check_left_behind(check, run)
    check.true("died after %.1f s" % run.seconds, run.seconds < DEADLINE_SECONDS + SLACK_SECONDS)
    report, text = one_report(context, run, logged=True)
    if not report:
        return
    check.equal("method", report["capture"]["method"], "frame")
    check.equal("complete", report["capture"]["complete"], False)
    check.contains("missing", " ".join(report["capture"]["missing"]), reason)
    check.equal("signal", report["signal"]["name"], "SIGSEGV")
    check.equal("cause", report["cause"]["kind"], "null-dereference")
    check.equal("threads", len(report["threads"]), 1)
    check.equal("frames", len(report["threads"][0]["frames"]), 1)
    check.contains("module of the only frame", str(report["threads"][0]["frames"][0]["module"]),
                   "_crashers")
    check.true("registers are there", report["registers"])
    check.contains("echo", run.stderr.decode(), "SIGSEGV")


def meanwhile(context, interpreter, what, number):
    bare, run = both(context, program_line(interpreter, "meanwhile.py", what))
    context.check.equal("signal of the bare run", os.WTERMSIG(bare.status), number)
    check_same_death(context.check, bare, run)
    one_report(context, run, logged=True)


ON_ONE_VERSION = [
    ("meanwhile-alarm", meanwhile, ("alarm", signal.SIGSEGV)),
    ("meanwhile-terminated", meanwhile, ("terminated", signal.SIGSEGV)),
    ("meanwhile-repaired", meanwhile, ("repaired", signal.SIGBUS)),
    ("worker-killed", harmed_worker, (signal.SIGKILL, "signal 9")),
    ("worker-stopped", harmed_worker, (signal.SIGSTOP, "too long")),
]
