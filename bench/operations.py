"""Operations in a running program: C, Python, Java."""

import os
import random
import shutil
import subprocess
import time

import figures
import program

THREAD = figures.Target(ratio=1.08)
FORK = figures.Target(ratio=1.02)
SIGNAL = figures.Target(ratio=1.01)
JVM = figures.Target(ratio=1.05)
START = figures.Target(difference=0.03e-3)
NANOSECONDS = figures.DIFFERENCE

C_ROWS = {
    # First: a thread leaves its stack, and fork copies that.
    "fork-10": ("fork, _exit, wait; 10 MB", FORK),
    "thread": ("pthread_create, join", THREAD),
    "thread-32": ("pthread_create, join, 32 at a time", THREAD),
    "usr1-kill": ("kill(SIGUSR1), handled", SIGNAL),
    "usr1-raise": ("raise(SIGUSR1), handled", SIGNAL),
    "segv-step": ("SIGSEGV, handler moves pc", SIGNAL),
    "segv-step-onstack": ("... SA_ONSTACK", SIGNAL),
    "segv-fix": ("SIGSEGV, handler calls mprotect", SIGNAL),
    "segv-fix-onstack": ("... SA_ONSTACK", SIGNAL),
    "segv-jump": ("SIGSEGV, siglongjmp", SIGNAL),
    "segv-jump-onstack": ("... SA_ONSTACK", SIGNAL),
    "segv-jump-plain": ("... without SA_SIGINFO", SIGNAL),
    "spawn": ("posix_spawn, wait of /bin/true", START),
    "spawn-bare": ("... environment without LD_PRELOAD", START),
    "mask-usr1": ("pthread_sigmask twice, SIGUSR1", NANOSECONDS),
    "mask-all": ("pthread_sigmask twice, all signals", NANOSECONDS),
    "mask-query": ("pthread_sigmask, query", NANOSECONDS),
    "action-query-owned": ("sigaction(SIGSEGV), query", NANOSECONDS),
    "action-query-other": ("sigaction(SIGUSR1), query", NANOSECONDS),
    "action-set-owned": ("sigaction(SIGSEGV), set", NANOSECONDS),
    "action-set-other": ("sigaction(SIGUSR1), set", NANOSECONDS),
    "signal-owned": ("signal(SIGSEGV)", NANOSECONDS),
    "stack-query": ("sigaltstack, query", NANOSECONDS),
}
FREE_ROWS = {
    "thread": ("pthread_create, join, any processor", THREAD),
    "thread-32": ("..., 32 at a time, any processor", THREAD),
}
LARGE_ROWS = {"fork-500": ("fork, _exit, wait; 500 MB", FORK)}
PYTHON_ROWS = {
    "thread": ("Thread().start(), join()", THREAD),
    "fork": ("os.fork, _exit, waitpid", FORK),
    "signal": ("os.kill(SIGUSR1), handled in Python", SIGNAL),
    "mask": ("signal.pthread_sigmask twice", NANOSECONDS),
    "run": ("subprocess.run(['/bin/true'])", START),
    "run-own": ("..., env without LD_PRELOAD", START),
}
JVM_ROWS = {"null": ("a NullPointerException, each a SIGSEGV", JVM)}

# Rounds, and seconds that they may take: in full and in short.
C_ROUNDS = ((80, 45), (12, 10))
FREE_ROUNDS = ((80, 12), (12, 2))
LARGE_ROUNDS = ((15, 15), (2, 2))
PYTHON_ROUNDS = ((60, 22), (8, 4))
JVM_ROUNDS = ((15, 20), (2, 3))
HANG_SECONDS = 120


def measure(bench, command, rounds, seconds, **more):
    """[{way: {row: seconds}}]; COMMAND prints a line for each row."""
    environments = bench.ways.environments(**more)
    names = list(environments)
    order = random.Random(1)
    found = []
    end = time.monotonic() + seconds
    while len(found) < rounds and (not found or time.monotonic() < end):
        order.shuffle(names)
        one = {}
        for name in names:
            answer = subprocess.run(command, env=environments[name], stdout=subprocess.PIPE,
                                    check=True, text=True, cwd=bench.root,
                                    timeout=HANG_SECONDS)
            lines = (line.split() for line in answer.stdout.splitlines())
            one[name] = {row: float(value) / 1e9 for row, value in lines}
            program.reap_orphans()
        found.append(one)
    return found


def table(bench, rows, command, rounds, **more):
    found = measure(bench, command, *bench.count(rounds), **more)
    for row, (label, target) in rows.items():
        figures.compare(label, [{way: values[row] for way, values in one.items()}
                                for one in found], target)


def c_command(bench, processor, rows):
    return [os.path.join(bench.setup.build, "bench", "operations"), "time", str(processor), *rows]


def in_c(bench):
    figures.heading("Operations in C, in a watched program")
    for rows, rounds, processor in ((C_ROWS, C_ROUNDS, bench.processor),
                                    (FREE_ROWS, FREE_ROUNDS, -1),
                                    (LARGE_ROWS, LARGE_ROUNDS, bench.processor)):
        table(bench, rows, c_command(bench, processor, rows), rounds)


def in_python(bench):
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "in_python.py")
    for interpreter in bench.two:
        figures.heading("Operations in Python %s" % interpreter.label)
        table(bench, PYTHON_ROWS, [interpreter.path, "-S", script, str(bench.processor)],
              PYTHON_ROUNDS)


def in_java(bench):
    """Where the shim has nothing to do by default, and is told to watch."""
    figures.heading("Operations in Java, FDPRELOAD_FOLLOW=all")
    compiler = shutil.which("javac")
    if not compiler or not shutil.which("java"):
        figures.note("no java and javac here: not measured")
        return
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "NullPointers.java")
    subprocess.run([compiler, "-d", bench.root, source], check=True)
    table(bench, JVM_ROWS, [shutil.which("java"), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
                            "-cp", bench.root, "NullPointers"],
          JVM_ROUNDS, FDPRELOAD_FOLLOW="all")
