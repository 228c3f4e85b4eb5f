"""Less than usual is allowed: to the program, or to the daemon."""

import json
import os

import program
from common import both, crash_line, one_report, program_line
from crash_cases import check_left_behind, check_same_death


def dropped_root(context, interpreter):
    """What only root can read is not read for somebody who is root no more."""
    bare, run = both(context, program_line(interpreter, "dropped.py", context.directory))
    check_same_death(context.check, bare, run)
    report, text = one_report(context, run, logged=True)
    if not report:
        return
    python = [frame for frame in report["threads"][0]["frames"] if frame["kind"] == "python"]
    context.check.true("the frame is there: %r" % python,
                       any(frame["file"].endswith("secret.py") for frame in python))
    for what in (text, json.dumps(report), run.stderr.decode()):
        context.check.true("no line of the file is quoted", "password of root" not in what)


def small_files(context, interpreter):
    """No file may be longer than 4 KiB: the echo has it all the same."""
    line = ["/bin/sh", "-c", 'ulimit -f 8; exec "$@"', "sh", *program_line(interpreter, "meanwhile.py", "alarm")]
    bare, run = both(context, line)
    check_same_death(context.check, bare, run)
    check_left_behind(context.check, run)
    error = run.stderr.decode()
    context.check.contains("echo", error, "SIGSEGV")
    context.check.contains("echo", error, "null_read")
    context.check.contains("echo", error, "could not be written")
    names = run.reports()
    context.check.true("JSON that cannot be whole is not there: %r" % names,
                       not any(name.endswith(".json") for name in names))


def filtered(context, interpreter, what, method):
    """A filter that program and daemon have inherited from whoever started them."""
    line = program_line(interpreter, "filtered.py", what, *crash_line(interpreter, others=2))
    bare, run = both(context, line)
    check_same_death(context.check, bare, run)
    # The filtering program was watched too, until it became the other one.
    check_left_behind(context.check, run, daemons=2)
    report, _ = one_report(context, run, logged=True)
    if not report:
        return
    log = os.path.join(run.log, "fdpreloadd.log")
    context.check.equal("the log says that there is no filter of our own",
                        "unconfined" in (program.read(log).decode() if os.path.exists(log) else ""),
                        what == "filtering")
    context.check.equal("method", report["capture"]["method"], method)
    context.check.equal("missing", report["capture"]["missing"], [])
    context.check.equal("threads", len(report["threads"]), 3)
    for thread in report["threads"]:
        context.check.true("thread %s has Python frames" % thread["tid"],
                           any(frame["kind"] == "python" for frame in thread["frames"]))


def strict(context, interpreter):
    """Frame 1 by write(), and stacks from outside; stderr cannot be passed."""
    bare, run = both(context, program_line(interpreter, "strict.py"))
    check_same_death(context.check, bare, run)
    check_left_behind(context.check, run)
    context.check.equal("standard error", run.stderr, bare.stderr)
    report, _ = one_report(context, run)
    if not report:
        return
    context.check.equal("cause", report["cause"]["kind"], "null-dereference")
    context.check.equal("missing", report["capture"]["missing"], [])
    context.check.true("there are Python frames",
                       any(frame["kind"] == "python" for frame in report["threads"][0]["frames"]))


def sandboxed(context, interpreter, others):
    """Frame 1 by write(), from a process that may hardly do anything else."""
    bare, run = both(context, program_line(interpreter, "sandboxed.py", others))
    check_same_death(context.check, bare, run)
    check_left_behind(context.check, run)
    report, _ = one_report(context, run)
    if report:
        context.check.equal("cause", report["cause"]["kind"], "null-dereference")
        context.check.equal("signal", report["signal"]["name"], "SIGSEGV")


ON_ONE_VERSION = [
    ("sandboxed-refused", sandboxed, ("refuse",)),
    ("sandboxed-trapped", sandboxed, ("trap",)),
    ("strict", strict, ()),
    ("small-files", small_files, ()),
    ("filtered-tracing", filtered, ("tracing", "served")),
    ("filtered-filtering", filtered, ("filtering", "live")),
]
