"""What can be counted: system calls and instructions.  No quiet machine needed."""

import collections
import os
import re
import shutil
import subprocess

import figures
import operations
import program
import ways

# As often as thread-32 makes threads at a time.
TIMES = 32
NAMES = ["without", "empty", "shim"]
HANG_SECONDS = 120
# What their children do is many instructions, and not ours.
NOT_STEPPED = {"spawn", "spawn-bare", "thread-32"}

ROW = "  %-40s %8s %8s %8s   %s"
LINE = re.compile(r"^(\d+) +(?:<\.\.\. )?(\w+)(\(| resumed>)(.*)")
RESULT = re.compile(r"= (\d+)$")
FORKS = {"fork", "vfork", "clone", "clone3"}
BEGIN, END = "-1001", "-1002"


class Call(collections.namedtuple("Call", "pid name begins text")):
    """One line of strace: a call, or where it goes on after another thread's."""

    @property
    def child(self):
        found = self.name in FORKS and RESULT.search(self.text)
        return int(found.group(1)) if found else None


def traced(bench, command, environment):
    """The calls of COMMAND and all its children; strace waits for the daemon too."""
    path = os.path.join(bench.root, "trace")
    subprocess.run(["strace", "-f", "-qq", "-s", "256", "-e", "signal=none", "-o", path]
                   + command, env=environment, check=True, stdout=subprocess.DEVNULL,
                   cwd=bench.root, timeout=HANG_SECONDS)
    with open(path, errors="replace") as file:
        matches = filter(None, map(LINE.match, file.read().splitlines()))
    return [Call(int(pid), name, mark == "(", text)
            for pid, name, mark, text in (match.groups() for match in matches)]


def of_program(calls):
    """Without those of the daemon and of the processes that start it."""
    parents = {call.child: call.pid for call in calls if call.child}
    aside = set()
    for call in calls:
        pid = call.pid if call.name == "execve" and program.DAEMON[0] in call.text else None
        while pid in parents:
            aside.add(pid)
            pid = parents[pid]
    return [call for call in calls if call.pid not in aside]


def counted(calls):
    return collections.Counter(call.name for call in calls if call.begins)


def sections(calls):
    """The calls between each two marks."""
    found = []
    for call in calls:
        if call.name == "close" and call.text.startswith(BEGIN):
            found.append([])
            inside = True
        elif call.name == "close" and call.text.startswith(END):
            inside = False
        elif found and inside:
            found[-1].append(call)
    return found


def show(label, calls, by=1):
    """A row of {way: Counter}, each divided by BY."""
    added = {name: (calls["shim"][name] - calls["empty"][name]) / by
             for name in set(calls["shim"]) | set(calls["empty"])}
    text = ", ".join("%+.3g %s" % (number, name) for name, number in
                     sorted(added.items(), key=lambda item: (-item[1], item[0])) if number)
    total = {name: sum(one.values()) / by for name, one in calls.items()}
    print(ROW % (label, *("%.4g" % total[name] for name in NAMES),
                 "%+.3g%s" % (total["shim"] - total["empty"], ": " + text if text else "")),
          flush=True)


def of_start(bench, label, command, **more):
    show(label, {name: counted(of_program(traced(bench, command,
                                                 bench.ways.environment(name, **more))))
                 for name in NAMES})


def of_operations(bench):
    command = [os.path.join(bench.setup.build, "bench", "operations"), "count", str(TIMES),
               *operations.C_ROWS]
    found = {name: sections(of_program(traced(bench, command, bench.ways.environment(name))))
             for name in NAMES}
    for number, (label, _) in enumerate(operations.C_ROWS.values()):
        show(label, {name: counted(found[name][number]) for name in NAMES}, TIMES)


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
    of_operations(bench)


def stepped(bench, mode, command, way):
    step = os.path.join(bench.setup.build, "bench", "step")
    answer = subprocess.run([step, mode] + command, stdout=subprocess.PIPE, check=True,
                            env=bench.ways.environment(way), cwd=bench.root,
                            timeout=HANG_SECONDS)
    program.reap_orphans()
    return [int(word) for word in answer.stdout.split()]


def instruction_rows(bench, labels, by, mode, command):
    found = zip(*(stepped(bench, mode, command, way) for way in NAMES))
    for label, numbers in zip(labels, found):
        print(ROW % (label, *("%.0f" % (number / by) for number in numbers),
                     "%+.1f" % ((numbers[2] - numbers[1]) / by)), flush=True)


def instructions(bench):
    print("\nInstructions outside the kernel, of the calling thread")
    print(ROW % ("", *NAMES, "shim over empty"))
    if not bench.quick:
        instruction_rows(bench, ["start of /bin/true"], 1, "all", ["/bin/true"])
    rows = [row for row in operations.C_ROWS if row not in NOT_STEPPED]
    instruction_rows(bench, [operations.C_ROWS[row][0] for row in rows], TIMES, "between",
                     [os.path.join(bench.setup.build, "bench", "operations"), "step",
                      str(TIMES), *rows])


def run(bench):
    system_calls(bench)
    instructions(bench)
