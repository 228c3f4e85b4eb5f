"""Programs that are not Python: virtual machines, shells, tools."""

import dataclasses
import os
import re

from compare import Program

CRASH = "SIGSEGV null-dereference"
SENT = "SIGSEGV signal-sent"


def java(*words):
    return ("/usr/bin/java", "-cp", "{classes}", *words)


def script(name):
    return ("/bin/bash", "{here}/shell/" + name)


def nanoseconds(run):
    with open(os.path.join(run.directory, "cwd", "nanoseconds")) as file:
        return int(file.read())


def show_time(context, mode, bare, run):
    """A figure for people; this machine has other things to do as well."""
    with_shim, without = nanoseconds(run), nanoseconds(bare)
    context.check.true("no time was taken", with_shim > 0 and without > 0)
    print("%s: %.3f s, with the shim (%s) %.3f s: %+.1f %%"
          % (context.name, without / 1e9, mode, with_shim / 1e9,
             100 * (with_shim / without - 1)), flush=True)


def hs_err(run):
    """What the virtual machine writes about its own death, as far as it is the
    same in two runs: what happened, where, and its table of signal handlers."""
    work = os.path.join(run.directory, "cwd")
    names = [name for name in os.listdir(work) if name.startswith("hs_err_pid")]
    with open(os.path.join(work, *names), encoding="utf-8", errors="replace") as file:
        text = file.read()
    parts = [r"^#  SIG.*?,", r"^# Problematic frame:\n.*", r"^siginfo:.*", r"^-{10,}.*-{10,}$",
             r"^Native frames:(?:.*\n)+?\n", r"^Java frames:(?:.*\n)+?\n",
             r"^Signal Handlers:(?:.*\n)+?\n"]
    found = [re.search(part, text, re.MULTILINE) for part in parts]
    return [re.sub(r"0x[0-9a-f]{12,}", "0x", one.group(0)) if one else "none" for one in found]


def same_hs_err(context, mode, bare, run):
    context.check.equal(mode + ": hs_err", hs_err(run), hs_err(bare))
    context.check.true("hs_err of the bare run is incomplete: %r" % hs_err(bare),
                       "none" not in hs_err(bare))


MILLION = ("NullPointers", "1000000")

JVM = [
    Program("java/version", java("-version")),
    Program("java/null-pointers-interpreted", java("-Xint", *MILLION), modes=("all",),
            look=show_time),
    Program("java/null-pointers-c1", java("-XX:TieredStopAtLevel=1", *MILLION), modes=("all",),
            look=show_time),
    Program("java/null-pointers-c2", java(*MILLION), look=show_time),
    Program("java/check-jni", java("-Xcheck:jni", "NullPointers", "1000")),
    Program("java/overflow", java("Overflow")),
    Program("java/children", java("Children"), reports=(SENT,)),
    Program("java/crash", java("Crash"), ends="SIGABRT", look=same_hs_err,
            reports=(CRASH + " handled by libjvm.so died of SIGABRT",),
            hides=((r"[pt]id=\d+", "id=N"), (r"hs_err_pid\d+", "hs_err"),
                   (r"core\.\d+", "core.N"))),
]


def node(*words):
    return ("/usr/bin/node", *words)


NODE = [
    Program("node/hello", node("{here}/node/hello.js"), ends="exit 7"),
    Program("node/workers", node("{here}/node/workers.js")),
    Program("node/children", node("{here}/node/children.js"), reports=(SENT,)),
    Program("node/traps", node("{here}/node/traps.js", "10000")),
    Program("node/abort", node("-e", "process.abort()"), ends="SIGABRT",
            reports=("SIGABRT abort",)),
    Program("node/killed", node("-e", "process.kill(process.pid, 'SIGSEGV');"
                                "setTimeout(() => 0, 600000)"),
            ends="SIGSEGV", reports=(SENT + " handled by node",)),
]

PIDS = (r"line (\d+): +\d+ ", r"line \1: PID ")

TOOLS = [
    Program("masks", ("/bin/sh", "-c", "gcc -D_GNU_SOURCE -O1 -o masks {here}/c/masks.c && "
                      "exec ./masks")),
    Program("git", script("git.sh"), needs=("git",)),
    Program("make", script("build.sh"), sort=True, reports=(CRASH,)),
    Program("bash", script("bash.sh"), ends="exit 6",
            # It tells of a job that has ended if it notices before it is asked.
            hides=(PIDS, (r"^\[1\][+-] .*(Terminated|Illegal instruction|Stopped).*\n", "")),
            reports=(SENT,) * 3 + ("SIGABRT signal-sent", "SIGILL signal-sent")),
    Program("perl", ("/usr/bin/perl", "{here}/shell/perl.pl"), needs=("perl",),
            reports=("SIGABRT abort", "SIGABRT abort handled by perl", SENT, "SIGFPE signal-sent")),
    Program("archive", script("archive.sh")),
]


def with_needs(programs, *names):
    return [dataclasses.replace(one, needs=one.needs + names) for one in programs]


PROGRAMS = with_needs(JVM, "java", "ecj") + with_needs(NODE, "node") + TOOLS
