"""Programs that live, and what the environment can ask for."""

import os
import signal

import answer_cases
from common import both, crash_line, one_report, program_line, unchanged, wait_ready
from crash_cases import check_left_behind, check_same_death
import daemon_cases
import deadlock_cases
import death_cases
import dump_cases
import exception_cases
import handler_cases
import hang_cases
import invisible_cases
import limit_cases
import locals_cases
import report_cases
import running_cases
import source_cases
import through_cases
import trouble_cases
import watch_cases
import worker_cases
from pool import Case

FAULT = signal.SIGSEGV

BAD_VALUES = ["", "0", "-1", "maybe", "99999999999999999999", "/dev/null/no/such", "\xff\xfe",
              "x" * 5000, "a,b,,c", "../..", "%n%n%s"]
VARIABLES = ["LOG_DIR", "ECHO", "FOLLOW", "SIGNALS", "DEADLINE_MS", "DAEMON", "DEBUG",
             "SAVE_CAPTURE", "CAPTURE", "SOCKET", "CHILDREN", "REPORTER", "DUMP_AFTER",
             "DUMP_REPEAT", "DUMP_EXIT", "DUMP_SIGNAL"]


def idle(context, interpreter, status):
    bare, run = both(context, program_line(interpreter, "idle.py", str(status)))
    context.check.equal("bare status", os.WEXITSTATUS(bare.status), status)
    unchanged(context, bare, run)


def living(context, interpreter, name, daemons):
    bare, run = both(context, program_line(interpreter, name))
    context.check.equal("bare status", bare.status, 0)
    unchanged(context, bare, run, daemons)


def follow_none(context, interpreter):
    bare, run = both(context, crash_line(interpreter), {"FDPRELOAD_FOLLOW": "none"})
    unchanged(context, bare, run, daemons=0)


def follow(context, interpreter, value, reports):
    """A program that is not Python is watched only when it is asked for."""
    command = ["/bin/sh", "-c", "kill -SEGV $$; sleep 1"]
    bare, run = both(context, command, {"FDPRELOAD_FOLLOW": value})
    context.check.equal("bare status", os.WTERMSIG(bare.status), FAULT)
    if not reports:
        unchanged(context, bare, run, daemons=0)
        return
    check_same_death(context.check, bare, run)
    report, _ = one_report(context, run)
    if report:
        context.check.equal("python", report["python"]["implementation"], None)
        context.check.equal("cause", report["cause"]["kind"], "signal-sent")


def bad_values(context, interpreter, variable):
    """Whatever is in the environment, the program runs and dies as before."""
    living_line = program_line(interpreter, "idle.py", "3")
    setup = context.setup
    bare = setup.run(living_line, context.subdirectory("bare"), shim=False)
    dying = setup.run(crash_line(interpreter), context.subdirectory("dying"), shim=False)
    for index, value in enumerate(BAD_VALUES):
        values = {"FDPRELOAD_" + variable: value}
        what = "%s=%r" % (variable, value[:30])
        run = setup.run(living_line, context.subdirectory("living%d" % index), environment=values)
        context.check.equal(what + ": status", run.status, bare.status)
        context.check.equal(what + ": output", run.stdout, bare.stdout)
        context.check.equal(what + ": processes that stay", run.stuck, [])
        run = setup.run(crash_line(interpreter), context.subdirectory("dying%d" % index),
                        environment=values)
        context.check.equal(what + ": death", run.status, dying.status)
        context.check.equal(what + ": processes that stay", run.stuck, [])


def chosen_signals(context, interpreter):
    """FDPRELOAD_SIGNALS leaves all others alone."""
    values = {"FDPRELOAD_SIGNALS": "SEGV,BUS"}
    bare, run = both(context, crash_line(interpreter, "abort"), values)
    check_same_death(context.check, bare, run)
    context.check.equal("reports of SIGABRT", run.reports(), [])
    bare, run = both(context, crash_line(interpreter), values, name="2")
    check_same_death(context.check, bare, run)
    one_report(context, run)


def terminated(context, interpreter, number):
    """A signal that is no crash makes no report."""
    def prepare(process, output):
        wait_ready(output)
        os.kill(process.pid, number)

    run = context.setup.run(crash_line(interpreter), context.subdirectory("shim"),
                            environment={"CRASH_WAIT": "1"}, prepare=prepare)
    context.check.equal("status", os.WTERMSIG(run.status), number)
    context.check.equal("reports", run.reports(), [])
    context.check.equal("standard error", run.stderr, b"")
    check_left_behind(context.check, run)


# name, function, further arguments
ON_EACH_VERSION = [
    ("idle", idle, (0,)),
    ("children", living, ("children.py", 1)),
    ("handlers", living, ("handlers.py", 1)),
]

# On one version each, going round.
ON_ONE_VERSION = [
    ("idle-status", idle, (3,)),
    ("follow-none", follow_none, ()),
    ("follow-all-shell", follow, ("all", True)),
    ("follow-python-shell", follow, ("python", False)),
    ("chosen-signals", chosen_signals, ()),
    ("sigterm", terminated, (signal.SIGTERM,)),
    ("sigkill", terminated, (signal.SIGKILL,)),
] + [("bad-" + name.lower(), bad_values, (name,)) for name in VARIABLES]


def special(interpreters, everything):
    """Cases that not every version can run."""
    system = [one for one in interpreters if one.path.startswith("/usr/bin/")]
    cases = [Case("as-nobody/" + one.label, trouble_cases.as_nobody, (one,)) for one in system]
    cases += [Case("dump-hidden/" + one.label, dump_cases.hidden, (one,)) for one in system]
    if os.geteuid() == 0:
        cases += [Case("dropped-root/" + one.label, limit_cases.dropped_root, (one,))
                  for one in interpreters]
    if everything:
        cases += hang_cases.long_cases(interpreters)
    threaded = interpreters if everything else interpreters[-1:]
    cases += [Case("threads-1000/%s/%s" % (one.label, method), report_cases.many_threads,
                   (one, method, 1000), alone=True)
              for one in threaded for method in ("live", "served")]
    cases += [Case("exception-%s/%s" % (name.replace("_", "-"), one.label),
                   exception_cases.exception, (one, name))
              for one in interpreters for name in exception_cases.all_names(one)]
    cases += [Case("perf-%s/%s" % (kind, one.label), report_cases.perf_trampoline, (one, kind))
              for one in interpreters if one.version >= (3, 12)
              for kind in ("nested", "generator", "method")]
    return cases


def matrix(interpreters, everything):
    every = ON_EACH_VERSION + report_cases.ON_EACH_VERSION + handler_cases.ON_EACH_VERSION
    every += dump_cases.ON_EACH_VERSION + deadlock_cases.ON_EACH_VERSION
    every += through_cases.ON_EACH_VERSION + running_cases.ON_EACH_VERSION
    every += watch_cases.ON_EACH_VERSION
    every += answer_cases.ON_EACH_VERSION
    every += locals_cases.ON_EACH_VERSION
    every += hang_cases.ON_EACH_VERSION
    every += exception_cases.ON_EACH_VERSION
    every += source_cases.ON_EACH_VERSION
    single = ON_ONE_VERSION + report_cases.ON_ONE_VERSION + trouble_cases.ON_ONE_VERSION
    single += worker_cases.ON_ONE_VERSION + limit_cases.ON_ONE_VERSION
    single += daemon_cases.ON_ONE_VERSION + death_cases.ON_ONE_VERSION
    single += handler_cases.ON_ONE_VERSION + invisible_cases.ON_ONE_VERSION
    single += dump_cases.ON_ONE_VERSION + deadlock_cases.ON_ONE_VERSION
    single += through_cases.ON_ONE_VERSION + running_cases.ON_ONE_VERSION
    single += watch_cases.ON_ONE_VERSION
    single += answer_cases.ON_ONE_VERSION
    single += locals_cases.ON_ONE_VERSION
    single += hang_cases.ON_ONE_VERSION
    single += source_cases.ON_ONE_VERSION
    cases = [Case("%s/%s" % (name, one.label), function, (one, *arguments))
             for name, function, arguments in every for one in interpreters]
    cases += [Case("%s/%s" % (name, one.label), function, (one, *arguments))
              for name, function, arguments in locals_cases.WITH_NUMPY
              for one in interpreters if one.label.startswith("system-")]
    for turn, (name, function, arguments) in enumerate(single):
        chosen = interpreters if everything else [interpreters[turn % len(interpreters)]]
        cases += [Case("%s/%s" % (name, one.label), function, (one, *arguments))
                  for one in chosen]
    return cases + special(interpreters, everything)
