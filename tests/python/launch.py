"""python -m fdpreload: which command it becomes, in which environment."""

from __future__ import print_function

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import suite
from suite import RUNNING, Skip, case, same

# Shows how it was started.
SHOW = """
import json, os, sys
print(json.dumps({
    "argv": sys.argv, "optimize": sys.flags.optimize, "bytes": sys.dont_write_bytecode,
    "warn": sys.warnoptions, "options": getattr(sys, "_xoptions", {}),
    "unbuffered": getattr(sys.flags, "unbuffered", None), "executable": sys.executable,
    "environment": {name: os.environ[name] for name in os.environ
                    if name.startswith("FDPRELOAD_") or name == "LD_PRELOAD"}}))
"""


class Place(object):
    """A directory with a package in it that has a library and a reporter."""

    def __init__(self, name="place", library=True):
        self.root = os.path.join(tempfile.mkdtemp(), name)
        self.package = os.path.join(self.root, "fdpreload")
        shutil.copytree(os.path.join(suite.ROOT, "python", "fdpreload"), self.package)
        self.library = os.path.join(self.package, "libfdpreload.so")
        self.daemon = os.path.join(self.package, "fdpreloadd")
        if library:
            shutil.copy(os.environ["FDPRELOAD_TEST_STUB"], self.library)
            self.write("fdpreload/fdpreloadd", "#!/bin/sh\n", 0o755)
        self.write("show.py", SHOW)

    def write(self, name, text, mode=0o644):
        path = os.path.join(self.root, name)
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, mode)

    def run(self, arguments, flags=("-m", "fdpreload"), **environment):
        """(exit status, stdout, stderr) of the interpreter with FLAGS and ARGUMENTS."""
        variables = dict(os.environ, PYTHONPATH=self.root)
        variables.pop("LD_PRELOAD", None)
        for name in list(variables):
            if name.startswith("FDPRELOAD_"):
                del variables[name]
        variables.update(environment)
        process = subprocess.Popen([suite.EXECUTABLE] + list(flags) + list(arguments),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   cwd=self.root, env=variables)
        out, err = process.communicate()
        return process.returncode, out.decode(), err.decode()

    def show(self, arguments, flags=("-m", "fdpreload"), **environment):
        """What SHOW finds; ARGUMENTS run it."""
        status, out, err = self.run(arguments, flags, **environment)
        assert status == 0 and not err, (status, out, err)
        return json.loads(out)

    def close(self):
        shutil.rmtree(os.path.dirname(self.root))


def launching(function):
    """A case that gets a place, and needs an interpreter that can execute itself."""
    def launch():
        if os.path.realpath(suite.EXECUTABLE) != os.path.realpath(sys.executable):
            raise Skip("the interpreter is started through a script")
        place = Place()
        try:
            function(place)
        finally:
            place.close()
    launch.__name__ = function.__name__
    return case(launch)


@launching
def a_program_runs_under_the_library(place):
    found = place.show(["show.py", "a", "--echo", "-m", ""])
    same(found["argv"], ["show.py", "a", "--echo", "-m", ""])
    same(found["environment"], {"LD_PRELOAD": place.library, "FDPRELOAD_DAEMON": place.daemon})


@launching
def a_module_and_code_run_too(place):
    same(place.show(["-m", "show", "-c", "a"])["argv"][1:], ["-c", "a"])
    same(place.show(["-c", SHOW, "-m", "a"])["argv"], ["-c", "-m", "a"])
    same(place.show(["-mshow", "a"])["argv"][1:], ["a"])
    same(place.show(["--", "show.py", "a"])["argv"], ["show.py", "a"])
    same(place.show(["--echo", "none", "--", "-m", "show"])["argv"][1:], [])


@launching
def options_of_python_are_kept(place):
    found = place.show(["show.py"], ["-OO", "-B", "-W", "ignore", "-Werror::UserWarning",
                                     "-m", "fdpreload"])
    same((found["optimize"], found["bytes"]), (2, True))
    same(found["warn"][-2:], ["ignore", "error::UserWarning"])
    same(place.show(["show.py"], ["-BOm", "fdpreload"])["optimize"], 1)
    same(place.show(["show.py"], ["-mfdpreload"])["optimize"], 0)
    if RUNNING >= (3,):
        found = place.show(["show.py", "-O"], ["-X", "a=b", "-Xm", "-um", "fdpreload"])
        same((found["options"], found["optimize"], found["argv"]),
             ({"a": "b", "m": True}, 0, ["show.py", "-O"]))


@launching
def the_interpreter_is_the_same(place):
    same(place.show(["show.py"])["executable"], sys.executable)


@launching
def what_is_preloaded_already_comes_first(place):
    other = os.environ["FDPRELOAD_TEST_OLD"]
    there = place.show(["show.py"], LD_PRELOAD=other)["environment"]["LD_PRELOAD"]
    same(there, "%s:%s" % (other, place.library))


@launching
def a_library_that_is_there_already_stays(place):
    own = os.path.join(place.root, "libfdpreload.so")
    shutil.copy(place.library, own)
    there = place.show(["--echo=full", "show.py"], LD_PRELOAD=own)["environment"]
    same((there["LD_PRELOAD"], there["FDPRELOAD_ECHO"]), (own, "full"))


@launching
def a_reporter_that_was_chosen_stays(place):
    there = place.show(["show.py"], FDPRELOAD_DAEMON="/chosen")["environment"]
    same(there["FDPRELOAD_DAEMON"], "/chosen")


@launching
def options_are_variables(place):
    rows = [
        (["--log-dir", "a b"], {"LOG_DIR": os.path.join(place.root, "a b")}),
        (["--log-dir=/a=b"], {"LOG_DIR": "/a=b"}),
        (["--signals", "SEGV,SIGABRT"], {"SIGNALS": "SEGV,SIGABRT"}),
        (["--no-children"], {"CHILDREN": "0"}),
        (["--save-capture", "--capture=served"], {"SAVE_CAPTURE": "1", "CAPTURE": "served"}),
        (["--daemon", "/bin/true"], {"DAEMON": "/bin/true"}),
        (["--debug=/log"], {"DEBUG": "/log"}),
        (["--echo", "none"], {"ECHO": "none"}),
        (["--follow=all"], {"FOLLOW": "all"}),
        (["--deadline", "100"], {"DEADLINE_MS": "100"}),
        (["--deadline", "60000"], {"DEADLINE_MS": "60000"}),
        (["--dump-after", "1.5", "--dump-repeat", "--dump-exit"],
         {"DUMP_AFTER": "1.5", "DUMP_REPEAT": "1", "DUMP_EXIT": "1"}),
        (["--dump-signal", "SIGUSR1"], {"DUMP_SIGNAL": "SIGUSR1"}),
        (["--dump-signal=SIGUSR2,chain"], {"DUMP_SIGNAL": "SIGUSR2,chain"}),
        (["--dump-signal", "USR2"], {"DUMP_SIGNAL": "USR2"}),
        (["--dump-signal", "34,chain"], {"DUMP_SIGNAL": "34,chain"}),
        (["--watch", "30"], {"WATCH": "30"}),
        (["--watch", ".5"], {"WATCH": ".5"}),
        (["--echo", "none", "--echo", "full"], {"ECHO": "full"}),
    ]
    for arguments, variables in rows:
        found = place.show(arguments + ["show.py"], FDPRELOAD_LOG_DIR="before")
        wanted = {"FDPRELOAD_LOG_DIR": "before", "LD_PRELOAD": place.library,
                  "FDPRELOAD_DAEMON": place.daemon}
        wanted.update(("FDPRELOAD_" + name, variables[name]) for name in variables)
        same(found["environment"], wanted, repr(arguments))


@launching
def bad_input_is_one_error_and_status_2(place):
    rows = [
        ([], "what shall be run? FILE, -m MODULE or -c CODE is missing"),
        (["--echo", "full"], "what shall be run? FILE, -m MODULE or -c CODE is missing"),
        (["-m"], "-m needs a value"),
        (["-c"], "-c needs a value"),
        (["--nothing", "a.py"], "there is no option --nothing"),
        (["-O", "a.py"], "there is no option -O; options of Python come before -m fdpreload"),
        (["--echo"], "--echo needs a value: HOW"),
        (["--echo", "loud", "a.py"], "--echo: 'loud' is not brief, full or none"),
        (["--echo=", "a.py"], "--echo: '' is not brief, full or none"),
        (["--follow", "me", "a.py"], "--follow: 'me' is not python, all or none"),
        (["--capture", "me", "a.py"], "--capture: 'me' is not live or served"),
        (["--log-dir=", "a.py"], "--log-dir: '' is not a directory"),
        (["--debug=", "a.py"], "--debug: '' is not a file"),
        (["--daemon", "/nothing", "a.py"],
         "--daemon: '/nothing' is not a program that can be executed"),
        (["--dump-repeat=1", "a.py"], "--dump-repeat takes no value"),
        (["--help=1"], "there is no option --help"),
    ]
    number = "'%s' is not a number of seconds such as 30 or 0.5"
    for text in ("0", "-1", "a", "", "nan", "inf", "1e3", " 1", "1_0", "0.0000001", ".",
                 "3155760001", "9" * 400, "1\n"):
        rows.append((["--dump-after=" + text, "a.py"], "--dump-after: " + number % text))
        rows.append((["--watch", text, "a.py"], "--watch: " + number % text))
    for text in ("99", "60001", "0.5", "a", "nan", "", "9" * 400):
        rows.append((["--deadline", text, "a.py"],
                     "--deadline: '%s' is not a number of milliseconds from 100 to 60000"
                     % text))
    for text in ("", "SEGV,", "USR1", "SIGSEGV BUS"):
        rows.append((["--signals", text, "a.py"],
                     "--signals: '%s' is not a list of SEGV, BUS, FPE, ILL, ABRT, SYS, "
                     "TRAP, with commas" % text))
    for text in ("SIG", "SIG_DFL", "SIGUSR1,", "SIGUSR1,x", "SEGV", "SIGKILL", "11", "0",
                 "65", "100", "", ",chain"):
        rows.append((["--dump-signal", text, "a.py"],
                     "--dump-signal: '%s' is not a signal that is free to use, such as "
                     "SIGUSR1 or SIGUSR1,chain" % text))
    for arguments, wanted in rows:
        same(place.run(arguments),
             (2, "", "fdpreload: %s; see python -m fdpreload --help\n" % wanted),
             repr(arguments))


@case
def options_are_those_of_the_command():
    from fdpreload import _options
    with open(os.path.join(suite.ROOT, "cli", "run.c")) as source:
        text = source.read()
    wanted = re.findall(r'\{ "([a-z-]+)", "(FDPRELOAD_[A-Z_]+)"', text)
    same([(one.name[2:], one.variable) for one in _options.OPTIONS], wanted)
    with open(os.path.join(suite.ROOT, "proto", "values.h")) as source:
        names = re.findall(r'\{ "([A-Z0-9]+)", SIG', source.read())
    same(list(_options.DUMPING), names)


@launching
def a_library_that_cannot_be_read_does_not_count(place):
    # ld.so complains of it.
    out = place.run(["show.py"], LD_PRELOAD="/nothing/libfdpreload.so")[1]
    same(json.loads(out)["environment"]["LD_PRELOAD"],
         "/nothing/libfdpreload.so:" + place.library)


@launching
def help_names_all_options(place):
    from fdpreload import _options
    for flag in ("--help", "-h"):
        status, out, err = place.run([flag])
        same((status, err), (0, ""))
        for one in _options.OPTIONS:
            assert "\n  %s" % one.name in out, one.name
        same([line for line in out.splitlines() if len(line) > 88], [])
    same(place.run(["--version"]), (0, "fdpreload 0.1.0\n", ""))
    same(place.run(["--echo", "full", "--version"])[0], 0)


@launching
def the_program_ends_as_without(place):
    same(place.run(["-c", "import sys; sys.exit(7)"])[0], 7)
    same(place.run(["-c", "import os; os.kill(os.getpid(), 9)"])[0], -9)
    same(place.run(["nothing.py"])[0], 2)


@launching
def a_missing_library_is_named(place):
    os.remove(place.library)
    same(place.run(["show.py"]),
         (2, "", "fdpreload: libfdpreload.so was not found (looked for %s): install the "
                 "wheel, or run `make install`\n" % place.library))


@launching
def an_installed_library_is_found(place):
    os.mkdir(os.path.join(place.root, "lib"))
    moved = os.path.join(place.root, "lib", "libfdpreload.so")
    os.rename(place.library, moved)
    os.remove(place.daemon)
    place.write("fdpreload/_installed.py", 'libdir = "../lib"\n')
    same(place.show(["show.py"])["environment"], {"LD_PRELOAD": moved})


@launching
def a_path_that_cannot_be_preloaded_is_an_error(_place):
    for name in ("a b", "a:b"):
        place = Place(name)
        try:
            # A colon would end an entry of PYTHONPATH: the directory is the current one.
            status, out, err = place.run(["show.py"], PYTHONPATH="")
        finally:
            place.close()
        same((status, out, err),
             (2, "", "fdpreload: LD_PRELOAD cannot hold a path with a space or a colon: "
                     "install the package elsewhere than %s\n" % place.package))


suite.run_cases()
suite.finish()
