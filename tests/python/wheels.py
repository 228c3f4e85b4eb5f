"""The wheel, installed by the interpreter's own pip, and a crash with what is in it."""

import glob
import os
import shutil
import subprocess
import sys
import tempfile
import time

import suite
from suite import Skip, case, same

WHEEL = os.environ.get("FDPRELOAD_TEST_WHEEL")

# Seconds; the reporter answers in a fraction of one.
PATIENCE = 20


def installed():
    """A directory with the wheel in it."""
    if not WHEEL:
        raise Skip("no wheel was built")
    directory = tempfile.mkdtemp()
    process = subprocess.Popen(
        [suite.EXECUTABLE, "-m", "pip", "install", "--no-index", "--no-deps", "--no-cache-dir",
         "--disable-pip-version-check", "--target", directory, WHEEL],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = process.communicate()[0].decode()
    if "No module named" in output and "pip" in output:
        shutil.rmtree(directory)
        raise Skip("there is no pip")
    same(process.returncode, 0, output)
    return directory


def run(directory, arguments, **environment):
    variables = dict(os.environ, PYTHONPATH=directory, HOME=directory, **environment)
    for name in list(variables):
        if name == "LD_PRELOAD" or name.startswith("FDPRELOAD_"):
            del variables[name]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               cwd=directory, env=variables)
    out, err = process.communicate()
    return process.returncode, out.decode(), err.decode()


def wait_for(pattern):
    """The files of PATTERN, as soon as there are any: they appear whole."""
    end = time.time() + PATIENCE
    while not glob.glob(pattern) and time.time() < end:
        time.sleep(0.05)
    return glob.glob(pattern)


def is_report(directory):
    """A crash in an interpreter under the library of DIRECTORY leaves its report."""
    logs = os.path.join(directory, "logs")
    status, _out, err = run(directory, [
        suite.EXECUTABLE, "-m", "fdpreload", "--log-dir", logs, "-c",
        "import ctypes, resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); "
        "ctypes.string_at(0)"])
    same(status, -11, err)
    reports = wait_for(os.path.join(logs, "*.txt"))
    same(len(reports), 1, err)
    with open(reports[0], "rb") as file:
        assert b"string_at" in file.read()


@case
def pip_installs_the_wheel():
    directory = installed()
    try:
        package = os.path.join(directory, "fdpreload")
        for name in ("libfdpreload.so", "fdpreloadd", "fdpreload-analysis.so", "fdpreload"):
            assert os.access(os.path.join(package, name), os.X_OK), name
        same(run(directory, [suite.EXECUTABLE, "-m", "fdpreload", "--version"]),
             (0, "fdpreload 0.1.0\n", ""))
        same(run(directory, [suite.EXECUTABLE, "-c",
                             "import fdpreload, os; "
                             "print(os.path.abspath(fdpreload.__file__))"])[1][:len(package)],
             package)
        command = os.path.join(directory, "bin", "fdpreload")
        if os.path.exists(command):
            same(run(directory, [command, "--version"]), (0, "fdpreload 0.1.0\n", ""))
        if os.path.realpath(suite.EXECUTABLE) == os.path.realpath(sys.executable):
            is_report(directory)
    finally:
        shutil.rmtree(directory)


suite.run_cases()
suite.finish()
