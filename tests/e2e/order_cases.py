"""`fdpreload show --order recent-last`: stacks as traceback.print_stack() of that version
writes them, byte for byte."""

import json
import os
import re
import shutil
import subprocess

import program
from common import PROGRAMS, one_report

# What a directory can be called; a report escapes what would move the cursor.
DIRECTORY = "größe имя 漢字 😀 it's \"so\"\n\t\x1b[31m"
ESCAPES = {"\n": "\\x0a", "\t": " ", "\x1b": "\\x1b"}
TITLE = re.compile(r'(?:Crashed thread|Thread) (\d+) .*, most recent call last:')


def show(context, run, *options):
    """The JSON report of RUN as text."""
    path = next(os.path.join(run.log, name) for name in run.reports() if name.endswith(".json"))
    answer = subprocess.run([context.setup.cli, "show", *options, path], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, timeout=program.HANG_SECONDS,
                            env={"FDPRELOAD_DAEMON": context.setup.daemon})
    context.check.equal("show %s" % " ".join(options), (answer.returncode, answer.stderr), (0, b""))
    return answer.stdout.decode()


def stacks_of(text):
    """{thread id: the lines below its title}"""
    found, lines = {}, None
    for line in text.split("\n"):
        title = TITLE.fullmatch(line)
        if title:
            lines = found[title.group(1)] = []
        elif not line.startswith("  "):
            lines = None
        elif lines is not None:
            lines.append(line)
    return {tid: "".join(line + "\n" for line in lines) for tid, lines in found.items()}


def escaped(text, directory):
    """As a report writes the paths in it."""
    shown = directory
    for character, escape in ESCAPES.items():
        shown = shown.replace(character, escape)
    return text.replace(directory, shown)


def without_last(stack, name):
    """Without the entry of NAME, which is the last one."""
    head, found, _ = stack.rpartition("  File ")
    return head if found and ", in %s\n" % name in stack[len(head):] else stack


def print_stack(context, interpreter):
    directory = os.path.join(context.directory, DIRECTORY)
    os.mkdir(directory)
    script = os.path.join(directory, "traceback_twin.py")
    shutil.copy(os.path.join(PROGRAMS, "traceback_twin.py"), script)
    run = context.setup.run([interpreter.path, script], context.subdirectory("run"),
                            environment={"PYTHONIOENCODING": "utf-8", "LC_ALL": "C.UTF-8"})
    report, _ = one_report(context, run)
    if not report:
        return
    said = json.loads(run.stdout.decode())
    got = stacks_of(show(context, run, "--order", "recent-last", "--no-native"))
    context.check.equal("threads", sorted(got), sorted(said))
    context.check.true("threads: %d" % len(said), len(said) == 5)
    for tid in said:
        context.check.equal("thread " + tid, without_last(got.get(tid, ""), "die"),
                            escaped(said[tid], directory))


ON_EVERY_VERSION = [("show-print-stack", print_stack)]
