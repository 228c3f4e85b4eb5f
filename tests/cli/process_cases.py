"""fdpreload doctor PID: what it says of a process, which goes on as it was."""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys

import calls
import program
from check import Skip
from doctor_cases import NOTE, OK, PROBLEM, expect
from pool import Case

# Says the numbers of a child, which lives as long as it does, and of a thread; then
# answers each line until its input ends.
WAITER = """
import os, sys, threading
read_end, write_end = os.pipe()
child = os.fork()
if child == 0:
    os.close(write_end)
    os.read(read_end, 1)
    os._exit(0)
thread = threading.Thread(target=threading.Event().wait, daemon=True)
thread.start()
print(child, thread.native_id, flush=True)
for line in sys.stdin:
    print(line, end="", flush=True)
"""

PTRACE_SEIZE = 0x4206


@contextlib.contextmanager
def started(context, command, env=None, before=("run",), tool=None):
    """COMMAND under the library, with pipes; it is gone at the end."""
    os.makedirs(os.path.join(context.directory, "tmp"), exist_ok=True)
    start = [tool or context.setup.cli, *before] if before else []
    process = subprocess.Popen([*start, *command], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                               env=calls.environment(context.directory, env))
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextlib.contextmanager
def waiter(context, python=sys.executable, **more):
    """(process, pid of its child, id of its thread)."""
    with started(context, [python, "-c", WAITER], **more) as process:
        with program.deadline(program.HANG_SECONDS):
            child, thread = process.stdout.readline().split()
        yield process, int(child), int(thread)


@contextlib.contextmanager
def cat(context, **more):
    """Under way: the library has done all that it does at the start."""
    with started(context, ["cat"], **more) as process:
        if not answers(process, "ready"):
            raise program.Hang("cat did not start")
        yield process


def doctor(context, pid, **more):
    return calls.call(context, "doctor", str(pid), **more)


def reporter_of(answer):
    for level, text in answer.lines().get("reporter", []):
        if level == OK:
            return int(text.split()[1].rstrip(","))
    return None


def end_reporter(pid):
    os.kill(pid, signal.SIGKILL)
    # The case adopts the orphans of what it starts.
    os.waitpid(pid, 0)


def answers(process, word):
    with program.deadline(program.HANG_SECONDS):
        process.stdin.write(word + "\n")
        process.stdin.flush()
        return process.stdout.readline() == word + "\n"


def watched(context, interpreter):
    check = context.check
    with waiter(context, interpreter.path) as (process, child, thread):
        answer = doctor(context, process.pid)
        check.equal("status, with\n" + answer.stdout, answer.status, 0)
        expect(context, "watched", answer, "library", OK, context.setup.shim)
        expect(context, "watched", answer, "reporter", OK, "which knows it")
        expect(context, "watched", answer, "Python", OK,
               "%d.%d%s (" % (*interpreter.version[:2],
                              " free-threaded" if interpreter.name.endswith("t") else ""))
        check.equal("the reporter's name", program.comm_of(reporter_of(answer)),
                    "(fdpreloadd)")
        check.true("it does not answer any more", answers(process, "still"))
        forked = doctor(context, child)
        expect(context, "forked", forked, "reporter", OK, "forked from")
        check.equal("reporter of both", reporter_of(forked), reporter_of(answer))
        expect(context, "thread", doctor(context, thread), "process", PROBLEM,
               "is a thread of the process %d" % process.pid)


def as_json(context):
    with waiter(context) as (process, _, _):
        answer = doctor(context, process.pid)
        report = calls.call(context, "doctor", "--format=json", str(process.pid)).report()
        context.check.equal("pid", report["pid"], process.pid)
        context.check.equal("well", report["well"], True)
        context.check.equal("texts", [one["text"] for one in report["checks"]],
                            [line.split(": ", 1)[1].split("; ")[0] if not one["advice"] else
                             line.split(": ", 1)[1][:-len("; " + one["advice"])]
                             for one, line in zip(report["checks"], answer.stdout.splitlines())])


def reporter_gone(context):
    with waiter(context) as (process, _, _):
        end_reporter(reporter_of(doctor(context, process.pid)))
        expect(context, "gone", doctor(context, process.pid), "reporter", PROBLEM, "is gone")


def two_families(context):
    """Each has its own reporter, and is not taken for the other's."""
    with waiter(context) as (one, _, _), waiter(context) as (other, _, _):
        first = reporter_of(doctor(context, one.pid))
        second = reporter_of(doctor(context, other.pid))
        context.check.true("no reporter found", first and second)
        context.check.true("the same reporter for two", first != second)
        end_reporter(first)
        expect(context, "gone", doctor(context, one.pid), "reporter", PROBLEM)
        expect(context, "there", doctor(context, other.pid), "reporter", OK)


def not_watched(context):
    with cat(context, before=()) as process:
        answer = doctor(context, process.pid)
        expect(context, "bare", answer, "library", PROBLEM, "LD_PRELOAD did not name it")
        expect(context, "bare", answer, "Python", NOTE, "none")
    with cat(context) as process:
        expect(context, "no Python", doctor(context, process.pid), "reporter", PROBLEM,
               "does not watch")
    with cat(context, before=["run", "--follow", "all"]) as process:
        expect(context, "followed", doctor(context, process.pid), "reporter", OK)
    damaged = os.path.join(context.subdirectory("bad"), "libfdpreload.so")
    with open(damaged, "w") as file:
        file.write("damaged\n")
    with cat(context, before=(), env={"LD_PRELOAD": damaged}) as process:
        expect(context, "damaged", doctor(context, process.pid), "library", PROBLEM,
               "though LD_PRELOAD names it")


def nobody(context):
    """No process, a dead one, one of the kernel's."""
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    expect(context, "dead", doctor(context, pid), "process", PROBLEM, "is dead")
    os.waitpid(pid, 0)
    expect(context, "gone", doctor(context, pid), "process", PROBLEM, "there is no process")


def traced(context):
    with waiter(context) as (process, _, _):
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.ptrace(PTRACE_SEIZE, process.pid, None, None) != 0:
            raise Skip("ptrace is not allowed here")
        expect(context, "traced", doctor(context, process.pid), "ptrace", NOTE,
               "process %d traces it" % os.getpid())


def replaced(context):
    """The library on disk is another one than in memory."""
    directory = calls.copy_of_products(context, "products")
    shim = os.path.join(directory, "libfdpreload.so")
    with waiter(context, tool=os.path.join(directory, "fdpreload")) as (process, _, _):
        expect(context, "before", doctor(context, process.pid), "library", OK, shim)
        shutil.copy(shim, shim + ".new")
        os.replace(shim + ".new", shim)
        expect(context, "after", doctor(context, process.pid), "library", NOTE, "replaced")


def other_user(context):
    calls.need_root()
    tool = os.path.join(calls.copy_of_products(context, "products"), "fdpreload")
    with waiter(context) as (process, _, _):
        answer = doctor(context, process.pid, tool=tool,
                        before=["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups"])
        expect(context, "other user", answer, "library", PROBLEM, "cannot be read")


def other_namespaces(context):
    calls.need_root()
    calls.need_namespaces("--mount", "--pid", "--fork", "--mount-proc")
    command = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "cat"]
    with started(context, command, before=["run", "--follow", "all"]) as process:
        context.check.true("no answer from inside", answers(process, "ready"))
        with open("/proc/%d/task/%d/children" % (process.pid, process.pid)) as file:
            inner = int(file.read().split()[0])
        answer = doctor(context, inner)
        expect(context, "inside", answer, "namespaces", NOTE, "files processes")
        expect(context, "inside", answer, "library", OK)
        os.kill(inner, signal.SIGKILL)


def matrix(found):
    cases = [Case("doctor/watched/" + one.label, watched, (one,)) for one in found]
    return cases + [Case("doctor/process/" + function.__name__.replace("_", "-"), function)
                    for function in (as_json, reporter_gone, two_families, not_watched, nobody,
                                     traced, replaced, other_user, other_namespaces)]
