"""Running one program to its end, and all that is to be seen of that."""

import dataclasses
import glob
import json
import os
import signal
import subprocess

import corefile
import cores
import program

# All that matters on the stack is the same with the shim and without.
STACK_KBYTES = "256"

LAUNCHED = "launch: "


@dataclasses.dataclass
class Death:
    """How a process ended, as its parent sees it: waitid's words."""
    code: int
    status: int
    raw: int

    @property
    def signal(self):
        """The number of the signal that killed, or None."""
        return os.WTERMSIG(self.raw) if os.WIFSIGNALED(self.raw) else None

    def __str__(self):
        if self.signal is None:
            return "exit %d" % os.WEXITSTATUS(self.raw)
        core = " (core)" if os.WCOREDUMP(self.raw) else ""
        return "%s%s" % (signal.Signals(self.signal).name, core)


@dataclasses.dataclass
class Ended:
    directory: str
    pid: int
    death: Death
    stdout: str
    stderr: str
    notes: dict
    cores: list
    core: object
    reports: list
    daemons: int
    stuck: list

    def victim(self, place):
        """The death that the cell is about: the program's or its child's."""
        if "child" not in place:
            return self.death
        words = dict(line.rsplit(" ", 1) for line in self.stdout.splitlines()
                     if line.startswith("child "))
        return Death(int(words["child si_code"], 16), int(words["child si_status"], 16),
                     int(words["child status"], 16))


def environment(setup, directory, more):
    """With the names that launch changes for the shim."""
    wanted = {"FDPRELOAD_FOLLOW": "all", "FDPRELOAD_ECHO": "none", **more}
    values = setup.environment(directory, shim=True, **wanted)
    return {name.replace("LD_PRELOAD", "XX_PRELOAD").replace("FDPRELOAD_", "XXPRELOAD_"): value
            for name, value in values.items()}


def wait_for(process, seconds):
    """The Death of a process, which is reaped."""
    try:
        with program.deadline(seconds):
            seen = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    except program.Hang:
        process.kill()
        os.waitpid(process.pid, 0)
        process.returncode = -1
        raise program.Hang("the program was still there") from None
    raw = os.waitpid(process.pid, 0)[1]
    process.returncode = raw
    return Death(seen.si_code, seen.si_status, raw)


def read_text(path):
    with open(path, encoding="utf-8", errors="backslashreplace") as file:
        return file.read()


def read_notes(path):
    """What the program wrote aside: the last number of each name."""
    if not os.path.exists(path):
        return {}
    rows = (line.rsplit(" ", 1) for line in read_text(path).splitlines())
    return {name: int(number, 16) for name, number in rows}


def read_reports(directory):
    reports = []
    for path in sorted(glob.glob(os.path.join(directory, "log", "*.json"))):
        with open(path, encoding="utf-8") as file:
            reports.append(json.load(file))
    return reports


def launched(stderr):
    """(Death, rest) of what launch says of its PID 1."""
    lines = stderr.splitlines(keepends=True)
    words = [line for line in lines if line.startswith(LAUNCHED)]
    rest = "".join(line for line in lines if not line.startswith(LAUNCHED))
    numbers = [int(word) for word in words[0][len(LAUNCHED):].split()] if words else None
    return (Death(*numbers) if numbers else None), rest


def closed_pipe():
    """A descriptor to write to that nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    return writer


def execute(context, name, command, shim, options=(), more=None, broken_stderr=False,
            stack=STACK_KBYTES, seconds=program.HANG_SECONDS):
    """Runs COMMAND below a new directory NAME, until it and its daemon are gone.

    OPTIONS are launch's; MORE is environment; BROKEN_STDERR is a closed pipe.
    """
    setup = context.setup
    directory = context.subdirectory(name)
    for part in ("home", "cwd"):
        os.mkdir(os.path.join(directory, part))
    work, out, err = (os.path.join(directory, part) for part in ("cwd", "out", "err"))
    line = [os.path.join(setup.extensions, "deaths", "launch"), *(["-p"] if shim else []),
            *options, *(["-s", stack] if stack else []), *command]
    error = closed_pipe() if broken_stderr else os.open(err, os.O_WRONLY | os.O_CREAT, 0o600)
    with open(out, "wb") as output:
        process = subprocess.Popen(line, cwd=work, env=environment(setup, directory, more or {}),
                                   stdin=subprocess.DEVNULL, stdout=output, stderr=error)
    os.close(error)
    death = wait_for(process, seconds)
    orphans, stuck = program.reap_orphans()
    stderr = "" if broken_stderr else read_text(err)
    inner, stderr = launched(stderr)
    core = corefile.path(work)
    return Ended(directory, process.pid, inner or death, read_text(out), stderr,
                 read_notes(os.path.join(work, "notes")), corefile.names(work),
                 cores.Core(core) if core else None, read_reports(directory),
                 sum(orphan.comm in program.DAEMON for orphan in orphans), stuck)
