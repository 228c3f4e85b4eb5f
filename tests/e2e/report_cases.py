"""What is in a report besides the stacks of the matrix, and where it goes."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import time

import crash_cases
import program
import schema
import stacks
from check import Skip
from common import (BY_NAME, NULL_READ, both, crash_line, one_report, program_line,
                    wait_ready)
from crash_cases import check_left_behind, check_same_death, find_reports, load

MARKER = "fdpreload-test-marker-5f1c"


def echo_none(context, interpreter):
    bare, run = both(context, crash_line(interpreter), {"FDPRELOAD_ECHO": "none"})
    check_same_death(context.check, bare, run)
    context.check.equal("standard error", run.stderr, bare.stderr)
    one_report(context, run)
    check_left_behind(context.check, run)


def echo_full(context, interpreter):
    bare, run = both(context, crash_line(interpreter, place="pthread", others=2),
                     {"FDPRELOAD_ECHO": "full"})
    check_same_death(context.check, bare, run)
    _, text = one_report(context, run)
    context.check.contains("the text report in the echo", run.stderr.decode(), text or "?")


def decode(context, interpreter, method):
    """A saved capture, decoded without the process, gives the same report."""
    check = context.check
    _, run = both(context, crash_line(interpreter, "nested", "pthread", 2),
                  {"FDPRELOAD_SAVE_CAPTURE": "1", "FDPRELOAD_CAPTURE": method})
    saved = [name for name in run.reports() if name.endswith(".fdpcap")]
    check.equal("captures", len(saved), 1)
    if not saved:
        return
    path = os.path.join(run.log, saved[0])
    check.equal("mode", oct(os.stat(path).st_mode & 0o777), oct(0o600))
    live = load(path.replace(".fdpcap", ".json"))
    for form in ("json", "text"):
        answer = subprocess.run([context.setup.cli, "decode", path, "--format", form],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        check.equal("decode's status", (answer.returncode, answer.stderr), (0, b""))
        if form == "text":
            check.contains("text", crash_cases.flat(answer.stdout.decode()),
                           crash_cases.flat(live["cause"]["text"]))
            continue
        again = json.loads(answer.stdout)
        check.equal("schema", schema.complaints(again), [])
        for field in ("id", "time", "signal", "cause", "python", "process", "threads",
                      "registers", "modules"):
            if again.get(field) != live[field]:
                check.equal("decoded " + field, json.dumps(again.get(field), indent=1).split("\n"),
                            json.dumps(live[field], indent=1).split("\n"))


def unicode_path(context, interpreter):
    """Names and a path of several scripts."""
    place = os.path.join(context.directory, "Größe — ёж 猫")
    os.mkdir(place)
    script = os.path.join(place, "crash.py")
    shutil.copy(crash_cases.CRASH, script)
    saved, crash_cases.CRASH = crash_cases.CRASH, script
    try:
        crash_cases.crash(context, BY_NAME["unicode"], "main", interpreter, ["live", "served"])
    finally:
        crash_cases.CRASH = saved


def many_threads(context, interpreter, method, count):
    crash_cases.crash(context, NULL_READ, "pthread", interpreter, [method], count - 2)


def perf_trampoline(context, interpreter, kind):
    """Trampolines for perf put a native frame between any two."""
    before = perf_maps()
    try:
        crash_cases.crash(context, BY_NAME[kind], "main", interpreter, ["live", "served"],
                          options=["-X", "perf"])
    finally:
        forget(perf_maps() - before)


def perf_maps():
    return {name for name in os.listdir("/tmp") if re.fullmatch(r"perf-\d+\.map", name)}


def forget(names):
    """Python leaves the map behind; what is still in use stays.  Another case that
    runs at the same time may see, and remove, the same ones."""
    for name in names:
        if not os.path.exists("/proc/" + re.search(r"\d+", name).group()):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(os.path.join("/tmp", name))


def with_faulthandler(context, interpreter):
    """faulthandler writes what it writes; the report shows the stack below its
    handler, through the signal frame."""
    bare, run = both(context, program_line(interpreter, "faulthandled.py"))
    check_same_death(context.check, bare, run)
    first = bare.stderr.decode().split("\n")[0]
    context.check.contains("bare faulthandler", first, "Segmentation fault")
    context.check.contains("faulthandler", run.stderr.decode(), first)
    report, _ = one_report(context, run)
    if report:
        context.check.equal("functions", stacks.names(report["threads"][0]["frames"]),
                            ["c:null_read", "c:die", "py:<module>"])


def many_forks(context, interpreter, count, gap):
    """A gap, so that one report is being made when the next crash comes."""
    bare, run = both(context, program_line(interpreter, "forks.py", str(count), str(gap)))
    check_same_death(context.check, bare, run)
    check = context.check
    check.equal("processes that stay", run.stuck, [])
    for paths in find_reports(check, run, None, count):
        report = load(paths[0])
        check.equal("schema", schema.complaints(report), [])
        check.equal("ppid", report["process"]["ppid"], run.pid)
        check.equal("functions", stacks.names(report["threads"][0]["frames"]),
                    ["c:null_read", "c:die", "py:<module>"])


def exec_again(context, interpreter):
    bare, run = both(context, program_line(interpreter, "exec_again.py"))
    check_same_death(context.check, bare, run)
    # The first daemon may be gone by the time the second program looks for it.
    check_left_behind(context.check, run, at_most=2)
    report, _ = one_report(context, run)
    if report:
        context.check.contains("cmdline", report["process"]["cmdline"], "again")


def nothing_secret(context, interpreter):
    """The environment and secret arguments are in no report."""
    line = [*crash_line(interpreter), "--password=" + MARKER, "--token", MARKER]
    bare, run = both(context, line, {"DATABASE_PASSWORD": MARKER, "FDPRELOAD_ECHO": "full"})
    check_same_death(context.check, bare, run)
    one_report(context, run)
    for name in run.reports():
        content = program.read(os.path.join(run.log, name))
        context.check.true("%s holds a secret" % name, MARKER.encode() not in content)
    context.check.true("the echo holds a secret", MARKER.encode() not in run.stderr)


ON_EACH_VERSION = [
    ("faulthandler", with_faulthandler, ()),
    ("decode-live", decode, (None,)),
    ("decode-served", decode, ("served",)),
    ("unicode-path", unicode_path, ()),
]

STANDS = """import sys


def stands():
    print("ready", flush=True)
    sys.stdin.read()


stands()
"""


def written(path):
    os.utime(path, (time.time() + 10,) * 2)


def touched(path):
    os.utime(path, (time.time(),) * 2)


def other_mode(path):
    os.chmod(path, 0o640)
    os.link(path, path + ".link")


def replaced(path):
    """As a package manager does it: a new file that says that it is old."""
    born = subprocess.run(["stat", "-c", "%W", path], stdout=subprocess.PIPE, check=True)
    if int(born.stdout) == 0:
        raise Skip("this file system does not know when a file was made")
    # Behind what is forgiven.
    with program.deadline(program.HANG_SECONDS):
        while time.time() < os.stat(path).st_mtime + 4:
            time.sleep(0.1)
    shutil.copy2(path, path + ".new")
    os.rename(path + ".new", path)


def source_changed(context, interpreter, change, changed):
    """A file that is written, or put there, after the start may not be what runs."""
    script = os.path.join(context.directory, "stands.py")
    with open(script, "w", encoding="utf-8") as file:
        file.write(STANDS)

    def prepare(process, output):
        wait_ready(output)
        change(script)
        os.kill(process.pid, signal.SIGSEGV)

    run = context.setup.run([interpreter.path, script], context.subdirectory("run"),
                            prepare=prepare)
    report, text = one_report(context, run)
    if not report:
        return
    frames = [frame for frame in report["threads"][0]["frames"] if frame["kind"] == "python"]
    context.check.equal("source", frames[0]["source"], "    sys.stdin.read()")
    context.check.equal("changed", [frame["source_changed"] for frame in frames],
                        [changed] * 2)
    context.check.equal("the text says so", text.count("[the file was changed after the start]"),
                        2 * changed)


# On one version each, going round: name, function, further arguments.
ON_ONE_VERSION = [
    ("source-changed", source_changed, (written, True)),
    ("source-replaced", source_changed, (replaced, True)),
    ("source-unchanged", source_changed, (touched, False)),
    ("source-other-mode", source_changed, (other_mode, False)),
    ("echo-none", echo_none, ()),
    ("echo-full", echo_full, ()),
    ("many-forks", many_forks, (8, 0)),
    ("staggered-forks", many_forks, (6, 0.02)),
    ("exec-again", exec_again, ()),
    ("nothing-secret", nothing_secret, ()),
]
