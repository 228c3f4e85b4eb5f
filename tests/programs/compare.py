"""One program, run bare and under the shim, and what may not differ."""

import dataclasses
import os
import re
import shutil
import subprocess
import time

import crash_cases
import program
import schema
from check import Skip
from pool import POLL_SECONDS

# A million faults of an interpreted Java program, on a machine with much to do.
PROGRAM_SECONDS = 150

HERE = os.path.dirname(os.path.abspath(__file__))

# How the shim is asked to behave, with what is compared left to the program.
MODES = {
    "all": {"FDPRELOAD_ECHO": "none", "FDPRELOAD_FOLLOW": "all"},
    "python": {"FDPRELOAD_ECHO": "none"},
}

# Where what is needed comes from; ./bootstrap --programs installs them all.
PACKAGES = {
    "java": "openjdk-17-jre-headless", "ecj": "ecj", "node": "nodejs", "git": "git",
    "perl": "perl", "gdb": "gdb", "gunicorn": "gunicorn", "flask": "python3-flask",
    "celery": "celery", "uwsgi_python3": "uwsgi-plugin-python3", "numpy": "python3-numpy",
    "ensurepip": "python3-venv",
}


@dataclasses.dataclass(frozen=True)
class Program:
    name: str
    # {python}, {here}, {classes} and {extensions} in words are filled in.
    command: tuple
    # How it ends, as crash_cases.signal_of() says it.
    ends: str = "exit 0"
    # The summary() of each report: if everything is watched, if only Python.
    reports: tuple = ()
    python_reports: tuple = ()
    modes: tuple = ("all", "python")
    # Programs, and modules of the interpreter that runs it.
    needs: tuple = ()
    modules: tuple = ()
    # DRIVE(Driver) is called while the program runs.
    drive: object = None
    # LOOK(context, mode, bare run, run) checks further after each run.
    look: object = None
    # (pattern, replacement) of what differs from run to run.
    hides: tuple = ()
    # Processes write side by side: the order of lines says nothing.
    sort: bool = False
    # Whether any interpreter will do, or only Debian's, which has the modules.
    any_python: bool = False
    # (name, value), filled in like words.
    environment: tuple = ()
    # What the bare one says where it cannot do its work on this machine.
    cannot: bytes = None


class Driver:
    """What a test does to a program that waits: talk to it and write down what
    it answers, which must be the same under the shim."""

    def __init__(self, process, output, environment):
        self.process = process
        self.environment = environment
        self.output = output
        self.errors = os.path.join(os.path.dirname(output), "err")
        self.work = os.path.join(os.path.dirname(output), "cwd")
        self.answers = []

    def note(self, *words):
        self.answers.append(" ".join(str(word) for word in words))

    def wait(self, what, condition):
        """The first true value of CONDITION()."""
        with program.deadline(program.HANG_SECONDS):
            try:
                while True:
                    value = condition()
                    if value:
                        return value
                    if self.gone():
                        raise program.Hang("the program ended, no " + what)
                    time.sleep(POLL_SECONDS)
            except program.Hang as hang:
                said = self.text()[-1500:]
                raise program.Hang("waiting for %s: %s; it said: %s" % (what, hang, said)) \
                    from None

    def send(self, number):
        """Popen's own method would reap it if it has ended."""
        os.kill(self.process.pid, number)

    def gone(self):
        """Whether the program has ended; it stays a zombie for the runner."""
        return os.waitid(os.P_PID, self.process.pid,
                         os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def text(self):
        """All that the program has written so far."""
        return (program.read(self.output) + program.read(self.errors)).decode("utf-8", "replace")

    def match(self, pattern):
        return self.wait(pattern, lambda: re.search(pattern, self.text()))


def missing(one, interpreter):
    for name in one.needs:
        if not shutil.which(name, path="/usr/bin:/bin"):
            raise Skip("%s is not installed (Debian: %s)" % (name, PACKAGES[name]))
    for name in one.modules:
        if subprocess.run([interpreter.path, "-c", "import " + name],
                          stderr=subprocess.DEVNULL).returncode:
            raise Skip("no module %s for %s (Debian: %s)"
                       % (name, interpreter.path, PACKAGES[name]))


def hidden(text, hides):
    for pattern, replacement in hides:
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    return text


def normal(one, run, text):
    """TEXT without what differs from one run to the next."""
    text = text.decode("utf-8", "backslashreplace")
    text = text.replace(run.directory, "DIRECTORY")
    everywhere = ((r"\b%d\b" % run.pid, "PID"), (r"\b0x[0-9a-f]+", "0x"))
    lines = hidden(text, one.hides + everywhere).split("\n")
    return sorted(lines) if one.sort else lines


def tree(one, run):
    """The names of all files that the program made; numbers in them vary."""
    top = os.path.join(run.directory, "cwd")
    names = [os.path.relpath(os.path.join(path, name), top)
             for path, _, files in os.walk(top) for name in files]
    return sorted(hidden(name, one.hides + ((r"\d{3,}", "N"),)) for name in names)


def run_one(context, one, mode, values):
    """(the run, what the driver wrote down)."""
    answers = []

    def prepare(process, output):
        driver = Driver(process, output, environment)
        one.drive(driver)
        answers.extend(driver.answers)

    environment = {name: value.format(**values) for name, value in one.environment}
    environment.update(MODES.get(mode, {}))
    command = [word.format(**values) for word in one.command]
    run = context.setup.run(command, context.subdirectory(mode), shim=mode != "bare",
                            environment=environment, seconds=PROGRAM_SECONDS,
                            prepare=prepare if one.drive else None)
    return run, answers


def summary(report):
    """What a row of a table says of one report."""
    words = [report["signal"]["name"], report["cause"]["kind"]]
    if report["kind"] != "crash":
        words.append("of kind " + report["kind"])
    if report["handler"]:
        module = os.path.basename(report["handler"]["module"] or "?")
        words.append("handled by " + re.sub(r"^(lib)?(python|node).*", r"\2", module))
    if report["died_of"]["name"] != report["signal"]["name"]:
        words.append("died of " + report["died_of"]["name"])
    return " ".join(words)


def check_reports(context, one, mode, run):
    check = context.check
    expected = one.reports if mode == "all" else one.python_reports
    found = crash_cases.find_reports(check, run, None, count=len(expected))
    said = []
    for path, _ in found:
        report = crash_cases.load(path)
        check.equal(mode + ": schema", schema.complaints(report), [])
        said.append(summary(report))
    check.equal(mode + ": reports", sorted(said), sorted(expected))


def own_orphans(run):
    """The processes that outlived their parents, but for daemons."""
    return sorted("%s: %s" % (orphan.comm, crash_cases.signal_of(orphan.status))
                  for orphan in run.orphans if orphan.comm not in program.DAEMON)


def check_left(check, mode, bare, run):
    check.equal(mode + ": processes that stay", run.stuck, [])
    check.equal(mode + ": orphans", own_orphans(run), own_orphans(bare))
    for daemon in run.daemons():
        check.equal(mode + ": daemon", crash_cases.signal_of(daemon.status), "exit 0")


def compare(context, one, interpreter, classes):
    """One program in all its modes."""
    missing(one, interpreter)
    check = context.check
    context.name = one.name
    values = {"python": interpreter.path, "here": HERE, "classes": classes,
              "extensions": context.setup.extensions}
    bare, expected = run_one(context, one, "bare", values)
    if one.cannot and one.cannot in bare.stderr:
        raise Skip("it cannot without the shim either: " + one.cannot.decode())
    check.equal("bare: how it ends", crash_cases.signal_of(bare.status).split(" (")[0], one.ends)
    check.equal("bare: processes that stay", bare.stuck, [])
    for mode in one.modes:
        run, answers = run_one(context, one, mode, values)
        check.equal(mode + ": wait status", crash_cases.signal_of(run.status),
                    crash_cases.signal_of(bare.status))
        check.equal(mode + ": what it answered", answers, expected)
        for what in ("stdout", "stderr"):
            check.equal(mode + ": " + what, normal(one, run, getattr(run, what)),
                        normal(one, bare, getattr(bare, what)))
        check.equal(mode + ": files", tree(one, run), tree(one, bare))
        check_reports(context, one, mode, run)
        check_left(check, mode, bare, run)
        if one.look:
            one.look(context, mode, bare, run)
