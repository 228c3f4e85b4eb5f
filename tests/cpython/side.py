"""One run of one test file, on one side: bare or under the shim.

The process that calls this is a subreaper with one run at a time, so that all
that a run leaves behind belongs to it.
"""

import collections
import ctypes
import functools
import glob
import json
import os
import re
import resource
import signal
import subprocess
import time

import junit
import program

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

# regrtest's own limit prints where all threads stand; the second is for when
# that does not work.
HANG_SECONDS = 900
OUTER_SECONDS = HANG_SECONDS + 60

# What a login has.  Where the soft limit equals the hard one, no descriptor can
# be put out of sight, and a test that tries every number finds the shim's.
DESCRIPTORS = 1024
MAPPED_SECONDS = 60

# Tests that cost processors or processes are wanted, the Internet is not.
RESOURCES = "cpu,subprocess"

# verdict: how the file as a whole went, beyond its tests.
Run = collections.namedtuple("Run", "results verdict seconds reports stuck mapped tail")

# With INSTALLED fdpreload stands in place of faulthandler under the shim.
Setup = collections.namedtuple("Setup", "shim daemon root ignore keep installed")

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGE = os.path.join(os.path.dirname(os.path.dirname(HERE)), "python")


def limit_to(what, soft):
    hard = resource.getrlimit(what)[1]
    resource.setrlimit(what, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def leave(number, frame):
    """Whoever wanted the runs is gone."""
    program.kill_children()
    os._exit(1)


def prepare_worker():
    """Once in each process that runs test files."""
    signal.signal(signal.SIGTERM, leave)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    prepare()


def prepare():
    """Once in each process that runs anything."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    # A shell makes what it runs in the background ignore these.
    for number in (signal.SIGINT, signal.SIGQUIT):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    # Nobody looks at the cores of the deliberate crashes.
    limit_to(resource.RLIMIT_CORE, 0)
    limit_to(resource.RLIMIT_NOFILE, DESCRIPTORS)


@functools.lru_cache(None)
def home_of(path):
    """With PYTHONHOME the tests do not start their interpreters with -E."""
    return subprocess.run([path, "-c", "import sys; print(sys.base_prefix)"], text=True,
                          check=True, stdout=subprocess.PIPE).stdout.strip()


def installed(setup, shim, path):
    """What puts fdpreload in place of faulthandler, on one side."""
    values = {"PYTHONHOME": home_of(path)} if setup.installed else {}
    if setup.installed and shim:
        values["PYTHONPATH"] = os.path.join(HERE, "installed") + ":" + PACKAGE
    return values


def environment(setup, directory, shim, path):
    """The whole environment for the interpreter at PATH: the two sides differ in
    LD_PRELOAD and, where something is installed, in PYTHONPATH, and in nothing else."""
    values = {
        "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
        "HOME": os.path.join(directory, "home"),
        "TMPDIR": os.path.join(directory, "tmp"),
        "LANG": "C.UTF-8",
        "FDPRELOAD_DAEMON": setup.daemon,
        "FDPRELOAD_LOG_DIR": os.path.join(directory, "log"),
        "FDPRELOAD_ECHO": "none",
        **installed(setup, shim, path),
    }
    if shim:
        values["LD_PRELOAD"] = setup.shim
    return values


def command(setup, unit, directory, match):
    words = [unit.interpreter.path, "-m", "test", "-v", "-u", RESOURCES,
             "--timeout", str(HANG_SECONDS)]
    # What 3.6 says is read instead (junit.py), and nothing is left out there.
    if unit.interpreter.version >= (3, 7):
        words += ["--tempdir", os.path.join(directory, "tmp"),
                  "--junit-xml", os.path.join(directory, "junit.xml"),
                  "--ignorefile", setup.ignore]
    if match:
        words += ["-m", match]
    return words + [unit.name]


def is_mapped(pid, path):
    """Waits until process PID has PATH mapped; false if it ends before that."""
    limit = time.monotonic() + MAPPED_SECONDS
    while time.monotonic() < limit:
        try:
            with open("/proc/%d/maps" % pid) as file:
                maps = file.read()
        except OSError:
            return False
        if path in maps:
            return True
        if not maps:
            return False
        os.sched_yield()
    return False


def await_end(pid):
    """The wait status of PID, or None after the hang limit; reaps orphans meanwhile."""
    try:
        with program.deadline(OUTER_SECONDS):
            while True:
                dead, status = os.waitpid(-1, 0)
                if dead == pid:
                    return status
    except program.Hang:
        return None


def kill(pid):
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def is_daemon(pid):
    return program.comm_of(pid) in program.DAEMON


def clear_away():
    """Kills what a run left, and waits for its daemons; comms of those that stayed."""
    # The children of what is killed become ours.
    while strays := [pid for pid in program.children() if not is_daemon(pid)]:
        for pid in strays:
            kill(pid)
    try:
        with program.deadline(program.DAEMON_SECONDS):
            while True:
                os.waitpid(-1, 0)
    except ChildProcessError:
        return []
    except program.Hang:
        return program.kill_children()


def label_of(path):
    """The signal of a report, and what kind of report it is if it is no crash."""
    try:
        with open(path) as file:
            report = json.load(file)
        kind = "" if report["kind"] == "crash" else report["kind"] + " "
        return kind + (report["signal"]["name"] or "?")
    except (OSError, ValueError, KeyError, TypeError):
        return "?"


def count_reports(directory):
    """How many reports of each signal, wherever a test's environment sent them."""
    places = [os.path.join(directory, "log"),
              os.path.join(directory, "home", ".local", "state", "fdpreload")]
    paths = [path for place in places
             for path in glob.glob(os.path.join(place, "**", "*.json"), recursive=True)]
    return collections.Counter(label_of(path) for path in paths)


def verdict_of(status, results, text):
    if status is None:
        return "hang"
    if os.WIFSIGNALED(status):
        return "died of " + signal.Signals(os.WTERMSIG(status)).name
    if results is None:
        return "no results, exit status %d" % os.WEXITSTATUS(status)
    skipped = re.search(r"^(test\S+ skipped -- .*)$", text, re.MULTILINE)
    if not results and skipped:
        return skipped.group(1)
    return "; ".join(["complete", *junit.warnings(text)])


def run(setup, unit, shim, directory, match=None):
    """Runs UNIT in the new DIRECTORY, only test MATCH if one is given."""
    for name in ("home", "tmp", "cwd", "log"):
        os.makedirs(os.path.join(directory, name), mode=0o700)
    out_path = os.path.join(directory, "out")
    begin = time.monotonic()
    with open(out_path, "wb") as out:
        process = subprocess.Popen(command(setup, unit, directory, match),
                                   cwd=os.path.join(directory, "cwd"),
                                   env=environment(setup, directory, shim,
                                                   unit.interpreter.path),
                                   stdin=subprocess.DEVNULL, stdout=out,
                                   stderr=subprocess.STDOUT, start_new_session=True)
    mapped = is_mapped(process.pid, setup.shim) if shim else False
    status = await_end(process.pid)
    if status is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.returncode = status or 0
    stuck = clear_away()
    if setup.installed and shim and not os.path.exists(os.path.join(directory, "home",
                                                                    "installed")):
        mapped = False
    text = program.read(out_path).decode(errors="replace")
    results = junit.read(os.path.join(directory, "junit.xml"), text,
                         unit.interpreter.version < (3, 7))
    return Run(results or {}, verdict_of(status, results, text), time.monotonic() - begin,
               count_reports(directory), stuck, mapped, text.splitlines()[-8:])
