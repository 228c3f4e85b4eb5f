"""A million threads leave nothing behind."""

import os

import execute
from pool import Case

COUNT, LONG_COUNT = 50000, 1000000

# Of a million, on a machine that does other things too.
SECONDS = 200

# Pages of libc's that are touched at one time or another.
RSS_SLACK_KBYTES = 256


def numbers(stdout):
    """{"before": {"VmSize": ...}, ...}"""
    rows = {}
    for line in stdout.splitlines():
        when, words = line.split(": ")
        words = words.split()
        rows[when] = {name: int(value) for name, value in zip(words[::2], words[1::2])}
    return rows


def threads(context, count):
    check = context.check
    program = os.path.join(context.setup.extensions, "deaths", "threads")
    run = execute.execute(context, "shim", [program, str(count)], shim=True,
                          seconds=SECONDS)
    check.equal("status", str(run.death), "exit 0")
    rows = numbers(run.stdout)
    before, after = rows["before"], rows["after"]
    check.true("VmRSS %d kB, before %d kB" % (after["VmRSS"], before["VmRSS"]),
               after.pop("VmRSS") - before.pop("VmRSS") <= RSS_SLACK_KBYTES)
    check.equal("memory, mappings, descriptors", after, before)
    check.equal("reports", run.reports, [])


def matrix(everything):
    count = LONG_COUNT if everything else COUNT
    return [Case("leaks/threads-%d" % count, threads, (count,))]
