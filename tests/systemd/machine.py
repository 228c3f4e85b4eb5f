"""A real systemd: a container on an overlay of this machine's own files.

Nothing outside of it changes.  It takes half a second to come up.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time

BOOT_SECONDS = 30
COMMAND_SECONDS = 60
POLL_SECONDS = 0.05

# Where systemd, in the container, reads units that are made at run time.
UNITS = "/run/systemd/system"


class Unavailable(Exception):
    """Why there can be no container."""


def why_not():
    """None, or what is missing."""
    if os.geteuid() != 0:
        return "only root can start a container"
    if not shutil.which("systemd-nspawn"):
        return "systemd-nspawn is not installed (Debian's systemd-container)"
    if not os.path.exists("/lib/systemd/systemd"):
        return "systemd is not installed"
    return None


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Machine:
    """BINDS: paths in the container and what is to be seen there."""

    def __init__(self, binds):
        reason = why_not()
        if reason:
            raise Unavailable(reason)
        self.root = tempfile.mkdtemp(prefix="fdpreload-systemd-", dir="/run")
        self.log = os.path.join(self.root, "boot.log")
        self.container = None
        self.mounts = []
        try:
            self.boot(binds)
        except (OSError, subprocess.SubprocessError, Unavailable) as error:
            self.close()
            raise Unavailable("the container does not start: %s" % error) from error

    def mount(self, kind, options, source, path):
        run("mount", "-t", kind, "-o", options, source, path)
        self.mounts.append(path)

    def boot(self, binds):
        ram = os.path.join(self.root, "ram")
        os.mkdir(ram)
        self.mount("tmpfs", "size=512m", "tmpfs", ram)
        upper, work, merged = (os.path.join(ram, name) for name in ("upper", "work", "merged"))
        for path in (upper, work, merged):
            os.mkdir(path)
        self.mount("overlay", "lowerdir=/,upperdir=%s,workdir=%s" % (upper, work), "overlay",
                   merged)
        with open(self.log, "wb") as log:
            self.container = subprocess.Popen(
                ["systemd-nspawn", "-bD", merged, "--register=no", "--keep-unit",
                 *("--bind-ro=%s:%s" % (source, path) for path, source in binds.items()),
                 "systemd.unit=basic.target"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=dict(os.environ, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY="1"))
        self.leader = self.wait_up()

    def wait_up(self):
        end = time.monotonic() + BOOT_SECONDS
        path = "/proc/%d/task/%d/children" % (self.container.pid, self.container.pid)
        while time.monotonic() < end and self.container.poll() is None:
            with open(path) as file:
                children = file.read().split()
            if children:
                self.leader = int(children[0])
                if self.state() in ("running", "degraded"):
                    return self.leader
            time.sleep(POLL_SECONDS)
        with open(self.log, errors="replace") as log:
            raise Unavailable("it is not up: " + log.read()[-500:])

    def state(self):
        return self.call("systemctl", "is-system-running").stdout.strip()

    def call(self, *command, text=None):
        """Runs COMMAND inside; TEXT is its standard input."""
        return subprocess.run(["nsenter", "-t", str(self.leader), "-a", "--", *command],
                              input=text or "", text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=COMMAND_SECONDS, check=False)

    def path(self, path):
        """PATH of the container, as seen from outside."""
        return "/proc/%d/root%s" % (self.leader, path)

    def write_unit(self, name, text):
        with open(self.path(os.path.join(UNITS, name)), "w") as file:
            file.write(text)

    def close(self):
        if self.container and self.container.poll() is None:
            self.container.send_signal(signal.SIGTERM)
            try:
                self.container.wait(BOOT_SECONDS)
            except subprocess.TimeoutExpired:
                self.container.kill()
                self.container.wait()
        for path in reversed(self.mounts):
            subprocess.run(["umount", "-l", path], check=False)
        shutil.rmtree(self.root, ignore_errors=True)
