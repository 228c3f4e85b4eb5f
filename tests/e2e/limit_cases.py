"""Less than usual is allowed: to the program, or to the daemon."""

import json
import os

from common import both, one_report, program_line
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


ON_ONE_VERSION = [("small-files", small_files, ())]
