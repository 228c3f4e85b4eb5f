"""Two runs of one suite: which cases differ, other than they are known to."""

import dataclasses
import json
import os
import re
import signal

import known
import program

# Of one case.
LINES_SHOWN = 6

PID = re.compile(r" \[pid (\d+)\]$")
DEATH = re.compile(r"ended: (?:killed|dumped) by (SEGV|BUS|FPE|ILL|ABRT|SYS|TRAP),")
WATCHED = {signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT,
           signal.SIGSYS, signal.SIGTRAP}


@dataclasses.dataclass
class Outcome:
    passed: int
    failures: list  # [name, [line]]
    known: set      # names of the known differences that were seen


def hung(texts):
    return Outcome(0, [["the run", texts]], set())


def sections(run):
    """{name: [line]} and {pid: name} of those that died of a watched signal."""
    found, deaths = {"before the first": []}, {}
    lines = found["before the first"]
    for line in run.stdout.decode(errors="replace").splitlines():
        if line.startswith("== "):
            name = line[3:]
            while name in found:
                name += " again"
            lines = found[name] = []
            continue
        pid = PID.search(line)
        if pid and DEATH.match(line):
            deaths[int(pid.group(1))] = name
        lines.append(PID.sub("", line))
    if os.WIFSIGNALED(run.status) and os.WTERMSIG(run.status) in WATCHED:
        deaths[run.pid] = "the program itself"
    found["the program itself"] = [
        "status %04x" % run.status, "stderr %r" % run.stderr,
        "stuck %r" % run.stuck,
        "orphans %r" % [(one.comm, one.status) for one in run.orphans
                        if one.comm not in program.DAEMON]]
    return found, deaths


def differences(bare, shim):
    """The lines that differ, for people."""
    found = []
    for i in range(max(len(bare), len(shim))):
        want = bare[i] if i < len(bare) else None
        got = shim[i] if i < len(shim) else None
        if want != got:
            found.append("expected " + (want if want is not None else "(no more)"))
            found.append("got      " + (got if got is not None else "(no more)"))
    if len(found) > 2 * LINES_SHOWN:
        more = len(found) // 2 - LINES_SHOWN
        found[2 * LINES_SHOWN:] = ["... %d more lines differ" % more]
    return found


def reports(run):
    """{pid: number of reports}"""
    count = {}
    for name in run.reports():
        if name.endswith(".json"):
            with open(os.path.join(run.log, name), encoding="utf-8") as file:
                pid = json.load(file)["process"]["pid"]
            count[pid] = count.get(pid, 0) + 1
    return count


def report_complaints(run, deaths):
    """[(case, line)]: each death has one report, but those of known.UNSEEN, and nothing else."""
    found = []
    count = reports(run)
    for pid, name in deaths.items():
        if count.get(pid, 0) != (0 if known.UNSEEN.fullmatch(name) else 1):
            found.append((name, "%d reports of a death" % count.get(pid, 0)))
    for pid in count.keys() - deaths.keys():
        found.append(("the program itself", "a report of pid %d, which did not die" % pid))
    return found


def runs(place, bare, shim, is_shim):
    """The outcome of one job.  Not IS_SHIM: both are bare and have to be equal."""
    expected, _ = sections(bare)
    got, deaths = sections(shim)
    outcome = Outcome(0, [], set())
    complaints = {}
    for name, line in report_complaints(shim, deaths) if is_shim else []:
        complaints.setdefault(name, []).append(line)
    for name, lines in expected.items():
        want, seen = known.apply(place, name, lines) if is_shim else (lines, set())
        outcome.known |= seen
        problems = ["it is missing"] if name not in got else differences(want, got[name])
        problems += complaints.pop(name, [])
        if problems:
            outcome.failures.append([name, problems])
        else:
            outcome.passed += 1
    for name in got.keys() - expected.keys():
        outcome.failures.append([name, ["only under the shim:"] + got[name][:LINES_SHOWN]])
    return outcome


def never_seen(seen):
    return [one.name for one in known.DIFFERENCES if one.name not in seen]
