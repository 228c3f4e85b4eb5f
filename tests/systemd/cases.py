"""Services, each without the shim and with it: systemd must not see a difference."""

import collections
import json
import re
import time

PYTHON = "/usr/bin/python3"
SHIM = "/opt/fdpreload/libfdpreload.so"
SERVICE = "/opt/fdpreload-tests/service.py"
LOGS = "/run/fdpreload"

# The longest that a unit takes to be where it goes.
UNIT_SECONDS = 30
POLL_SECONDS = 0.02

PROPERTIES = ("ActiveState", "SubState", "Result", "ExecMainCode", "ExecMainStatus", "NRestarts",
              "StatusText", "StatusErrno")

# LINES: of [Service].  WORDS: of the program.  STEPS: what is done with it, in order.
# REPORTS: how many there are in the end.  SOCKET: there is a socket unit too.
Row = collections.namedtuple("Row", "name words lines steps reports socket")


def row(name, words, lines=(), steps=("start", "stop"), reports=0, socket=False):
    return Row(name, words, tuple(lines), steps, reports, socket)


CRASH_STEPS = ("start", "ended")

# What a hardened unit has; nothing but its log directory can be written.
HARDENED = ("DynamicUser=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes",
            "PrivateDevices=yes", "NoNewPrivileges=yes", "MemoryDenyWriteExecute=yes",
            "RestrictAddressFamilies=AF_UNIX", "SystemCallFilter=@system-service",
            "LogsDirectory=%N", "Environment=FDPRELOAD_LOG_DIR=/var/log/%N")

ROWS = [
    row("stop", "wait"),
    row("stop-mixed", "wait", ["KillMode=mixed"]),
    row("stop-process", "wait", ["KillMode=process"]),
    row("stop-slowly", "stop_slowly"),
    row("stop-workers", "works", ["Type=notify"]),
    row("restart", "wait", steps=("start", "restart", "restart", "stop")),
    row("killed", "wait", steps=("start", "kill KILL", "ended")),
    row("fails", "fails", steps=CRASH_STEPS),
    row("crash", "crashes", steps=CRASH_STEPS, reports=1),
    row("crash-again", "crashes", ["Restart=on-failure", "RestartSec=0"], CRASH_STEPS, 3),
    row("crash-hardened", "crashes", HARDENED, CRASH_STEPS, 1),
    row("stop-hardened", "wait", HARDENED),
    row("crash-oneshot", "crashes", ["Type=oneshot"], CRASH_STEPS, 1),
    row("oneshot", "fails", ["Type=oneshot", "SuccessExitStatus=3"], ("start", "start", "ended")),
    row("oneshot-remains", "fails", ["Type=oneshot", "SuccessExitStatus=3",
                                     "RemainAfterExit=yes"]),
    row("segv-all", "wait", steps=("start", "kill SEGV", "ended"), reports=1),
    row("abort-main", "wait", steps=("start", "kill ABRT --kill-who=main", "ended"), reports=1),
    row("stop-by-abort", "wait", ["KillSignal=SIGABRT"], reports=1),
    row("notify", "ready", ["Type=notify"]),
    row("watchdog", "ready", ["Type=notify", "WatchdogSec=300ms"], CRASH_STEPS, 1),
    row("forking", "daemonize /run/%N.pid", ["Type=forking", "PIDFile=/run/%N.pid"]),
    row("forking-crash", "daemonize /run/%N.pid", ["Type=forking", "PIDFile=/run/%N.pid"],
        ("start", "kill SEGV --kill-who=main", "ended"), 1),
    row("socket", "answer", steps=("connect", "ended"), socket=True),
    # No room for the reporter: the service has to run all the same.
    row("one-process", "wait", ["DynamicUser=yes", "LimitNPROC=1"]),
    row("one-process-crash", "crashes", ["DynamicUser=yes", "LimitNPROC=1"], CRASH_STEPS),
]

# What systemctl kill says of each process of the control group; that is asked for.
ASKED_FOR = re.compile(r"Sending signal \w+ to process N \(\(?fdpreloadd?[\w-]*\)?\)")

UNIT = """[Unit]
StartLimitIntervalSec=60
StartLimitBurst=3
[Service]
ExecStart={python} {service} {words}
Environment=FDPRELOAD_LOG_DIR={logs}/%N PYTHONDONTWRITEBYTECODE=1
LimitCORE=0
TimeoutStopSec=20
{lines}
"""

SOCKET = """[Socket]
ListenStream=/run/{name}.socket
"""


class Unit:
    def __init__(self, machine, one, shim):
        self.machine = machine
        self.row = one
        self.name = "fdp-%s-%s" % (one.name, "shim" if shim else "bare")
        self.unit = self.name + ".service"
        self.seen = []
        lines = list(one.lines) + (["Environment=LD_PRELOAD=" + SHIM] if shim else [])
        machine.write_unit(self.unit, UNIT.format(
            python=PYTHON, service=SERVICE, words=one.words, logs=LOGS, lines="\n".join(lines)))
        if one.socket:
            machine.write_unit(self.name + ".socket", SOCKET.format(name=self.name))

    def systemctl(self, *words):
        return self.machine.call("systemctl", *words)

    def show(self):
        answer = self.systemctl("show", self.unit, "-p", ",".join((*PROPERTIES, "MainPID")))
        found = dict(line.split("=", 1) for line in answer.stdout.splitlines())
        found["MainPID"] = "some" if found.get("MainPID", "0") != "0" else "none"
        return found

    def wait_ended(self):
        end = time.monotonic() + UNIT_SECONDS
        while time.monotonic() < end:
            if self.show()["ActiveState"] in ("inactive", "failed"):
                return
            time.sleep(POLL_SECONDS)
        self.seen.append("it does not end")

    def wait_says(self, word):
        """Until the program is where it waits."""
        end = time.monotonic() + UNIT_SECONDS
        while time.monotonic() < end:
            if word in self.said():
                return
            time.sleep(POLL_SECONDS)
        self.seen.append("it does not say %s" % word)

    def said(self):
        return self.journal("_SYSTEMD_UNIT=" + self.unit)

    def connect(self):
        self.systemctl("start", self.name + ".socket")
        client = "import socket; s = socket.socket(socket.AF_UNIX); s.connect(%r); " \
            "print(s.makefile().read())" % ("/run/%s.socket" % self.name)
        self.seen.append(self.machine.call(PYTHON, "-c", client).stdout)
        self.wait_ended()
        self.systemctl("stop", self.name + ".socket")

    def do(self, step):
        word, *more = step.split()
        if word == "connect":
            self.connect()
        elif word == "ended":
            self.wait_ended()
        elif word == "kill":
            self.systemctl("kill", "-s", *more, self.unit)
        else:
            answer = self.systemctl(word, self.unit)
            self.seen.append("%s: %d" % (word, answer.returncode))
            if word != "stop" and self.row.words in ("wait", "stop_slowly"):
                self.wait_says("waits")

    def journal(self, *match):
        self.machine.call("journalctl", "--sync")
        answer = self.machine.call("journalctl", "-o", "cat", "--no-pager", *match)
        return answer.stdout

    def run(self):
        """What systemd said of it after each step, and wrote in the end."""
        for step in self.row.steps:
            self.do(step)
            # Between others it is on its way.
            if step in ("stop", "ended", "restart"):
                self.seen.append((step, self.show()))
        self.seen.append(self.clean(self.journal("_PID=1", "UNIT=" + self.unit)))
        self.seen.append(self.tasks())

    def clean(self, text):
        lines = re.sub(r"\b\d+\b", "N", text.replace(self.name, "UNIT")).splitlines()
        return [line for line in lines if not ASKED_FOR.search(line)]

    def tasks(self):
        """What is left in its control group."""
        path = self.machine.path("/sys/fs/cgroup/system.slice/%s/cgroup.procs" % self.unit)
        try:
            with open(path) as file:
                return file.read().split()
        except FileNotFoundError:
            return []

    def reports(self):
        """Read from inside: a hardened unit's directory is behind a link."""
        found = []
        for directory in (LOGS, "/var/log"):
            answer = self.machine.call("find", "%s/%s/" % (directory, self.name), "-name", "*.json")
            found += [line for line in answer.stdout.splitlines() if line.endswith(".json")]
        return [json.loads(self.machine.call("cat", path).stdout) for path in found]


def both(machine, one):
    return [Unit(machine, one, shim) for shim in (False, True)]


def same(context, units, one):
    """A unit, twice."""
    for unit in units:
        unit.run()
    bare, shim = units
    if context.check.equal("steps", len(shim.seen), len(bare.seen)):
        for mine, theirs in zip(shim.seen, bare.seen):
            context.check.equal("seen", mine, theirs)
    context.check.equal("reports without the shim", bare.reports(), [])
    reports = shim.reports()
    context.check.equal("number of reports", len(reports), one.reports)
    for report in reports:
        functions = [frame["function"] for frame in report["threads"][0]["frames"]]
        context.check.contains("functions of the service", functions, one.words.split()[0])
        hung = one.name.startswith("watchdog")
        context.check.equal("kind", report["kind"], "hang" if hung else "crash")
        context.check.equal("the cause is the watchdog", report["cause"]["kind"] == "watchdog",
                            hung)


def known(context, units):
    """
    Of a daemon without a PID file systemd guesses the main process: the only one
    of the unit that is its own child.  The reporter is another one.
    """
    found = []
    for unit in units:
        unit.do("start")
        found.append(unit.show()["MainPID"])
        unit.do("stop")
        context.check.equal("state", unit.show()["ActiveState"], "inactive")
    context.check.equal("main process", found, ["some", "none"])


GUESS = row("forking-guess", "daemonize", ["Type=forking"])


def matrix(machine):
    """(name, function, arguments); systemd has read the units then."""
    rows = [(one.name, same, (both(machine, one), one)) for one in ROWS]
    rows.append((GUESS.name, known, (both(machine, GUESS),)))
    machine.call("systemctl", "daemon-reload")
    return rows


def names():
    return [one.name for one in (*ROWS, GUESS)]
