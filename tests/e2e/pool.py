"""Running cases, each in a process of its own.

That process is the subreaper of all that the case starts, so a daemon or a
zombie that is left behind is seen, and belongs to exactly one case.
"""

import ctypes
import dataclasses
import json
import os
import shutil
import signal
import tempfile
import time
import traceback

import check
import program

PR_SET_CHILD_SUBREAPER = 36
# A case is a few runs; past this it hangs, whatever the reason.
CASE_SECONDS = 240
POLL_SECONDS = 0.01


@dataclasses.dataclass
class Case:
    name: str
    function: object
    arguments: tuple = ()
    # Loads the machine so much that nothing else may run beside it.
    alone: bool = False
    seconds: float = CASE_SECONDS


@dataclasses.dataclass
class Result:
    case: Case
    directory: str
    problems: list
    skipped: str
    seconds: float


class Context:
    """What a case gets: places, and somewhere to complain."""

    def __init__(self, setup, directory):
        self.setup = setup
        self.directory = directory
        self.check = check.Check()

    def subdirectory(self, name):
        path = os.path.join(self.directory, name)
        os.mkdir(path)
        return path


def run_here(case, setup, directory):
    """(problems, reason to skip or None)."""
    context = Context(setup, directory)
    try:
        case.function(context, *case.arguments)
    except check.Skip as reason:
        return [], str(reason)
    except program.Hang as hang:
        return context.check.problems + ["hang: %s" % hang], None
    except Exception:
        return context.check.problems + [traceback.format_exc()], None
    if context.check.count == 0:
        context.check.problems.append("the case checked nothing")
    return context.check.problems, None


def child(case, setup, directory):
    try:
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        answer = run_here(case, setup, directory)
        with open(os.path.join(directory, "result.json"), "w") as file:
            json.dump(answer, file)
        program.kill_children()
    finally:
        os._exit(0)


@dataclasses.dataclass
class Running:
    case: Case
    directory: str
    begin: float


class Pool:
    def __init__(self, setup, workers, done):
        self.setup = setup
        self.workers = workers
        self.done = done
        self.running = {}
        self.root = tempfile.mkdtemp(prefix="fdpreload-e2e-")
        # Reports of other users' programs are written below.
        os.chmod(self.root, 0o755)
        self.number = 0

    def run(self, cases):
        waiting = list(cases)
        while waiting or self.running:
            while waiting and self.room_for(waiting[0]):
                self.start(waiting.pop(0))
            self.collect()

    def room_for(self, case):
        limit = 1 if case.alone else self.workers
        alone = any(running.case.alone for running in self.running.values())
        return not alone and len(self.running) < limit

    def start(self, case):
        self.number += 1
        directory = os.path.join(self.root, "%04d" % self.number)
        os.mkdir(directory)
        os.chmod(directory, 0o755)
        pid = os.fork()
        if pid == 0:
            child(case, self.setup, directory)
        self.running[pid] = Running(case, directory, time.monotonic())

    def collect(self):
        """Waits until one is done, or one hangs."""
        while True:
            for pid, running in list(self.running.items()):
                if time.monotonic() - running.begin > running.case.seconds:
                    os.kill(pid, signal.SIGKILL)
                if os.waitpid(pid, os.WNOHANG)[0]:
                    del self.running[pid]
                    self.finish(running)
                    return
            time.sleep(POLL_SECONDS)

    def finish(self, running):
        try:
            with open(os.path.join(running.directory, "result.json")) as file:
                problems, skipped = json.load(file)
        except (OSError, ValueError):
            problems, skipped = ["the case itself was killed or died"], None
        result = Result(running.case, running.directory, problems, skipped,
                        time.monotonic() - running.begin)
        if not self.done(result):
            shutil.rmtree(running.directory, ignore_errors=True)

    def close(self):
        try:
            os.rmdir(self.root)
        except OSError:
            pass
