"""Ways to die x places x interpreters x ways to capture."""

import functools
import json
import os
import re
import signal
import stat
import subprocess

import corefile
import kinds
import schema
import stacks
from pool import Case

CRASH = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                     "crashers", "crash.py")
STEM = re.compile(r"\d{8}T\d{6}\.\d{6}Z-[A-Za-z0-9._-]+-(\d+)\.(txt|json)")
DAEMON_LOG = "fdpreloadd.log"
METHODS = {"live": None, "served": "served"}
SI_NAMES = {"SI_USER": 0, "SI_QUEUE": -1, "SI_TKILL": -6, "SI_KERNEL": 0x80, "SEGV_MAPERR": 1,
            "SEGV_ACCERR": 2, "BUS_ADRALN": 1, "BUS_ADRERR": 2, "FPE_INTDIV": 1,
            "ILL_ILLOPN": 2, "SYS_SECCOMP": 1}
BYSTANDERS = 2


def command(interpreter, one, place, *more):
    return [interpreter.path, CRASH, one.name, place, *map(str, more)]


@functools.lru_cache(maxsize=None)
def extension_lines(path, extensions):
    """The HERE() table, from any interpreter."""
    environment = {"PYTHONPATH": extensions, "PYTHONDONTWRITEBYTECODE": "1"}
    answer = subprocess.run([path, CRASH, "--list"], stdout=subprocess.PIPE, check=True,
                            env=environment)
    return tuple(tuple(row) for row in json.loads(answer.stdout)["lines"])


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def signal_of(status):
    """For people: "SIGSEGV (core)"."""
    if os.WIFSIGNALED(status):
        return "%s%s" % (signal.Signals(os.WTERMSIG(status)).name,
                         " (core)" if os.WCOREDUMP(status) else "")
    return "exit %d" % os.WEXITSTATUS(status)


def check_bare(check, one, run):
    """The crasher itself does what its name says."""
    died = run.stdout.decode().split("\n")[1].split()[1:] if "child" in one.flags else None
    if died:
        check.equal("bare child's signal", int(died[0]), getattr(signal, one.signal))
    else:
        check.equal("bare signal", signal_of(run.status).split()[0], one.signal)
    if not corefile.written_to_cwd() or not check.equal("bare core files", run.cores, ["core"]):
        return
    check.equal("bare signal in the core", run.siginfo.signal, getattr(signal, one.signal))
    if one.code:
        check.equal("bare si_code in the core", run.siginfo.code, SI_NAMES[one.code])
    if one.address is not None:
        check.equal("bare si_addr in the core", hex(run.siginfo.address), hex(one.address))


def check_same_death(check, bare, run):
    check.equal("wait status", signal_of(run.status), signal_of(bare.status))
    check.equal("raw wait status", run.status, bare.status)
    check.equal("core files", run.cores, bare.cores)
    if run.siginfo and bare.siginfo:
        check.equal("siginfo in the core", run.siginfo[:2], bare.siginfo[:2])
    check.equal("standard output", run.stdout, bare.stdout)


def check_left_behind(check, run, daemons=1, at_most=None):
    """DAEMONS of them, or up to AT_MOST where it depends on who was faster."""
    check.equal("processes that stay", run.stuck, [])
    found = len(run.daemons())
    check.true("daemons: %d, expected %d" % (found, daemons),
               daemons <= found <= (at_most or daemons))
    for orphan in run.orphans:
        check.equal("status of %s" % orphan.comm, signal_of(orphan.status), "exit 0")


def find_reports(check, run, pid, count=1, logged=False):
    """[(JSON path, text path)]; complains about anything else.

    The daemon writes a log of its own only when it is in trouble (LOGGED).
    """
    found = [name for name in run.reports() if not (logged and name == DAEMON_LOG)]
    names = [STEM.fullmatch(name) for name in found]
    check.equal("report files", sorted(match.group(2) if match else name
                                       for name, match in zip(found, names)),
                ["json"] * count + ["txt"] * count)
    for name, match in zip(found, names):
        mode = stat.S_IMODE(os.stat(os.path.join(run.log, name)).st_mode)
        check.equal("mode of " + name, oct(mode), oct(0o600))
        if match and pid is not None:
            check.equal("pid in the name", int(match.group(1)), pid)
    if found:
        check.equal("mode of the directory", oct(stat.S_IMODE(os.stat(run.log).st_mode)),
                    oct(0o700))
    stems = sorted({name.rsplit(".", 1)[0] for name in found if name.endswith(".json")})
    return [tuple(os.path.join(run.log, stem + end) for end in (".json", ".txt"))
            for stem in stems]


def check_signal(check, one, report, expected, run):
    said = report["signal"]
    check.equal("signal.name", said["name"], one.signal)
    check.equal("signal.number", said["number"], int(getattr(signal, one.signal)))
    if one.code:
        check.equal("signal.code_name", said["code_name"], one.code)
        check.equal("signal.code", said["code"], SI_NAMES[one.code])
    if one.address is not None and one.code != "SI_KERNEL":
        check.equal("signal.address", said["address"], hex(one.address))
    check.equal("cause.kind", report["cause"]["kind"], one.cause)
    if one.text:
        check.contains("cause.text", report["cause"]["text"], one.text)
    sender = {"self": expected["pid"], "other": sender_of(run)}
    for flag in sender:
        if flag in one.flags:
            check.equal("signal.sender_pid", said["sender_pid"], sender[flag])
            check.equal("signal.sender_uid", said["sender_uid"], os.getuid())
    if not {"self", "other"} & set(one.flags):
        check.equal("signal.sender_pid", said["sender_pid"], None)


def sender_of(run):
    try:
        with open(os.path.join(run.directory, "cwd", "sender")) as file:
            return int(file.read())
    except OSError:
        return None


def check_process(check, one, report, expected, interpreter):
    process = report["process"]
    check.equal("process.pid", process["pid"], expected["pid"])
    check.equal("process.uid", process["uid"], os.getuid())
    check.equal("process.exe", process["exe"], os.path.realpath(interpreter.path))
    if "child" not in one.flags:
        check.equal("process.ppid", process["ppid"], os.getpid())
    check.contains("process.cmdline", process["cmdline"] or "", " %s " % one.name)
    check.equal("python.implementation", report["python"]["implementation"], "CPython")
    check.equal("python.version", (report["python"]["version"] or "").split(".")[:2],
                [str(number) for number in interpreter.version[:2]])
    check.equal("python.gc_collecting", report["python"]["gc_collecting"], "gc" in one.flags)
    check.equal("python.finalizing", report["python"]["finalizing"], False)


def check_threads(check, one, place, report, expected, rows):
    """The whole of what the program wrote down about its threads."""
    noted = {int(tid): frames for tid, frames in expected["threads"].items()}
    native = place == "native"
    threads = report["threads"]
    main = next((tid for tid in noted if tid == expected["pid"]), None)
    crashed = expected["tid"]
    if "directed" in one.flags:
        crashed = main
    check.equal("number of threads", len(threads), len(noted) + native)
    if crashed is not None:
        check.equal("crashed thread", threads[0]["tid"], crashed)
    holder = expected["tid"]
    check.equal("python.gil_holder_tid", report["python"]["gil_holder_tid"], holder)
    for thread in threads:
        tid = thread["tid"]
        what = "thread " + ("main" if tid == main else "crashed" if thread["crashed"]
                            else "other")
        check.equal(what + " holds_gil", thread["holds_gil"], tid == holder)
        stacks.native_lines(check, what, thread["frames"], rows,
                            skip_first=thread["crashed"] and one.code is None)
        check_stack(check, what, one, place, thread, tid, expected, noted.get(tid))


def check_stack(check, what, one, place, thread, tid, expected, noted):
    frames = thread["frames"]
    if tid == expected["tid"] or noted is None:
        stacks.merged(check, what, frames, kinds.whole_stack(one, place))
        if noted is None:
            check.equal(what + " name", thread["name"], "native-worker")
    elif tid == expected["pid"]:
        stacks.merged(check, what, frames, kinds.PLACES[place].main)
    if one.name == "recursion" and tid == expected["tid"]:
        frames = frames[first_outside(frames):]
    if noted is not None:
        stacks.python_frames(check, what, frames, noted, tid == expected["noted_tid"])


def first_outside(frames):
    """Where the frames end that the recursion made after the note."""
    return 1 + max((index for index, frame in enumerate(frames)
                    if frame["kind"] == "python" and frame["function"] == "recurse"), default=-1)


def check_echo(check, run, bare, report, paths):
    text = read_text(paths[1])
    error = run.stderr.decode("utf-8", "backslashreplace")
    own = re.sub(r"0x[0-9a-f]+", "0x", bare.stderr.decode("utf-8", "backslashreplace"))
    check.true("standard error does not begin as without: %r" % error[:200],
               re.sub(r"0x[0-9a-f]+", "0x", error).startswith(own))
    check.contains("echo: headline", error, text.split("\n")[0])
    check.contains("echo: cause", flat(error), flat(report["cause"]["text"]))
    check.contains("echo: path", error, paths[1])
    check.contains("text report: cause", flat(text), flat(report["cause"]["text"]))
    check.contains("text report: pid", text, str(report["process"]["pid"]))


def flat(text):
    return " ".join(text.split())


def read_text(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def drop_second_gap(frames):
    """Of 3.15, whose functions are found by a register that the tests' own do not touch: behind
    a gap it is not known, and the way from them into the interpreter is another gap."""
    gaps = [index for index, frame in enumerate(frames) if frame["kind"] == "gap"]
    if len(gaps) == 2:
        del frames[gaps[1]]
    return len(gaps)


def check_gaps(check, one, interpreter, report):
    """Where frames are missing this is said, and nowhere else."""
    thread = report["threads"][0]
    gaps = 1 if "gap" in one.flags else 0
    if gaps and interpreter.version >= (3, 15):
        gaps = drop_second_gap(thread["frames"])
    check.equal("capture.missing", report["capture"]["missing"],
                ["native frames are missing at %d place%s where the stack could not be followed "
                 "(thread %d)" % (gaps, "" if gaps == 1 else "s", thread["tid"])] if gaps else [])


def check_report(context, one, place, interpreter, method, bare, run):
    check = context.check
    expected = load(os.path.join(run.directory, "cwd", "expected.json"))
    reports = find_reports(check, run, expected["pid"])
    if len(reports) != 1:
        check.true("standard error: %r" % run.stderr[-600:], False)
        return None
    report = load(reports[0][0])
    wrong = schema.complaints(report)
    check.equal("schema", wrong, [])
    if wrong:
        return None
    check.equal("capture.method", report["capture"]["method"], method)
    check_gaps(check, one, interpreter, report)
    check_signal(check, one, report, expected, run)
    check_process(check, one, report, expected, interpreter)
    check_threads(check, one, place, report, expected,
                  extension_lines(interpreter.path, context.setup.extensions))
    check_echo(check, run, bare, report, reports[0])
    return report


def crash(context, one, place, interpreter, methods, bystanders=0, options=(), environment=None):
    """One way to die: bare, and then under the shim with each method."""
    check = context.check
    line = [interpreter.path, *options, CRASH, one.name, place, str(bystanders)]
    bare = context.setup.run(line, context.subdirectory("bare"), shim=False,
                             environment=environment)
    check_bare(check, one, bare)
    check_left_behind(check, bare, daemons=0)
    for method in methods:
        more = dict(environment or {}, FDPRELOAD_CAPTURE=METHODS[method])
        run = context.setup.run(line, context.subdirectory(method), environment=more)
        check_same_death(check, bare, run)
        check_left_behind(check, run)
        check_report(context, one, place, interpreter, method, bare, run)


def bare_matrix(interpreters):
    """The crashers alone, without the shim: do they die as they say?"""
    return [case(one, place, interpreter, None) for one in kinds.KINDS
            for place in kinds.PLACES if kinds.runs_at(one, place)
            for interpreter in interpreters if possible(one, place, interpreter)]


def matrix(interpreters, everything):
    """All kinds on all versions where they matter most; of the rest, all or a
    share that goes round the versions."""
    cases = []
    turn = 0
    for one in kinds.KINDS:
        for place in kinds.PLACES:
            if not kinds.runs_at(one, place):
                continue
            for method in METHODS:
                chosen = interpreters
                turn += 1
                if not everything and (place, method) != ("main", "live"):
                    chosen = [interpreters[turn % len(interpreters)]]
                cases += [case(one, place, interpreter, method) for interpreter in chosen
                          if possible(one, place, interpreter)]
    return cases


def case(one, place, interpreter, method):
    name = "/".join((one.name, place, interpreter.label, method or "bare"))
    others = 0 if place == "main" or "large" in one.flags else BYSTANDERS
    return Case(name, crash, (one, place, interpreter, [method] if method else [], others))


def possible(one, place, interpreter):
    """Up to 3.10 Python calls need C stack, which only pthread makes large."""
    return one.name != "python-depth" or interpreter.version >= (3, 11) or place == "pthread"
