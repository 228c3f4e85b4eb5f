#!/usr/bin/python3
"""The Python package, in each interpreter that is here.

    tests/python/run.py [--build DIR] [--verbose] [FILTER ...]

FILTER is a part of the name of a part, such as 3.11 or differential.  Interpreters are
those of tests/e2e, and of the other versions that the package supports; or those of
FDPRELOAD_TEST_PYTHONS.  The last line is `N passed, N failed, N skipped`.
"""

import argparse
import base64
import collections
import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PACKAGE = os.path.join(ROOT, "python")

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))

import interpreters

VERSIONS = ["2.7"] + ["3.%d" % minor for minor in range(6, 16)]

# Each runs within each interpreter.
PARTS = ["differential", "calls", "module", "installs", "launch", "wheels", "real"]

# They run under the library that was built.
PRELOADED = ["real"]

# One part; most take a second.
SECONDS = 120

Python = collections.namedtuple("Python", "path label")


def ask(path):
    """The interpreter at PATH, or None if it is none that the package supports."""
    code = ("import sys, platform; print(platform.python_implementation() + "
            "' %d.%d.%d' % sys.version_info[:3])")
    try:
        answer = subprocess.run([path, "-S", "-c", code], stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    words = re.fullmatch(r"CPython ((\d+\.\d+)\.\d+)\n", answer.stdout)
    if not words or words.group(2) not in VERSIONS:
        return None
    where = "system-" if path.startswith("/usr/bin/") else ""
    return Python(path, where + words.group(1))


def old_ones():
    """Those of Python 2, which the other tests do not look for."""
    if os.environ.get("FDPRELOAD_TEST_PYTHONS"):
        return []
    roots = [os.environ.get("PYENV_ROOT"), os.path.expanduser("~/.pyenv")]
    return [path for root in filter(None, roots)
            for path in glob.glob(os.path.join(root, "versions", "*", "bin", "python2.7"))]


def find():
    found = {}
    for path in interpreters.candidates() + old_ones():
        python = ask(path)
        if python:
            found.setdefault(python.label, python)
    return sorted(found.values(), key=lambda one: [int(word) for word in
                                                   re.findall(r"\d+", one.label)])


class Summary:
    def __init__(self, verbose):
        self.verbose = verbose
        self.passed = self.failed = self.skipped = 0

    def check(self, good, text):
        self.passed += bool(good)
        self.failed += not good
        if not good:
            print("FAIL", text, flush=True)

    def skip(self, text):
        self.skipped += 1
        print("SKIP", text, flush=True)

    def part(self, name, status, output):
        """Adds what a part says; one without a summary has failed."""
        line = re.search(r"^(\d+) passed, (\d+) failed, (\d+) skipped\n\Z", output, re.M)
        passed, failed, skipped = map(int, line.groups()) if line else (0, 1, 0)
        if status != 0 and not failed:
            failed = 1
        self.passed += passed
        self.failed += failed
        self.skipped += skipped
        if failed:
            print("FAIL %s (exit status %d)\n%s" % (name, status, output), flush=True)
        elif self.verbose:
            print("ok   %s: %d passed" % (name, passed), flush=True)
            print("".join("     %s\n" % one for one in output.splitlines()[:-1]), end="")

    def finish(self):
        print("%d passed, %d failed, %d skipped" % (self.passed, self.failed, self.skipped))
        return 1 if self.failed or not self.passed else 0


class Setup:
    """What the parts need, in a directory of its own."""

    def __init__(self, build):
        self.directory = tempfile.mkdtemp()
        self.build = build
        self.stub = self.library("stub")
        self.old = self.library("old")
        self.wheel = self.build_wheel(build)

    def library(self, name):
        path = os.path.join(self.directory, name + ".so")
        subprocess.run([os.environ.get("CC") or "cc", "-std=gnu11", "-shared", "-fPIC", "-Wall",
                        "-Wextra", "-Werror", "-o", path, os.path.join(HERE, name + ".c")],
                       check=True)
        return path

    def build_wheel(self, build):
        """The path of the wheel; None if there is nothing to put into it."""
        command = [sys.executable, "-B", os.path.join(PACKAGE, "build_wheel.py"), build,
                   self.directory]
        answer = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        return answer.stdout.strip() if answer.returncode == 0 else None

    def run(self, python, part, package=PACKAGE):
        """(exit status, output) of a part."""
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith(("FDPRELOAD_", "PYTHON", "LD_PRELOAD", "PIP_"))}
        environment.update(PYTHONPATH=package, PYTHONDONTWRITEBYTECODE="1",
                           FDPRELOAD_TEST_STUB=self.stub, FDPRELOAD_TEST_OLD=self.old,
                           FDPRELOAD_TEST_WHEEL=self.wheel or "",
                           FDPRELOAD_TEST_PYTHON=python.path,
                           FDPRELOAD_LOG_DIR=os.path.join(self.directory, "logs"))
        if part in PRELOADED:
            environment["LD_PRELOAD"] = os.path.join(os.path.abspath(self.build),
                                                     "libfdpreload.so")
        try:
            answer = subprocess.run([python.path, os.path.join(HERE, part + ".py")],
                                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                    stderr=subprocess.STDOUT, env=environment, text=True,
                                    errors="backslashreplace", timeout=SECONDS)
        except subprocess.TimeoutExpired as error:
            return -1, "not ready after %d s: %s\n" % (SECONDS, error.output)
        return answer.returncode, answer.stdout

    def close(self):
        shutil.rmtree(self.directory)


def record_is_right(path):
    """Whether RECORD of the wheel at PATH names each file, with its hash and size."""
    with zipfile.ZipFile(path) as wheel:
        name = [one for one in wheel.namelist() if one.endswith("/RECORD")][0]
        lines = dict(line.split(",", 1) for line in wheel.read(name).decode().splitlines())
        for one in wheel.namelist():
            data = wheel.read(one)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode()
            wanted = "sha256=%s,%d" % (digest.rstrip("="), len(data))
            if lines.pop(one) != ("," if one == name else wanted):
                return False
    return not lines


def check_wheel(summary, setup, build):
    if not setup.wheel:
        summary.check(False, "build_wheel.py made no wheel of " + build)
        return
    summary.check(record_is_right(setup.wheel), "RECORD of the wheel")
    with open(setup.wheel, "rb") as file:
        first = file.read()
    setup.build_wheel(build)
    with open(setup.wheel, "rb") as file:
        summary.check(file.read() == first, "the same files make the same wheel")


# Each must be found: file, text, what it is replaced with, and the part that finds it.
PLANTED = [
    ("_files.py", "sys.stderr is None", "sys.stderr is nothing", "differential"),
    ("_files.py", "number < 0", "number < -1", "differential"),
    ("_timeouts.py", "microseconds <= 0", "microseconds < 0", "differential"),
    ("_functions.py", "_check_signal(number)\n    target", "target", "differential"),
    ("_functions.py", '_files.hold("enable", file)', "pass", "calls"),
    ("_functions.py", "_OWN_FRAMES = 1", "_OWN_FRAMES = 2", "calls"),
    ("_functions.py", "library.dump_c_stack(number)", "pass", "calls"),
    ("_library.py", "ctypes.PyDLL(None)", "ctypes.CDLL(None)", "calls"),
    ("_original.py", 'name.startswith("_")', 'name.startswith("_s")', "module"),
    ("_install.py", "original.disable()", "pass", "installs"),
]


def check_planted(summary, setup, python):
    """The tests find mistakes: each of PLANTED, made in a copy of the package."""
    for file, text, wrong, part in PLANTED:
        package = os.path.join(setup.directory, "planted")
        shutil.copytree(PACKAGE, package)
        path = os.path.join(package, "fdpreload", file)
        with open(path) as source:
            before = source.read()
        with open(path, "w") as source:
            source.write(before.replace(text, wrong))
        status, output = setup.run(python, part, package)
        found = text in before and status == 1 and re.search(r"^\d+ passed, [1-9]", output, re.M)
        summary.check(found, "%s does not find a mistake in %s: %s for %s"
                      % (part, file, wrong, text))
        shutil.rmtree(package)


def options():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("filter", nargs="*", help="parts of names of parts")
    parser.add_argument("--verbose", action="store_true", help="a line for each part")
    parser.add_argument("--build", default=os.path.join(ROOT, os.environ.get("O", "build")))
    return parser.parse_args()


def run_all(settings, summary, setup, pythons):
    def chosen(name):
        return not settings.filter or any(part in name for part in settings.filter)

    for python in pythons:
        for part in PARTS:
            name = "%s/%s" % (python.label, part)
            if chosen(name):
                summary.part(name, *setup.run(python, part))
    newest = [python for python in pythons if not python.label.startswith("2.")][-1:]
    if chosen("planted") and newest:
        check_planted(summary, setup, newest[0])
    if chosen("wheel"):
        check_wheel(summary, setup, settings.build)


def main():
    settings = options()
    summary = Summary(settings.verbose)
    pythons = find()
    print("interpreters:", ", ".join(one.label for one in pythons), flush=True)
    for version in VERSIONS:
        if not any(one.label.replace("system-", "").startswith(version + ".")
                   for one in pythons):
            summary.skip("CPython %s is not on this machine" % version)
    setup = Setup(settings.build)
    try:
        run_all(settings, summary, setup, pythons)
    finally:
        setup.close()
    return summary.finish()


if __name__ == "__main__":
    sys.exit(main())
