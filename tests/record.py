#!/usr/bin/env python3
"""Records the crashes that tests/replay.py analyses again.

    tests/record.py [--build DIR] [NAME...]

`locals` records dumps of a program that lives, with its locals, on each version
that lays them out in another way; `exceptions` crashes while exceptions are raised
or handled.  `begins` dumps a thread that has just
begun an evaluation, `calls` one that is just calling; `states` ends a program with a thread in each state, `tasks` one with tasks of asyncio, `greenlets` one with greenlets where their library
can be imported.  Any other NAME is interpreter-kind-where, such as 3.12-null-read-main, with +HANDLER behind
it if a handler of the program has the signal first (see tests/crashers/crash.py);
or interpreter-subinterpreters-main, tests/e2e/programs/subinterpreters.py;
or interpreter-hang-how, a hang of tests/e2e/programs/locked.py that is ended by
SIGABRT; or `versions`: tests/captures/program.py on each interpreter found, as
cpython-<version>-<build>; where the extension module that it needs cannot be loaded,
tests/e2e/programs/opinion.py.
Without names, all of ROWS and the versions.  Then look at what

    tests/replay.py --bless; git diff tests/captures

says.  A capture holds memory of the process: it runs in a directory of its own
with an environment of its own, so that none of this machine gets into it but the
places of the interpreters.
"""

import argparse
import contextlib
import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TESTS = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(TESTS, "e2e"))
sys.dont_write_bytecode = True

import interpreters  # noqa: E402  (the path above is where it is)
import stepper  # noqa: E402

# Each version once with a plain crash, and every way to lay out stacks once.
ROWS = ["3.6-sorted-key-main", "3.7-sorted-key-main", "3.14-sorted-key-main",
        "3.15-sorted-key-main", "3.8-sorted-key-main", "3.9-null-read-pthread",
        "3.10-sorted-key-main",
        "3.11-null-read-cthread", "3.12-sorted-key-pthread", "3.13-null-read-main",
        "system-double-free-main", "3.12-overflow-main", "3.11-abort-native",
        "3.12-null-read-pthread+faulthandler", "3.10-null-read-main+abort",
        "3.13-jump-then-deeper-main", "3.12-subinterpreters-main", "3.14-subinterpreters-main",
        # Stacks that cannot be followed all the way, with each kind of anchor, and none.
        "3.8-hide-page-main", "3.9-made-code-main", "3.10-smash-frames-main",
        "3.11-unmap-page-pthread", "3.12-no-table-main", "3.13-smash-frames-cthread",
        "3.14-made-code-main", "3.15-hide-page-main",
        "3.12-smash-frames-native"]

# Hangs of tests/e2e/programs/locked.py that SIGABRT ends.
HANGS = ["3.8-hang-gil", "3.12-hang-mixed", "system-hang-import_rlock"]

# Each way to keep variables, attributes and integers once.
LOCALS = ["3.6", "3.7", "3.8", "3.11", "3.12", "3.13", "3.13t", "3.14", "3.15"]

# Names that are guessed, by tests/e2e/programs/classes.py: classes that are no types, and
# each layout of functions.
CLASSES = ["2.7", "3.8", "3.10"]

# What is handled or raised, by tests/e2e/programs/exceptions.py, or exceptions27.py:
# each layout of thread states and exceptions once.
EXCEPTIONS = [("2.7", "raised_while_handling_several"), ("3.6", "context"), ("3.7", "cause"), ("3.8", "syntax"), ("3.10", "os_error"), ("3.11", "raised_while_handling"),
              ("3.12", "notes"), ("3.13", "group_nested"), ("3.13t", "context"),
              ("3.14", "cause"), ("3.15", "group_nested")]

# Names and states of threads, by tests/e2e/programs/states.py: each way to keep the
# attributes of a Thread, and to know who imports and collects.
STATES = ["2.7", "3.8", "3.11", "3.12", "3.13t", "3.15"]

# Tasks, by tests/e2e/programs/tasks.py: each layout of coroutines and lists once.
TASKS = ["3.8", "3.11", "3.13t", "3.14", "3.15"]

# Greenlets, by tests/e2e/programs/greenlets.py: each layout of the library once (0.4, 2.0, 3.1,
# 3.3), and what gevent makes of them.
GREENLETS = ["3.9", "system", "3.13", "3.14", "3.15"]

# Instructions until such a moment, at most.
STEPS = 10000000

# A report takes a second; a slow machine ten.
SECONDS = 30


# What the programs need, copied to where they run.
FILES = ["{build}/libfdpreload.so", "{build}/fdpreloadd", "{build}/fdpreload-analysis.so",
         "{build}/tests/_crashers.abi3.so",
         "{build}/demo/_demo.abi3.so", "{tests}/crashers/crash.py", "{tests}/captures/program.py",
         "{tests}/e2e/programs/exceptions.py", "{tests}/e2e/programs/exceptions27.py",
         "{tests}/e2e/programs/greenlets.py", "{tests}/e2e/programs/gevent_greenlets.py",
         "{tests}/e2e/programs/locked.py", "{tests}/e2e/programs/opinion.py",
         "{tests}/e2e/programs/states.py", "{tests}/e2e/programs/importing",
         "{tests}/e2e/programs/subinterpreters.py", "{tests}/e2e/programs/tasks.py"]

KIND_OF_BUILD = """
import sys
print(("shared" if "libpython" in open("/proc/self/maps").read() else "static") +
      "-debug" * hasattr(sys, "gettotalrefcount"))
"""


def await_deadlock(build, process):
    """Until it is there."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        answer = subprocess.run([os.path.join(build, "fdpreloadd"), "--dump", str(process.pid),
                                 "--format", "json", "--no-native"], stdout=subprocess.PIPE,
                                check=True)
        if json.loads(answer.stdout)["deadlocks"]:
            return
    process.kill()
    sys.exit("record: there is no deadlock")


def run_crash(command, **more):
    return subprocess.run(command, timeout=SECONDS, check=False, stdin=subprocess.DEVNULL,
                          **more).returncode


def run_hang(build):
    """A function like the one above; SIGABRT ends it when it hangs."""
    def run(command, **more):
        more["stdout"] = subprocess.PIPE
        with subprocess.Popen(command, stdin=subprocess.PIPE, **more) as process:
            process.stdout.readline()
            await_deadlock(build, process)
            process.send_signal(signal.SIGABRT)
            return process.wait(SECONDS)

    return run


def run_states(command, **more):
    """SIGSEGV ends it when each thread is in its state."""
    more["stdout"] = subprocess.PIPE
    with subprocess.Popen(command, **more) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGSEGV)
        return process.wait(SECONDS)


def copy(path, directory):
    if os.path.isdir(path):
        shutil.copytree(path, os.path.join(directory, os.path.basename(path)),
                        ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(path, directory)


def record(build, interpreter, arguments, target, handler="", run=run_crash):
    """Crashes once with the capture saved, and moves that to TARGET."""
    with tempfile.TemporaryDirectory(prefix="fdpreload-") as directory:
        for name in FILES:
            copy(name.format(build=build, tests=TESTS), directory)
        log = os.path.join(directory, "log")
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": directory,
            "LD_PRELOAD": os.path.join(directory, "libfdpreload.so"),
            "FDPRELOAD_LOG_DIR": log,
            "FDPRELOAD_SAVE_CAPTURE": "1",
            "FDPRELOAD_ECHO": "none",
            "PYTHONPATH": directory,
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONIOENCODING": "utf-8",
        }
        if handler:
            environment["CRASH_HANDLER"] = handler
        status = run([interpreter, *arguments], cwd=directory, env=environment,
                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        found = glob.glob(os.path.join(log, "*.fdpcap"))
        if status >= 0 or len(found) != 1:
            sys.exit(f"record: {target}: status {status}, {len(found)} captures")
        shutil.copyfile(found[0], target)
        print(f"{os.path.getsize(target):8d} {os.path.basename(target)}")


@contextlib.contextmanager
def as_it_is(program, line):
    yield


def standing(is_there):
    """A function like the one above: the main thread is where IS_THERE says so, of the steps,
    the thread state and what it has said before."""
    @contextlib.contextmanager
    def stand(program, line):
        program.stdout.readline()
        with contextlib.closing(stepper.Stepper(program.pid)) as steps:
            last, there = None, False
            for _ in range(STEPS):
                last, there = is_there(steps, int(line), last)
                if there:
                    break
                steps.step()
            if not there:
                sys.exit("record: no such moment")
            with steps.free():
                yield

    return stand


def beginning(cframe, previous):
    """It has named a new CFrame, and the new one not yet the one before."""
    def is_there(steps, state, last):
        now = steps.word(state + cframe)
        return now, bool(last) and now < last and steps.word(now + previous) != last

    return standing(is_there)


def calling(cframe, frame, previous):
    """It has named a new frame, and the new one not yet its caller."""
    def is_there(steps, state, last):
        newest = steps.word(state + cframe)
        now = newest, steps.word(newest + frame)
        called = bool(last) and now[0] == last[0] and now[1] > last[1]
        return now, called and steps.word(now[1] + previous) != last[1]

    return standing(is_there)


# By tests/e2e/programs/crossing.py: an evaluation that begins, and a call of which the frame
# is named before its caller, as Debian 12 compiles 3.11.  Where the thread state has its CFrame,
# that its newest frame or the one before, and a frame its caller.
MOMENTS = {
    "begins": {"3.11": beginning(56, 16), "3.12": beginning(56, 8)},
    "calls": {"system": calling(56, 8, 48)},
}


def record_dump(build, interpreter, target, option, path, *arguments, stand=as_it_is):
    """Dumps the program at PATH, which stands, with OPTION."""
    with tempfile.TemporaryDirectory(prefix="fdpreload-") as directory:
        shutil.copy(os.path.join(TESTS, path), directory)
        program = subprocess.Popen([interpreter, os.path.basename(path), *arguments],
                                   cwd=directory, text=True,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   env={"PATH": "/usr/bin:/bin", "HOME": directory,
                                        "PYTHONDONTWRITEBYTECODE": "1"})
        try:
            with stand(program, program.stdout.readline()):
                subprocess.run([os.path.join(build, "fdpreload"), "dump", str(program.pid),
                                option, "--save-capture", target], check=True,
                               stdout=subprocess.DEVNULL, timeout=SECONDS)
        finally:
            program.communicate("")
        print(f"{os.path.getsize(target):8d} {os.path.basename(target)}")


def capture_path(name):
    return os.path.join(TESTS, "captures", name + ".fdpcap")


def record_versions(build):
    for one in interpreters.find(interpreters.EVERY):
        kind = subprocess.check_output([one.path, "-c", KIND_OF_BUILD], text=True).strip()
        program = ["opinion.py", "thread"] if one.name in interpreters.ALIEN else ["program.py"]
        name = "cpython-%s-%s" % (one.label.replace("system-", ""), kind)
        record(build, one.path, program, capture_path(name))


def record_exceptions(build, have):
    for version, case in EXCEPTIONS:
        if version in have:
            script = "exceptions27.py" if version == "2.7" else "exceptions.py"
            record(build, have[version], [script, case],
                   capture_path(f"{version}-exceptions-{case}"))


def record_states(build, have):
    for version in STATES:
        if version in have:
            record(build, have[version], ["states.py", "" if version in interpreters.ALIEN else "."],
                   capture_path(f"{version}-states"),
                   run=run_states)


def record_tasks(build, have):
    for version in TASKS:
        if version in have:
            record(build, have[version], ["tasks.py", "crash", "0"],
                   capture_path(f"{version}-tasks"))


def record_greenlets(build, have):
    for version in GREENLETS:
        for module, program in (("greenlet", "greenlets"), ("gevent", "gevent_greenlets")):
            one = have.get(version)
            if not one or not interpreters.imports(one, module):
                continue
            record(build, one, [program + ".py", "crash", "3"],
                   capture_path(f"{version}-{program.replace('_', '-')}"))


def record_moments(build, have, name):
    for version, stand in MOMENTS[name].items():
        if version in have:
            record_dump(build, have[version], capture_path(f"{version}-{name}"), "--native",
                        "e2e/programs/crossing.py", "state", stand=stand)


def record_row(build, have, name):
    version, rest = name.split("-", 1)
    kind, where = rest.partition("+")[0].rsplit("-", 1)
    handler = rest.partition("+")[2]
    if version not in have:
        print(f"record: {name}: no such interpreter", file=sys.stderr)
        return
    if kind == "hang":
        record(build, have[version], ["locked.py", where], capture_path(name), run=run_hang(build))
    else:
        program = ["subinterpreters.py"] if kind == "subinterpreters" else ["crash.py", kind, where]
        record(build, have[version], program, capture_path(name), handler)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=[*ROWS, *HANGS, "versions", "locals", "classes", "exceptions",
                                                        "states", "tasks", "greenlets", *MOMENTS])
    parser.add_argument("--build", default=os.environ.get("O", "build"))
    options = parser.parse_args()
    build = os.path.abspath(options.build)
    have = {}
    for one in interpreters.find(interpreters.EVERY):
        name = "system" if one.label.startswith("system-") else one.name
        have[name] = one.path
    for name in options.names:
        if name == "versions":
            record_versions(build)
        elif name == "exceptions":
            record_exceptions(build, have)
        elif name == "states":
            record_states(build, have)
        elif name == "tasks":
            record_tasks(build, have)
        elif name == "greenlets":
            record_greenlets(build, have)
        elif name == "locals":
            for version in LOCALS:
                if version in have:
                    record_dump(build, have[version], capture_path(version + "-locals"),
                                "--locals", "captures/locals.py")
        elif name in MOMENTS:
            record_moments(build, have, name)
        elif name == "classes":
            for version in CLASSES:
                if version in have:
                    record_dump(build, have[version], capture_path(version + "-classes"),
                                "--guess-names", "e2e/programs/classes.py", "few")
        else:
            record_row(build, have, name)


if __name__ == "__main__":
    main()
