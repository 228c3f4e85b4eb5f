"""What a JSON report may look like, strictly: see fdpreload-report(5).

Each rule is a function of a value and a path that returns a list of
complaints.  An object has exactly the fields that are named.
"""

import re


def fits(test, what):
    def rule(value, path):
        return [] if test(value) else ["%s: %r is not %s" % (path, value, what)]
    return rule


def is_whole(value, low):
    return type(value) is int and value >= low


def matches(pattern):
    compiled = re.compile(pattern)
    return fits(lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None,
                "a string like " + pattern)


def whole(low):
    return fits(lambda value: is_whole(value, low), "an integer from %d" % low)


def constant(expected):
    return fits(lambda value: value == expected and type(value) is type(expected),
                repr(expected))


def nullable(rule):
    return lambda value, path: [] if value is None else rule(value, path)


def each(rule):
    def check(value, path):
        if not isinstance(value, list):
            return ["%s: not an array" % path]
        return [complaint for index, item in enumerate(value)
                for complaint in rule(item, "%s[%d]" % (path, index))]
    return check


def fields(**rules):
    def check(value, path):
        if not isinstance(value, dict):
            return ["%s: not an object" % path]
        complaints = ["%s.%s: missing" % (path, name) for name in rules if name not in value]
        complaints += ["%s.%s: not in the schema" % (path, name)
                       for name in value if name not in rules]
        for name, rule in rules.items():
            if name in value:
                complaints += rule(value[name], "%s.%s" % (path, name))
        return complaints
    return check


def frame(value, path):
    kind = value.get("kind") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in FRAMES:
        return ["%s.kind: %r is no kind of frame" % (path, kind)]
    return FRAMES[kind](value, path)


text = fits(lambda value: isinstance(value, str), "a string")
words = fits(lambda value: isinstance(value, str) and value != "", "a string with something in it")
boolean = fits(lambda value: isinstance(value, bool), "true or false")
number = fits(lambda value: type(value) in (int, float) and value >= 0, "a number from 0")
address = matches("0x[0-9a-f]{1,16}")
build_id = matches("[0-9a-f]{2,128}")
moment = matches(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
signal_name = matches("SIG[A-Z0-9+]+")
any_whole = fits(lambda value: type(value) is int, "an integer")

def strings(value, path):
    if not isinstance(value, dict):
        return ["%s: not an object" % path]
    return [complaint for name, item in value.items()
            for complaint in text(item, "%s.%s" % (path, name))]


CAUSES = """
null-dereference stack-overflow write-to-read-only jump-to-unmapped
jump-to-non-executable non-canonical-address unmapped-address access-denied
misaligned-access past-end-of-file memory-failure arithmetic
illegal-instruction abort forbidden-system-call trap signal-sent no-handler watchdog
deadlock heartbeat-missed gil-held busy-loop event-loop-blocked unknown
""".split()

WAITS = """
mutex gil rlock lock import-lock condition rwlock semaphore futex thread child call
""".split()

ATTACHMENTS = ("attached", "detached", "suspended", "shutting-down", "suspended-waiting",
               "detached-waiting")

HANDLER = {"address": nullable(address), "module": nullable(words), "offset": nullable(address),
           "symbol": nullable(words)}

FRAMES = {
    "python": fields(
        # Names that compile() and replace() take, and so may be empty.
        kind=constant("python"), function=nullable(text), qualname=nullable(text),
        qualname_guessed=boolean, file=nullable(text), line=nullable(whole(1)), end_line=nullable(whole(1)),
        column=nullable(whole(0)), end_column=nullable(whole(0)), source=nullable(text),
        lines=nullable(each(text)), source_changed=boolean,
        locals=nullable(each(fields(
            name=text, value=words,
            kind=fits(lambda value: value in ("argument", "local", "cell", "free"), "a kind"))))),
    "native": fields(
        kind=constant("native"), function=nullable(words), offset=nullable(whole(0)),
        pc=address, module=nullable(words), build_id=nullable(build_id),
        file=nullable(words), line=nullable(whole(1)), inlined=boolean),
    "gap": fields(
        kind=constant("gap"), bytes=nullable(whole(1)),
        resumed=fits(lambda value: value in ("anchor", "scan"), "a way")),
}

EXCEPTION = fields(
    type=nullable(words), message=nullable(text), unsaid=nullable(words),
    address=nullable(address), notes=each(text), cause=nullable(whole(0)),
    context=nullable(whole(0)), suppress_context=boolean,
    ended=nullable(boolean),
    group=nullable(fields(exceptions=each(whole(0)), more=whole(0))),
    syntax=nullable(fields(
        message=nullable(text), file=nullable(text), line=nullable(any_whole), line_text=nullable(text),
        column=nullable(any_whole), end_line=nullable(any_whole),
        end_column=nullable(any_whole), text=nullable(text))),
    frames=each(frame))

TASK = fields(
    address=address, name=nullable(text), coroutine=nullable(text), type=nullable(words),
    state=fits(lambda value: value in ("pending", "running", "cancelled", "done"), "a state"),
    must_cancel=boolean, late=boolean, loop=nullable(address), tid=nullable(whole(1)),
    future=nullable(fields(
        type=nullable(words), address=address,
        state=nullable(fits(lambda value: value in ("pending", "cancelled", "done"),
                            "a state")))),
    awaits=each(whole(0)), awaited_by=each(whole(0)), frames=each(frame))

GREENLET = fields(
    address=address, type=nullable(words), main=boolean,
    state=fits(lambda value: value in ("unstarted", "running", "suspended"), "a state"),
    function=nullable(text), parent=nullable(whole(0)), tid=nullable(whole(1)), late=boolean,
    truncated=boolean, frames=each(frame))

report = fields(
    schema=constant("fdpreload.report/1"),
    id=nullable(words),
    kind=fits(lambda value: value in ("crash", "death", "hang", "dump", "stall"), "a kind"),
    time=moment,
    process=fields(
        pid=whole(1), ppid=nullable(whole(0)), comm=nullable(text), exe=nullable(words), cmdline=nullable(words),
        cwd=nullable(words), uid=nullable(whole(0)), gid=nullable(whole(0)),
        start_time=nullable(moment), uptime_s=nullable(number), cgroup=nullable(words)),
    signal=nullable(fields(
        number=whole(1), name=nullable(signal_name), description=nullable(words),
        code=nullable(any_whole), code_name=nullable(matches("[A-Z_]+")), address=nullable(address),
        sender_pid=nullable(whole(0)), sender_uid=nullable(whole(0)), blocked=boolean)),
    died_of=nullable(fields(
        number=whole(1), name=nullable(signal_name), code=nullable(any_whole),
        code_name=nullable(matches("[A-Z_]+")))),
    handler=nullable(fields(text=words, **HANDLER)),
    foreign_handlers=each(fields(
        number=whole(1), name=nullable(signal_name),
        action=fits(lambda value: value in ("handler", "default", "ignore"), "an action"),
        **HANDLER)),
    cause=nullable(fields(
        kind=fits(lambda value: value in CAUSES, "a known cause"), text=words)),
    watch=nullable(fields(
        looks=whole(2), seconds=number, tid=whole(1), evidence=each(words),
        threads=each(fields(tid=whole(1), changes=whole(0), run_s=number)))),
    annotations=strings,
    python=fields(
        implementation=nullable(constant("CPython")),
        version=nullable(matches(r"\d+\.\d+(\.\d+\S*)?")), free_threaded=nullable(boolean),
        gil_holder_tid=nullable(whole(1)),
        gc_collecting=nullable(boolean), finalizing=nullable(boolean),
        foreign_threads=nullable(whole(0)),
        extensions=nullable(each(fields(name=text, file=text)))),
    capture=fields(
        method=fits(lambda value: value in (
            "live", "served", "frame", "replay", "none", "nonblocking"), "a method"),
        hold_ms=nullable(number), complete=boolean, missing=each(words)),
    deadlocks=each(fields(threads=each(whole(1)))),
    threads=each(fields(
        tid=nullable(whole(1)), name=nullable(text), crashed=boolean, holds_gil=nullable(boolean),
        python_thread=nullable(boolean), python_name=nullable(text), daemon=nullable(boolean),
        python_state=nullable(fits(lambda value: value in ATTACHMENTS, "a state")),
        collecting_garbage=nullable(boolean), importing=each(text),
        waits=nullable(fields(
            kind=fits(lambda value: value in WAITS, "a kind of wait"), text=words,
            address=nullable(address), owner_tid=nullable(whole(1)), owner_name=nullable(text))),
        watch=nullable(fields(
            unmoved_dumps=whole(1), unmoved_s=number, cpu_s=nullable(number),
            unmoved_frames=nullable(whole(0)))),
        interpreters=each(whole(0)),
        merging=fields(
            by=nullable(fits(lambda value: value in ("address", "count"), "a way")),
            evaluations=whole(0), unmatched=whole(0), gaps=whole(0), guessed=boolean),
        frames=each(frame),
        raised=nullable(whole(0)), handled=each(whole(0)), exceptions=each(EXCEPTION))),
    tasks=each(TASK),
    task_cycles=each(fields(tasks=each(whole(0)))),
    greenlets=each(GREENLET),
    registers=nullable(lambda value, path: registers(value, path)),
    code_bytes=nullable(matches("([0-9a-f]{2}){1,16}")),
    modules=each(fields(
        path=words, build_id=nullable(build_id), start=address, end=address, bias=address,
        interpreter=boolean)),
)


def registers(value, path):
    if not isinstance(value, dict):
        return ["%s: not an object" % path]
    return [complaint for name, item in value.items()
            for complaint in address(item, "%s.%s" % (path, name))]


def whole_death(value):
    """Of a process that nobody has seen die."""
    unknown = [value["signal"]["code"], value["signal"]["address"], value["died_of"]["code"],
               value["registers"], value["handler"]]
    complaints = []
    if value["threads"] or value["modules"] or unknown != [None] * len(unknown):
        complaints.append("more is known than anybody can know")
    if value["cause"]["kind"] != "no-handler" or value["capture"]["method"] != "none":
        complaints.append("a death that a handler has seen")
    return complaints


def whole_deadlocks(value):
    """Each waits for the next, and they are the first but for the crashed one."""
    threads = {thread["tid"]: thread for thread in value["threads"]}
    tids = [tid for circle in value["deadlocks"] for tid in circle["threads"]]
    complaints = []
    for circle in value["deadlocks"]:
        members = circle["threads"]
        for tid, after in zip(members, members[1:] + members[:1]):
            if tid not in threads or (threads[tid]["waits"] or {}).get("owner_tid") != after:
                complaints.append("thread %d of a deadlock does not wait for %d" % (tid, after))
    first = {thread["tid"] for thread in value["threads"][:len(tids) + 1]}
    if len(set(tids)) != len(tids) or not set(tids) <= first:
        complaints.append("threads of deadlocks are not the first")
    return complaints


DEADLY = ("signal", "died_of")
LIVING = ("dump", "stall")
HANGS = ("deadlock", "gil-held", "busy-loop", "event-loop-blocked")


def whole_dump(value):
    """Of a process that lives: nobody has crashed, and of nothing."""
    complaints = ["%s of a process that lives" % name
                  for name in (*DEADLY, "registers", "handler") if value[name] is not None]
    stored = value["kind"] != "dump"
    locked = bool(value["deadlocks"])
    if (value["id"] is not None) != stored or (value["cause"] is not None) != (stored or locked):
        complaints.append("a stall without name or cause, or a dump that has one")
    if not stored and locked and (value["cause"] or {}).get("kind") != "deadlock":
        complaints.append("a deadlock is not the cause of a dump")
    if any(thread["crashed"] for thread in value["threads"]) or value["foreign_handlers"]:
        complaints.append("something has crashed")
    return complaints


def whole_hang(value):
    """Of a process that lives, and has been watched."""
    watch = value["watch"]
    complaints = []
    if value["cause"]["kind"] not in HANGS:
        complaints.append("%s is no way to hang" % value["cause"]["kind"])
    if not watch["threads"] or watch["threads"][0]["tid"] != watch["tid"]:
        complaints.append("what hangs is not the first thread that was looked at")
    if any(thread["changes"] >= watch["looks"] for thread in watch["threads"]):
        complaints.append("more changes than looks")
    return complaints


def lives(value):
    return value["kind"] in LIVING or value["watch"] is not None


def whole_report(value):
    """What the rules for single fields cannot say."""
    complaints = []
    capture = value["capture"]
    if value["watch"] is not None and value["kind"] != "hang":
        complaints.append("a %s that was seen by a watcher" % value["kind"])
    if capture["complete"] != (capture["missing"] == []):
        complaints.append("capture.complete and capture.missing contradict each other")
    if not lives(value) and \
            None in [value[name] for name in (*DEADLY, "cause", "id")]:
        return complaints + ["a death without signal, cause or name"]
    if lives(value):
        complaints += whole_dump(value)
        if value["watch"] is not None and not complaints:
            complaints += whole_hang(value)
    elif value["kind"] == "death":
        complaints += whole_death(value)
    elif [thread["crashed"] for thread in value["threads"]] != \
            [True] + [False] * (len(value["threads"]) - 1):
        complaints.append("not exactly the first thread has crashed")
    elif None in (value["signal"]["code"], value["died_of"]["code"]):
        complaints.append("a signal that was seen has no code")
    complaints += whole_deadlocks(value)
    tids = [thread["tid"] for thread in value["threads"] if thread["tid"] is not None]
    if len(set(tids)) != len(tids):
        complaints.append("a thread is there twice")
    for foreign in value["foreign_handlers"]:
        if (foreign["action"] == "handler") != (foreign["address"] is not None):
            complaints.append("an address and no handler, or the other way round")
    if not lives(value) and value["handler"] is None and \
            value["died_of"]["number"] != value["signal"]["number"]:
        complaints.append("two signals, and no handler that had the first")
    for module in value["modules"]:
        if int(module["start"], 16) >= int(module["end"], 16):
            complaints.append("module %s has no size" % module["path"])
    return complaints


def complaints(value):
    """Why VALUE is no report; an empty list if it is one."""
    return report(value, "report") or whole_report(value)
