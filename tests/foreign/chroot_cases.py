"""The shim that was built here, on other versions of Debian and glibc."""

import collections
import fcntl
import glob
import os
import re
import shutil
import subprocess
import tempfile

from check import Skip
from common import (ANYTHING, CRASH, INERT, NOBODY, PROGRAMS, WATCHING, build, copy, expect,
                    need_root, run_one, same, states, under)

NOT_FOUND = ["no reporter daemon was found; set FDPRELOAD_DAEMON"]
UNPACK_SECONDS = 200
DEFAULT_LIBRARIES = "/usr/lib/x86_64-linux-gnu"

# PYTHON is the command; PACKAGES: what the daemon needs, where it can run.
System = collections.namedtuple("System", "suite python packages options")

BASE = ["base-files", "bash", "coreutils", "dash", "libc6-dev", "perl-base"]
DAEMON = ["libunwind8", "libdw1", "libelf1", "libseccomp2", "libjansson4", "libminizip1", "zlib1g"]
# An index that nobody has signed lately is good enough to unpack packages.
OLD_INDEX = ["--aptopt=Acquire::Check-Valid-Until \"false\""]

SYSTEMS = {
    "glibc-2.28": System("buster", "python3.7", [], OLD_INDEX),
    "glibc-2.31": System("bullseye", "python3.9", [], OLD_INDEX),
    "glibc-newest": System("sid", "python3.13", DAEMON, OLD_INDEX),
}


def mirror():
    """Where this machine gets its own packages from."""
    for path in ["/etc/apt/sources.list", *sorted(glob.glob("/etc/apt/sources.list.d/*"))]:
        if not path.endswith((".list", ".sources")) or not os.path.exists(path):
            continue
        with open(path, encoding="utf-8") as file:
            found = re.search(r"^(?:deb\s+(?:\[[^]]*\]\s+)?|URIs:\s*)(https?://\S*/debian)/?\s",
                              file.read(), re.MULTILINE)
        if found:
            return found.group(1)
    raise Skip("no Debian mirror is set up for apt")


def unpack(system, path):
    packages = [*BASE, system.python + "-minimal", "lib%s-stdlib" % system.python,
                *system.packages]
    answer = subprocess.run(
        ["mmdebstrap", "--variant=extract", "--mode=root", *system.options,
         "--include=" + ",".join(packages), system.suite, path, mirror()],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=UNPACK_SECONDS, check=False)
    if answer.returncode != 0:
        shutil.rmtree(path, ignore_errors=True)
        errors = [line for line in answer.stdout.splitlines() if line.startswith("E:")]
        raise Skip("Debian %s cannot be had: %s" % (system.suite, (errors or ["?"])[0]))


def root_of(context, system):
    """The root directory of SYSTEM, unpacked once for all cases; the others wait."""
    need_root()
    if not shutil.which("mmdebstrap"):
        raise Skip("mmdebstrap is not installed")
    path = os.path.join(context.setup.build, system.suite)
    with open(path + ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        failure = path + ".failure"
        if os.path.exists(failure):
            with open(failure, encoding="utf-8") as file:
                raise Skip(file.read())
        if not os.path.exists(path):
            try:
                unpack(system, path)
            except Skip as reason:
                with open(failure, "w", encoding="utf-8") as file:
                    file.write(str(reason))
                raise
            os.makedirs(path + tempfile.gettempdir(), exist_ok=True)
    return path


def inside(context, system, *more):
    """The beginning of a command line: in there, temporary files are these here."""
    root = root_of(context, system)
    shared = tempfile.gettempdir()
    return under(context, "share", "%s:%s" % (shared, root + shared), "root", root, *more)


def build_for(context, system, source):
    """Linked with the libraries of SYSTEM, by name: their linker scripts say /lib."""
    libraries = root_of(context, system) + DEFAULT_LIBRARIES
    shared = ["libpthread.so.0", "libdl.so.2", "libc.so.6"]
    return build(context, source, "-pie", libraries=[
        "-nostdlib", *(os.path.join(libraries, name) for name in ("Scrt1.o", "crti.o", "crtn.o")),
        "-L" + libraries.replace("/usr/lib", "/lib"), "-L" + libraries, "-Wl,--as-needed",
        *("-l:" + name for name in shared), os.path.join(libraries, "libc_nonshared.a"),
        "-Wl,--allow-shlib-undefined"])


def python(system, *arguments):
    return ["/usr/bin/" + system.python, "-S", *arguments]


def packaged(context, system, command, status, says):
    same(context, [*inside(context, system), *command], expect(INERT, status, says),
         follow="python", environment={"FDPRELOAD_DAEMON": "/nowhere"})


def without_daemon(context, system, source, way, status, says):
    """Watched if it could be: it goes on as if there were no shim."""
    path = build_for(context, system, source)
    same(context, [*inside(context, system), path, way], expect(NOT_FOUND, status, says),
         environment={"FDPRELOAD_DAEMON": "/nowhere"})


def python_busy(context, system, daemon, expected):
    program = copy(context, os.path.join(PROGRAMS, "busy.py"), 0o644)
    same(context, [*inside(context, system), *python(system, program)],
         expect(expected, 0, "done"), follow="python", environment={"FDPRELOAD_DAEMON": daemon})


def unable_daemon(context, system):
    """It is there, and its libraries are not: nothing is seen of that."""
    python_busy(context, system, context.setup.daemon, ANYTHING)


def fake(context):
    says = os.path.join(context.directory, "says")
    return says, {"FDPRELOAD_DAEMON": build(context, "daemon.c", "-static"),
                  "FAKE_DAEMON_SAYS": says}


def fake_said(context, says):
    with open(says, encoding="ascii") as file:
        context.check.equal("what the daemon says", file.read(), "started 1\n")


def active(context, system):
    """A daemon that can run there is started, and has its socket."""
    says, environment = fake(context)
    program = copy(context, os.path.join(PROGRAMS, "busy.py"), 0o644)
    same(context, [*inside(context, system), *python(system, program, "alone")],
         expect(WATCHING, 0, "done"), follow="python", environment=environment)
    fake_said(context, says)


def without_our_line(text):
    return [line for line in text.splitlines() if not line.startswith(b"fdpreload: ")]


def crash(context, system, command, status):
    """The daemon does not answer: the shim says in one line what it knows."""
    says, environment = fake(context)
    _, run = same(context, [*inside(context, system), *command],
                  expect(WATCHING, status, "about to"), clean=without_our_line,
                  environment=dict(environment, FDPRELOAD_ECHO="brief"))
    fake_said(context, says)
    lines = [line for line in run.stderr.splitlines() if line not in without_our_line(line)]
    context.check.equal("lines of ours", len(lines), 1)


def python_crash(context, system):
    crash(context, system, python(system, "-c", "print('about to', flush=True);"
                                  "import os; os.abort()"), -6)


def c_crash(context, system):
    crash(context, system, [build_for(context, system, "broken.c"), "null"], -11)


def reported(context, system):
    """Where the daemon runs too, the whole product does."""
    same(context, [*inside(context, system), *python(system, "-c", CRASH)],
         expect(WATCHING, -11, "about to", 1), follow="python")


def set_uid(context, system):
    """Installed as set-uid, the shim is loaded into set-uid programs; and is inert."""
    path = copy(context, build_for(context, system, "secure.c"), 0o4755)
    library = root_of(context, system) + DEFAULT_LIBRARIES + "/libfdpreload-setuid.so"
    shutil.copy(context.setup.shim, library)
    os.chmod(library, 0o4755)
    command = [*inside(context, system, "user", NOBODY), path]
    run = run_one(context, command, True, "all", {}, (), (), 30,
                  preloaded=os.path.basename(library))
    context.check.equal("wait status", run.status, 0)
    context.check.equal("standard output", run.stdout,
                        b"secure 1, euid 0, loaded 1, LD_PRELOAD is not set\n")
    context.check.equal("what the shims say", states(run.directory), INERT)


def rows_of(name, system):
    rows = [
        ("true", packaged, (system, ["/bin/true"], 0, "")),
        ("dash", packaged, (system, ["/bin/dash", "-c", "trap 'echo trapped' USR1; kill -USR1 $$;"
                                     "(exit 3); exit $?"], 3, "trapped")),
        ("bash", packaged, (system, ["/bin/bash", "-c", "/bin/true & wait $!; echo $?; exit 4"],
                            4, "0")),
        ("perl", packaged, (system, ["/usr/bin/perl", "-e", "$SIG{USR1} = sub { print 'perl' };"
                                     "kill 'USR1', $$; exit 5"], 5, "perl")),
        ("threads", without_daemon, (system, "busy.c", "alone", 0, "done")),
        ("programs", without_daemon, (system, "busy.c", "", 0, "done")),
        ("plain", without_daemon, (system, "plain.c", "", 0, "done")),
        ("null", without_daemon, (system, "broken.c", "null", -11, "about to")),
        ("python", python_busy, (system, "/nowhere", NOT_FOUND)),
        ("python-active", active, (system,)),
        ("python-crash", python_crash, (system,)),
        ("c-crash", c_crash, (system,)),
        ("set-uid", set_uid, (system,)),
    ]
    if system.packages:
        rows.append(("reported", reported, (system,)))
    else:
        rows.append(("unable-daemon", unable_daemon, (system,)))
    return [("%s-%s" % (name, row[0]), *row[1:]) for row in rows]


def matrix():
    return rows_of("glibc-2.31", SYSTEMS["glibc-2.31"])


def long_matrix():
    return [row for name, system in SYSTEMS.items() for row in rows_of(name, system)]
