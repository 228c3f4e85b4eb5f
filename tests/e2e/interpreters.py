"""Which CPythons are on this machine."""

import collections
import glob
import os
import re
import shutil
import subprocess

# On these everything runs.
SUPPORTED = ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13"]
ENOUGH = 3

# On these a share runs: what is read of them is other tables and not other code.
# There the extension module of the tests, which has one file for all versions, can be
# loaded ...
SHARE = ["3.6", "3.7", "3.14", "3.15"]
# ... and on these it cannot.
ALIEN = ["2.7", "3.13t", "3.14t", "3.15t"]
EVERY = SUPPORTED + SHARE + ALIEN

# A sane interpreter answers at once; a broken one must not stop the tests.
ANSWER_SECONDS = 20

# path, (major, minor, micro), label: unique and short, "3.13t".
Interpreter = collections.namedtuple("Interpreter", "path version label name")


def candidates():
    """Paths that may be interpreters, best first."""
    named = os.environ.get("FDPRELOAD_TEST_PYTHONS")
    if named:
        return [path for path in named.split(":") if path]
    roots = [os.environ.get("PYENV_ROOT"), pyenv_root(), os.path.expanduser("~/.pyenv")]
    paths = []
    for root in dict.fromkeys(filter(None, roots)):
        for name in ("python3.?", "python3.??", "python3.??t", "python2.7"):
            paths += sorted(glob.glob(os.path.join(root, "versions", "*", "bin", name)))
    return paths + ["/usr/bin/python3"]


def pyenv_root():
    if not shutil.which("pyenv"):
        return None
    answer = subprocess.run(["pyenv", "root"], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True)
    return answer.stdout.strip()


QUESTION = """
import sys, platform, sysconfig
print(" ".join(map(str, (platform.python_implementation(),) + sys.version_info[:3])) +
      " t" * bool(sysconfig.get_config_var("Py_GIL_DISABLED")))
"""


def ask(path, names=None):
    """The interpreter at PATH, or None if it is none of NAMES (else of SUPPORTED)."""
    try:
        answer = subprocess.run([path, "-S", "-c", QUESTION], stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, text=True,
                                timeout=ANSWER_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return None
    words = re.fullmatch(r"CPython (\d+) (\d+) (\d+)( t)?\n", answer.stdout)
    if answer.returncode != 0 or not words:
        return None
    version = tuple(int(word) for word in words.groups()[:3])
    end = "t" if words.group(4) else ""
    name = "%d.%d%s" % (*version[:2], end)
    if name not in (names or SUPPORTED):
        return None
    where = "system-" if path.startswith("/usr/bin/") else ""
    return Interpreter(path, version, where + "%d.%d.%d%s" % (*version, end), name)


def imports(path, module):
    """Whether the interpreter at PATH can import MODULE, which is not part of Python."""
    return subprocess.run([path, "-c", "import " + module], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0


def find(names=None):
    """The interpreters, by version; of two with one label the first."""
    found = {}
    for path in candidates():
        interpreter = ask(path, names)
        if interpreter:
            found.setdefault(interpreter.label, interpreter)
    return sorted(found.values(), key=lambda one: (one.version, one.label))


def absent(interpreters, names=None):
    have = {one.name for one in interpreters}
    return [name for name in names or SUPPORTED if name not in have]
