"""One program run twice, without the shim and with it: nothing may differ."""

import collections
import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = os.path.join(HERE, "programs")
ROOT = os.path.dirname(os.path.dirname(HERE))
SYSTEM_PYTHON = "/usr/bin/python3"
NOBODY = "65534"
COMPILE_SECONDS = 120

WATCHING = ["watching"]
INERT = []
ANYTHING = None
CRASH = "import ctypes; print('about to', flush=True); ctypes.string_at(0)"

sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))

from check import Skip  # noqa: E402

# What a run under the shim has to be like.  STATES is what the log of all shims
# in it says, each once: WATCHING, the reason why one stands back; INERT: nothing;
# a tuple: one of these.
Expected = collections.namedtuple("Expected", "status states says reports")


def expect(states, status=0, says="", reports=0):
    """STATUS is an exit status, or minus a signal; SAYS is in the standard output."""
    return Expected(status, states, says, reports)


def same_bytes(text):
    return text


def without_numbers(text):
    """Addresses and process numbers differ between any two runs."""
    text = re.sub(rb"0x[0-9a-fA-F]+", b"0x?", text)
    return re.sub(rb"(==|pid[= ]|tid[= ])\d+", rb"\1?", text)


def summary_line(text):
    """Of a sanitizer's report, what does not change from run to run."""
    lines = without_numbers(text).splitlines()
    return [line for line in lines if line.startswith(b"SUMMARY:")]


def say(problem):
    """Why a program cannot be built, in one line."""
    lines = problem.strip().splitlines()
    errors = [line for line in lines if "error" in line or "cannot find" in line]
    return (errors or lines or ["?"])[0][:160]


def run_compiler(*command):
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          text=True, timeout=COMPILE_SECONDS, check=False)


@functools.lru_cache(maxsize=None)
def why_not(compiler, *flags):
    """None if an empty program can be built so, or the reason."""
    if not shutil.which(compiler):
        return "%s is not installed" % compiler
    with tempfile.TemporaryDirectory() as directory:
        source = os.path.join(directory, "empty.c")
        with open(source, "w", encoding="ascii") as file:
            file.write("int main(void)\n{\n\treturn 0;\n}\n")
        answer = run_compiler(compiler, *flags, "-o", os.path.join(directory, "a.out"), source)
    if answer.returncode == 0:
        return None
    return "%s %s: %s" % (compiler, " ".join(flags), say(answer.stderr))


def build(context, source, *flags, compiler="gcc", libraries=("-pthread",)):
    """The path of programs/SOURCE, built with FLAGS, once for all cases; or a skip."""
    reason = why_not(compiler, *flags)
    if reason:
        raise Skip(reason)
    directory = os.path.join(context.setup.build, "programs")
    what = " ".join([compiler, *flags, *libraries])
    name = "%s-%08x" % (os.path.splitext(source)[0], zlib.crc32(what.encode()))
    path = os.path.join(directory, name)
    if os.path.exists(path):
        return path
    # Another case may be at it too: the program appears whole, and stays.
    new = os.path.join(context.directory, name)
    answer = run_compiler(compiler, "-D_GNU_SOURCE", "-O1", "-g", *flags, "-o", new,
                          os.path.join(PROGRAMS, source), *libraries)
    if answer.returncode != 0:
        raise RuntimeError("%s cannot be built: %s" % (source, answer.stderr))
    os.makedirs(directory, exist_ok=True)
    try:
        os.link(new, path)
    except FileExistsError:
        pass
    return path


def build_library(context, source, *flags):
    return build(context, source, "-shared", "-fPIC", *flags)


def copy(context, path, mode):
    """A copy of its own for this case."""
    new = os.path.join(context.directory, "copy")
    shutil.copy(os.path.realpath(path), new)
    os.chmod(new, mode)
    return new


def under(context, *words):
    """The beginning of a command line: see programs/under.c."""
    return [build(context, "under.c", "-static"), *words, "--"]


def need_root():
    if os.geteuid() != 0:
        raise Skip("only root can do that")


def need_file(pattern_path, package):
    if not os.path.exists(pattern_path):
        raise Skip("%s is not there (Debian's %s)" % (pattern_path, package))
    return pattern_path


def states(directory):
    """What the shims that ran in DIRECTORY say of themselves, sorted."""
    try:
        with open(os.path.join(directory, "debug"), encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    except FileNotFoundError:
        return []
    return sorted({line[len("shim: "):] for line in lines if line.startswith("shim: ")})


def preload(setup, before, after, shim):
    paths = [*before, *([setup.shim] if shim else []), *after]
    return ":".join(paths) or None


def run_one(context, command, shim, follow, environment, before, after, seconds,
            preloaded=None):
    """One run; PRELOADED is the whole of LD_PRELOAD if that is not put together."""
    name = "shim" if shim else "bare"
    directory = context.subdirectory(name)
    values = dict(environment or {}, LD_PRELOAD=preloaded or preload(context.setup, before, after,
                                                                    shim))
    # Somebody else may run the program.
    os.chmod(directory, 0o777)
    if shim:
        values = {"FDPRELOAD_FOLLOW": follow, "FDPRELOAD_ECHO": "none",
                  "FDPRELOAD_DEBUG": os.path.join(directory, "debug"), **values}
    return context.setup.run(command, directory, shim=shim, environment=values, seconds=seconds)


def exit_code(status):
    """As Expected has it."""
    return -(status & 0x7f) if status & 0x7f else status >> 8


def same(context, command, expected, *, follow="all", environment=None, before=(), after=(),
         clean=same_bytes, clean_shim=None, seconds=30):
    """Runs COMMAND twice; BEFORE and AFTER are preloaded beside the shim.

    CLEAN makes standard errors comparable; CLEAN_SHIM, where given, that of the
    run with the shim.  Returns both runs.
    """
    check = context.check
    bare = run_one(context, command, False, follow, environment, before, after, seconds)
    run = run_one(context, command, True, follow, environment, before, after, seconds)
    # Two equal failures are no proof: it has to be what was meant to happen.
    check.equal("exit without the shim (%r)" % bare.stderr[-300:], exit_code(bare.status),
                expected.status)
    check.contains("output without the shim", bare.stdout, expected.says.encode())
    check.equal("wait status", run.status, bare.status)
    check.equal("standard output", run.stdout, bare.stdout)
    check.equal("standard error", (clean_shim or clean)(run.stderr), clean(bare.stderr))
    if isinstance(expected.states, tuple): # it depends on who is quicker
        check.true("what the shims say: %s" % states(run.directory),
                   states(run.directory) in expected.states)
    elif expected.states is not ANYTHING:
        check.equal("what the shims say", states(run.directory), expected.states)
    reports = [one for one in run.reports() if one.endswith(".json")]
    check.equal("number of reports", len(reports), expected.reports)
    check.equal("left behind", run.stuck, [])
    return bare, run
