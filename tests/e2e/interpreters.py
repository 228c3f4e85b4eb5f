"""Which CPythons are on this machine."""

import collections
import glob
import os
import re
import shutil
import subprocess

SUPPORTED = ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13"]
ENOUGH = 3

# A sane interpreter answers at once; a broken one must not stop the tests.
ANSWER_SECONDS = 20

# path, (major, minor, micro), label: unique and short.
Interpreter = collections.namedtuple("Interpreter", "path version label")


def candidates():
    """Paths that may be interpreters, best first."""
    named = os.environ.get("FDPRELOAD_TEST_PYTHONS")
    if named:
        return [path for path in named.split(":") if path]
    roots = [os.environ.get("PYENV_ROOT"), pyenv_root(), os.path.expanduser("~/.pyenv")]
    paths = []
    for root in dict.fromkeys(filter(None, roots)):
        paths += sorted(glob.glob(os.path.join(root, "versions", "*", "bin", "python3.?")))
        paths += sorted(glob.glob(os.path.join(root, "versions", "*", "bin", "python3.??")))
    return paths + ["/usr/bin/python3"]


def pyenv_root():
    if not shutil.which("pyenv"):
        return None
    answer = subprocess.run(["pyenv", "root"], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True)
    return answer.stdout.strip()


def ask(path):
    """The interpreter at PATH, or None if it is none that is supported."""
    code = ("import sys, platform;"
            "print(platform.python_implementation(), *sys.version_info[:3])")
    try:
        answer = subprocess.run([path, "-S", "-c", code], stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, text=True,
                                timeout=ANSWER_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return None
    words = re.fullmatch(r"CPython (\d+) (\d+) (\d+)\n", answer.stdout)
    if answer.returncode != 0 or not words:
        return None
    version = tuple(int(word) for word in words.groups())
    if "%d.%d" % version[:2] not in SUPPORTED:
        return None
    where = "system-" if path.startswith("/usr/bin/") else ""
    return Interpreter(path, version, where + "%d.%d.%d" % version)


def find():
    """The interpreters, by version; of two with one label the first."""
    found = {}
    for path in candidates():
        interpreter = ask(path)
        if interpreter:
            found.setdefault(interpreter.label, interpreter)
    return sorted(found.values(), key=lambda one: (one.version, one.label))


def absent(interpreters):
    have = {"%d.%d" % one.version[:2] for one in interpreters}
    return [version for version in SUPPORTED if version not in have]
