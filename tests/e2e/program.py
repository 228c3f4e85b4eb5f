"""Running one program in a private directory, and what it left behind."""

import dataclasses
import os
import signal
import subprocess
import time

import corefile

# No single program of these tests takes longer when all is well.
HANG_SECONDS = 30
# A daemon leaves with its last client; the report it writes may take a while.
DAEMON_SECONDS = 20

# As it is executed, and as it calls itself then.
DAEMON = ("fdpreloadd", "(fdpreloadd)")


@dataclasses.dataclass
class Orphan:
    """A process that the program left behind; the case is its subreaper."""
    pid: int
    comm: str
    status: int


@dataclasses.dataclass
class Run:
    directory: str
    pid: int
    status: int
    seconds: float
    stdout: bytes
    stderr: bytes
    cores: list
    siginfo: object
    orphans: list
    stuck: list

    @property
    def log(self):
        return os.path.join(self.directory, "log")

    def reports(self):
        """The names in the log directory."""
        return sorted(os.listdir(self.log)) if os.path.isdir(self.log) else []

    def daemons(self):
        return [orphan for orphan in self.orphans if orphan.comm in DAEMON]


class Hang(Exception):
    """Something took longer than it ever may."""


class deadline:
    """Raises Hang in the block after SECONDS."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __enter__(self):
        def expire(number, frame):
            raise Hang("not done after %g s" % self.seconds)
        self.old = signal.signal(signal.SIGALRM, expire)
        signal.setitimer(signal.ITIMER_REAL, self.seconds)

    def __exit__(self, *ignored):
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self.old)


class Setup:
    """Where the products are, and how a program is run under them."""

    def __init__(self, build):
        self.build = os.path.abspath(build)
        self.shim = os.path.join(self.build, "libfdpreload.so")
        self.daemon = os.path.join(self.build, "fdpreloadd")
        self.cli = os.path.join(self.build, "fdpreload")
        self.extensions = os.path.join(self.build, "tests")
        self.debug = False

    def environment(self, directory, shim, **more):
        """The whole environment; of MORE, None takes a variable away."""
        values = {
            "PATH": "/usr/bin:/bin",
            "HOME": os.path.join(directory, "home"),
            "XDG_STATE_HOME": os.path.join(directory, "state"),
            "LANG": "C.UTF-8",
            "PYTHONPATH": self.extensions,
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        if shim:
            values["LD_PRELOAD"] = self.shim
            values["FDPRELOAD_DAEMON"] = self.daemon
            values["FDPRELOAD_LOG_DIR"] = os.path.join(directory, "log")
            if self.debug:
                values["FDPRELOAD_DEBUG"] = os.path.join(directory, "debug")
        values.update(more)
        return {name: value for name, value in values.items() if value is not None}

    def run(self, command, directory, shim=True, environment=None, prepare=None,
            finish=None, stderr=None, seconds=HANG_SECONDS):
        """Runs COMMAND in a new DIRECTORY, until it and its daemon are gone.

        PREPARE(process, path of its output) is called once the program runs,
        and its standard input is closed after that; FINISH() is called when it
        is dead; STDERR replaces the file that collects its error output.
        """
        os.makedirs(os.path.join(directory, "home"))
        work = os.path.join(directory, "cwd")
        os.mkdir(work)
        out_path, err_path = (os.path.join(directory, name) for name in ("out", "err"))
        values = self.environment(directory, shim, **(environment or {}))
        begin = time.monotonic()
        with open(out_path, "wb") as out, open(err_path, "wb") as err:
            process = subprocess.Popen(command, cwd=work, env=values, stdout=out,
                                       stdin=subprocess.PIPE, stderr=stderr or err)
        with process.stdin:
            if prepare:
                prepare(process, out_path)
        status = wait_for(process, seconds)
        taken = time.monotonic() - begin
        if finish:
            finish()
        orphans, stuck = reap_orphans()
        core = corefile.path(work)
        return Run(directory, process.pid, status, taken, read(out_path), read(err_path),
                   corefile.names(work), corefile.siginfo(core) if core else None,
                   orphans, stuck)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def wait_for(process, seconds):
    """The raw wait status, which Popen would cut the core flag off."""
    try:
        with deadline(seconds):
            status = os.waitpid(process.pid, 0)[1]
    except Hang:
        process.kill()
        status = os.waitpid(process.pid, 0)[1]
        process.returncode = -1
        raise Hang("the program was still there after %g s" % seconds) from None
    process.returncode = status
    return status


def comm_of(pid):
    try:
        with open("/proc/%d/comm" % pid) as file:
            return file.read().rstrip("\n")
    except OSError:
        return "?"


def children():
    """Pids of all living and dead children of this process."""
    pids = []
    for task in os.listdir("/proc/self/task"):
        with open("/proc/self/task/%s/children" % task) as file:
            pids += [int(word) for word in file.read().split()]
    return pids


def reap_orphans():
    """Waits for all that is left; ([Orphan], [comm of those that stayed])."""
    orphans = []
    try:
        with deadline(DAEMON_SECONDS):
            while True:
                dead = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
                comm = comm_of(dead.si_pid)
                orphans.append(Orphan(dead.si_pid, comm, os.waitpid(dead.si_pid, 0)[1]))
    except ChildProcessError:
        return orphans, []
    except Hang:
        return orphans, kill_children()


def kill_children():
    stuck = []
    for pid in iter(lambda: next(iter(children()), None), None):
        stuck.append("%s (pid %d)" % (comm_of(pid), pid))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return stuck
