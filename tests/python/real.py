"""Under the real library: what fdpreload writes is what faulthandler writes.

Runs with libfdpreload.so preloaded, see run.py.
"""

import os
import re
import resource
import signal
import subprocess
import tempfile
import threading
import time

import suite
from suite import RUNNING, Skip, case, same

import fdpreload

# Those whose frames the reporter reads.
READ = [(3, minor) for minor in range(6, 16)]

# A timer ends in this time, and the thread that is seen stands still for the other.
SOON, STILL = 0.05, 0.4


def real():
    if RUNNING not in READ:
        raise Skip("the reporter does not read this version")
    import faulthandler
    return faulthandler


def written(make, module):
    """What MAKE(module, file) has written when it returns, and what it returns."""
    with tempfile.TemporaryFile() as file:
        result = make(module, file)
        file.seek(0)
        return file.read().decode(), result


def equal(make):
    """That MAKE(module, file) does the same with faulthandler and fdpreload."""
    # In one line, which is in the stack.
    wanted, found = [written(make, module) for module in (real(), fdpreload)]
    assert wanted[0].count("\n") > 1, wanted
    same(found, wanted)


class Thread(object):
    """Another thread, for the time of a block, which waits."""

    def __enter__(self):
        self.event = threading.Event()
        self.thread = threading.Thread(target=self.event.wait)
        self.thread.start()
        # Its stack is the same from here on.
        while not self.event._cond._waiters:
            time.sleep(0.001)

    def __exit__(self, *_error):
        self.event.set()
        self.thread.join()


@case
def stacks_now():
    real()
    with Thread():
        equal(lambda module, file: module.dump_traceback(file))
        equal(lambda module, file: module.dump_traceback(file, all_threads=False))


@case
def stacks_in_a_method_of_a_deep_call():
    def deep(depth, module, file):
        return deep(depth - 1, module, file) if depth else module.dump_traceback(file)

    equal(lambda module, file: deep(120, module, file))


@case
def stacks_later():
    def later(module, file):
        module.dump_traceback_later(SOON, file=file)
        time.sleep(STILL)
        return module.cancel_dump_traceback_later()

    real()
    with Thread():
        equal(later)


@case
def stacks_on_a_signal():
    def send(module, file):
        module.register(signal.SIGUSR1, file)
        os.kill(os.getpid(), signal.SIGUSR1)
        return module.unregister(signal.SIGUSR1), module.unregister(signal.SIGUSR1)

    equal(send)


# Of CPython's own tests.
C_STACK_HEADER = "Current thread's C stack trace (most recent call first):"
C_STACK_LINE = r'(  Binary file ".+"(, at .*(\+|-)0x[0-9a-f]+)? \[0x[0-9a-f]+\])|(<.+>)'


def c_stack_lines(text):
    """The frames of a C stack that stands alone, after a look at their form."""
    lines = text.splitlines()
    same(lines[0], C_STACK_HEADER)
    assert len(lines) > 8, text
    for line in lines[1:]:
        assert re.match(C_STACK_LINE + "$", line) or line == "  <truncated rest of calls>", line
    return lines[1:]


def outer(lines):
    """The frames around the code that runs: above them the callers are others."""
    last = max([0] + [at for at, line in enumerate(lines) if "PyEval_EvalCode" in line])
    return lines[last:]


@case
def c_stack_now():
    lines = c_stack_lines(written(lambda module, file: module.dump_c_stack(file), fdpreload)[0])
    if len(lines) < 33:
        assert "at _start+0x" in lines[-1], lines
    else:
        same(lines[32:], ["  <truncated rest of calls>"])
    assert not [line for line in lines if "libfdpreload.so" in line], lines


@case
def c_stack_of_another_thread_and_into_a_pipe():
    to_read, to_write = os.pipe()
    thread = threading.Thread(target=lambda: fdpreload.dump_c_stack(to_write))
    thread.start()
    thread.join()
    os.close(to_write)
    with os.fdopen(to_read, "rb") as file:
        lines = c_stack_lines(file.read().decode())
    assert "/libc.so.6" in lines[-1] and "_start" not in lines[-1], lines


@case
def c_stack_is_that_of_faulthandler():
    if RUNNING < (3, 14):
        raise Skip("from 3.14 on")
    import faulthandler
    wanted, found = [c_stack_lines(written(lambda module, file: module.dump_c_stack(file), module)[0])
                     for module in (faulthandler, fdpreload)]
    assert len(outer(wanted)) > 4 and "PyEval_EvalCode" in outer(wanted)[0], wanted
    same(outer(found), outer(wanted))


def without_callers(text):
    """A dump whose C stack has only the frames of outer(), without addresses."""
    threads, header, rest = text.partition(C_STACK_HEADER + "\n")
    stack, gap, modules = rest.partition("\n\n")
    return threads + header + re.sub(r"\[0x[0-9a-f]+\]", "[]",
                                     "\n".join(outer(stack.splitlines()))) + gap + modules


def crash(name, call):
    """(exit status, the file) of a program that CALLs a function of module NAME."""
    with tempfile.NamedTemporaryFile() as file:
        code = ("import %s as f\nfile = open(%r, 'w')\nf.enable(file)\n%s"
                % (name, file.name, call))
        process = subprocess.Popen([suite.EXECUTABLE, "-c", code], stderr=subprocess.PIPE)
        process.communicate()
        return process.returncode, re.sub("0x[0-9a-f]{16}", "0x0",
                                          without_callers(file.read().decode()))


@case
def stacks_of_a_crash():
    real()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for call in ("f._sigsegv()", "f._sigabrt()", "f._sigfpe()", "f._read_null()"):
        wanted = crash("faulthandler", call)
        assert wanted[0] < 0 and "Fatal Python error" in wanted[1], wanted
        same(crash("fdpreload", call), wanted, call)


@case
def a_report_is_longer_than_a_traceback():
    real()
    short = written(lambda module, file: module.dump_traceback(file), fdpreload)[0]
    full = written(lambda module, file: module.dump_traceback(file, full=True), fdpreload)[0]
    assert len(full) > 2 * len(short) and "real.py" in full, full


@case
def what_needs_the_library_finds_it():
    same((fdpreload.enable(os.open(os.devnull, os.O_WRONLY)), fdpreload.is_enabled(),
          fdpreload.disable(), fdpreload.is_enabled()), (None, True, True, False))
    same((fdpreload.enable(9999), fdpreload.is_enabled(), fdpreload.disable()),
         (None, True, True))
    same(fdpreload.dump_traceback(9999), None)
    fdpreload.install()
    import faulthandler
    same(faulthandler is fdpreload, True)
    fdpreload.uninstall()


@case
def heartbeats_and_annotations_are_accepted():
    try:
        fdpreload.annotate("key", "value")
    except RuntimeError as reason:
        raise Skip(str(reason))
    fdpreload.heartbeat("alive", 60)
    fdpreload.heartbeat("alive", None)
    fdpreload.annotate("key", None)


suite.run_cases()
suite.finish()
