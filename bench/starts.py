"""Starts of whole programs."""

import os
import statistics
import subprocess

import figures
import ways

WATCHED = figures.Target(difference=0.5e-3)
OTHER = figures.Target(difference=0.03e-3)

# Rounds, and seconds that they may take: in full and in short.
PYTHON_ROUNDS = ((300, 22), (30, 3))
C_ROUNDS = ((800, 12), (80, 2))
OTHER_ROUNDS = ((2000, 12), (300, 2))


def measure(bench, environments, command, rounds):
    """[{way: (wall, processor time, page faults, of the daemon)}], in seconds."""
    arguments = [os.path.join(bench.setup.build, "bench", "starts"), *map(str, rounds),
                 str(bench.processor)]
    for environment in environments.values():
        arguments += ["--"] + ["%s=%s" % item for item in environment.items()]
    answer = subprocess.run(arguments + ["=="] + command, stdout=subprocess.PIPE, check=True,
                            cwd=bench.root)
    names = list(environments)
    lines = answer.stdout.splitlines()
    found = [{} for _ in range(len(lines) // len(names))]
    for number, line in enumerate(lines):
        way, wall, cpu, faults, left = map(int, line.split())
        found[number // len(names)][names[way]] = (wall / 1e9, cpu / 1e6, faults, left / 1e6)
    return found


def column(found, number):
    return [{way: values[number] for way, values in one.items()} for one in found]


def median(found, way, number):
    return statistics.median(one[way][number] for one in found)


def details(found, shim):
    figures.note("    page faults over empty: %+g; processor time over empty: %s, and of the "
                 "daemon %s" % (
                     median(found, shim, 2) - median(found, "empty", 2),
                     figures.DIFFERENCE.show(median(found, shim, 1) - median(found, "empty", 1)),
                     figures.time(median(found, shim, 3))))


def watched(bench, label, command, rounds, holder):
    """COMMAND is a program that is watched, HOLDER a Python that is."""
    program = os.path.join(bench.setup.build, "bench", "elsewhere")
    # Else the daemon would begin on the processor of the command.
    more = {"FDPRELOAD_DAEMON": program, "BENCH_DAEMON": bench.setup.daemon}
    with ways.watched_parent(bench.ways, holder, **more) as reporter:
        environments = bench.ways.environments(**more)
        environments["not watched"] = bench.ways.environment("shim", FDPRELOAD_FOLLOW="none",
                                                             **more)
        if reporter:
            environments["joins"] = bench.ways.environment("shim", FDPRELOAD_REPORTER=reporter,
                                                           **more)
        found = measure(bench, environments, command, rounds)
    walls = column(found, 0)
    figures.compare(label + ", own daemon", walls, WATCHED)
    details(found, "shim")
    if reporter:
        figures.compare("... joins its parent's daemon", walls, WATCHED, "joins")
        details(found, "joins")
    else:
        figures.note("... joins its parent's daemon: this shim starts its own")
    figures.compare("... FDPRELOAD_FOLLOW=none", walls, figures.DIFFERENCE, "not watched")


def other(bench):
    found = measure(bench, bench.ways.environments(), ["/bin/true"], bench.count(OTHER_ROUNDS))
    figures.compare("/bin/true", column(found, 0), OTHER)
    details(found, "shim")


def run(bench):
    figures.heading("Start and end of a process")
    other(bench)
    holder = bench.two[0].path
    watched(bench, "a watched C program",
            [os.path.join(bench.setup.build, "bench", "operations"), "nothing"],
            bench.count(C_ROUNDS), holder)
    for interpreter in bench.two:
        for options in (["-S"], []):
            label = " ".join([interpreter.label, *options, "-c pass"])
            watched(bench, label, [interpreter.path, *options, "-c", "pass"],
                    bench.count(PYTHON_ROUNDS), interpreter.path)
