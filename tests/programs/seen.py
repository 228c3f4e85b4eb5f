"""The tests tested: programs that do behave otherwise under the shim."""

import check
import compare
from compare import Program


def shell(name, text, **more):
    return Program(name, ("/bin/sh", "-c", text), modes=("python",), **more)


SHIMMED = '[ -n "$LD_PRELOAD" ]'

# What is wrong with it, and a word of the complaint that this must make.
PROGRAMS = [
    (shell("output", SHIMMED + " && echo more; true"), "stdout"),
    (shell("errors", SHIMMED + " && echo more >&2; true"), "stderr"),
    (shell("status", SHIMMED + " && exit 3; true"), "wait status"),
    (shell("signal", SHIMMED + " && kill -TERM $$; true"), "wait status"),
    (shell("file", SHIMMED + " && echo >file; true"), "files"),
    (shell("orphan", "mkfifo pipe; if " + SHIMMED +
           "; then (read -r line <pipe; exit 3) & exec 3>pipe; fi; true"), "orphans"),
    (shell("bare", "exit 3"), "bare"),
    (shell("report", "true", python_reports=("SIGSEGV signal-sent",)), "reports"),
    (shell("no-report", "exec /usr/bin/python3 -c 'import os; os.abort()'",
           ends="SIGABRT"), "reports"),
    (shell("answers", "true", drive=lambda driver: driver.note(len(driver.environment))),
     "answered"),
]


class Inner:
    """A context whose complaints are what is looked at."""

    def __init__(self, context):
        self.setup = context.setup
        self.subdirectory = context.subdirectory
        self.check = check.Check()


def complains(context, one, interpreter, word):
    inner = Inner(context)
    compare.compare(inner, one, interpreter, "")
    text = " ".join(inner.check.problems)
    context.check.contains("the complaint", text, word)
