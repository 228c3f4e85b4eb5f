"""What can be counted: system calls and instructions.  No quiet machine needed."""

import collections
import glob
import os
import re
import shutil
import subprocess
import tempfile

import figures
import operations
import ways

# The difference of two runs is so many operations, and nothing else.  As many
# as thread-32 makes at a time.
FEW, MORE = 32, 64
NAMES = ["without", "empty", "shim"]
HANG_SECONDS = 120
# Their children are many instructions, and not ours.
NOT_STEPPED = {"spawn", "spawn-bare", "fork-500", "thread-32"}

ROW = "  %-40s %8s %8s %8s   %s"
CALL = re.compile(r"^(\w+)\(")
CHILD = re.compile(r"^(?:v?fork|clone3?)\(.*\) = (\d+)$")


def traced(command, environment, cwd):
    """{pid: [lines]} of COMMAND, and the pid of its first process."""
    with tempfile.TemporaryDirectory(dir=cwd) as directory:
        prefix = os.path.join(directory, "trace")
        subprocess.run(["strace", "-ff", "-qq", "-s", "256", "-e", "signal=none", "-o", prefix]
                       + command, env=environment, check=True, stdout=subprocess.DEVNULL,
                       cwd=cwd, timeout=HANG_SECONDS)
        lines = {}
        for path in glob.glob(prefix + ".*"):
            with open(path, errors="replace") as file:
                lines[int(path.rsplit(".", 1)[1])] = file.read().splitlines()
    children = {int(match.group(1)) for one in lines.values()
                for match in map(CHILD.match, one) if match}
    return lines, next(iter(set(lines) - children))


def is_starter(lines, pid):
    """Whether the daemon comes from there: those calls are not the program's."""
    return any("fdpreloadd" in line and line.startswith("execve(") for line in lines[pid]) or \
        any(is_starter(lines, child) for child in children_of(lines, pid))


def children_of(lines, pid):
    found = (CHILD.match(line) for line in lines[pid])
    return [int(match.group(1)) for match in found if match and int(match.group(1)) in lines]


def counted(lines, pid):
    """How often each call is made by PID and by its threads and children."""
    calls = collections.Counter(match.group(1) for match in map(CALL.match, lines[pid]) if match)
    for child in children_of(lines, pid):
        if not is_starter(lines, child):
            calls += counted(lines, child)
    return calls


def count(bench, command, environment):
    return counted(*traced(command, environment, bench.root))


def difference(more, less, by=1):
    found = {name: (more[name] - less[name]) / by for name in set(more) | set(less)}
    return {name: number for name, number in found.items() if number}


def show(label, calls):
    added = difference(calls["shim"], calls["empty"])
    text = ", ".join("%+g %s" % (number, name) for name, number in
                     sorted(added.items(), key=lambda item: (-item[1], item[0])))
    total = {name: sum(one.values()) for name, one in calls.items()}
    print(ROW % (label, *("%g" % total[name] for name in NAMES),
                 "%+g%s" % (total["shim"] - total["empty"], ": " + text if text else "")),
          flush=True)


def of_start(bench, label, command, **more):
    show(label, {name: count(bench, command, bench.ways.environment(name, **more))
                 for name in NAMES})


def of_operation(bench, row):
    program = os.path.join(bench.setup.build, "bench", "operations")
    calls = {}
    for name in NAMES:
        few, many = (count(bench, [program, "count", str(number), row],
                           bench.ways.environment(name)) for number in (FEW, MORE))
        calls[name] = collections.Counter(difference(many, few, MORE - FEW))
    show(operations.C_ROWS[row][0], calls)


def system_calls(bench):
    print("\nSystem calls: of a start, and of one operation in a watched program")
    if not shutil.which("strace"):
        figures.note("strace is not installed: not counted")
        return
    print(ROW % ("", *NAMES, "shim over empty"))
    of_start(bench, "start of /bin/true", ["/bin/true"])
    for one in bench.two:
        command = [one.path, "-S", "-c", "pass"]
        of_start(bench, "start of %s -S -c pass" % one.label, command)
        with ways.watched_parent(bench.ways, one.path) as reporter:
            if reporter:
                of_start(bench, "... joins its parent's daemon", command,
                         FDPRELOAD_REPORTER=reporter)
    for row in operations.C_ROWS:
        of_operation(bench, row)


def stepped(bench, mode, command, way):
    program = os.path.join(bench.setup.build, "bench", "step")
    answer = subprocess.run([program, mode] + command, stdout=subprocess.PIPE, check=True,
                            env=bench.ways.environment(way), cwd=bench.root,
                            timeout=HANG_SECONDS)
    # Below, the last line: the command may have printed something itself.
    return int(answer.stdout.split()[-1])


def instructions(bench):
    print("\nInstructions outside the kernel, of the calling thread")
    print(ROW % ("", *NAMES, "shim over empty"))
    program = os.path.join(bench.setup.build, "bench", "operations")
    todo = [(operations.C_ROWS[row][0], FEW, "between", [program, "step", str(FEW), row])
            for row in operations.C_ROWS if row not in NOT_STEPPED]
    if not bench.quick:
        todo.insert(0, ("start of /bin/true", 1, "all", ["/bin/true"]))
    for label, by, mode, command in todo:
        found = [stepped(bench, mode, command, way) / by for way in NAMES]
        print(ROW % (label, *("%.0f" % number for number in found),
                     "%+.1f" % (found[2] - found[1])), flush=True)


def run(bench):
    system_calls(bench)
    instructions(bench)
