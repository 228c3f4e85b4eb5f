"""The ways in which a program is run, to be compared."""

import contextlib
import os
import select
import subprocess

# Twice without anything, so that the difference of the two is the noise.
COMMON = ["without", "again", "empty", "shim"]

ANSWER_SECONDS = 20


class Ways:
    """Environments, all of the same size: it moves the stack of a program."""

    def __init__(self, setup, directory):
        self.setup = setup
        self.directory = directory
        self.empty = os.path.join(setup.build, "bench", "empty.so")

    def environment(self, way, **more):
        values = self.setup.environment(self.directory, True, PYTHONHASHSEED="0",
                                        FDPRELOAD_ECHO="none", **more)
        values["PADDING"] = ""
        size = sum(len(name) + len(value) for name, value in values.items())
        if way in ("without", "again"):
            # The loader does not know this name.
            values["NO_PRELOAD"] = values.pop("LD_PRELOAD")
        elif way == "empty":
            values["LD_PRELOAD"] = self.empty
        now = sum(len(name) + len(value) for name, value in values.items())
        values["PADDING"] = "x" * (size + 64 - now)
        return values

    def environments(self, names=None, **more):
        return {name: self.environment(name, **more) for name in names or COMMON}


@contextlib.contextmanager
def watched_parent(ways, python, **more):
    """What a running watched Python gives its children to find its daemon.

    MORE as for the child: settings must be the same.  None if there is nothing.
    """
    code = ("import os, sys; print(os.environ.get('FDPRELOAD_REPORTER', ''), flush=True);"
            "sys.stdin.read()")
    process = subprocess.Popen([python, "-S", "-c", code], env=ways.environment("shim", **more),
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with process:
        if not select.select([process.stdout], [], [], ANSWER_SECONDS)[0]:
            process.kill()
        yield process.stdout.readline().decode().strip() or None
