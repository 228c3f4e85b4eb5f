"""Calling the command line tool in an environment that the case has made."""

import dataclasses
import json
import os
import shutil
import subprocess

import program
from check import Skip

SECONDS = 30
PRODUCTS = ("fdpreload", "fdpreloadd", "fdpreload-analysis.so", "libfdpreload.so")


@dataclasses.dataclass
class Answer:
    status: int
    stdout: str
    stderr: str
    pid: int

    def lines(self):
        """{check: [(level, text)]} of what doctor says."""
        found = {}
        for line in self.stdout.splitlines():
            level, rest = line.split(None, 1)
            check, text = rest.split(": ", 1)
            found.setdefault(check, []).append((level, text))
        return found

    def report(self):
        return json.loads(self.stdout)


def environment(directory, more=None):
    """The whole of it; of MORE, None takes a variable away."""
    values = {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": os.path.join(directory, "home"),
        "XDG_STATE_HOME": os.path.join(directory, "state"),
        "TMPDIR": os.path.join(directory, "tmp"),
        "FDPRELOAD_LOG_DIR": os.path.join(directory, "log"),
    }
    values.update(more or {})
    return {name: value for name, value in values.items() if value is not None}


def call(context, *arguments, env=None, tool=None, before=(), **more):
    """Runs fdpreload ARGUMENTS, by the command BEFORE if there is one."""
    os.makedirs(os.path.join(context.directory, "tmp"), exist_ok=True)
    process = subprocess.Popen(
        [*before, tool or context.setup.cli, *arguments],
        env=environment(context.directory, env), cwd=more.pop("cwd", context.directory),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        encoding="utf-8", errors="surrogateescape", **more)
    try:
        stdout, stderr = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise program.Hang("fdpreload %s" % " ".join(arguments)) from None
    return Answer(process.returncode, stdout, stderr, process.pid)


def copy_of_products(context, name, without=()):
    """A directory with the products, as the build directory is one."""
    directory = context.subdirectory(name)
    for product in PRODUCTS:
        if product not in without:
            shutil.copy(os.path.join(context.setup.build, product), directory)
    return directory


def need_root():
    if os.geteuid() != 0:
        raise Skip("takes root")


def need_namespaces(*arguments):
    """Skips the case where nobody may make namespaces."""
    answer = subprocess.run(["unshare", *arguments, "true"], capture_output=True, check=False)
    if answer.returncode != 0:
        raise Skip("unshare %s: %s" % (" ".join(arguments), answer.stderr.decode().strip()))
