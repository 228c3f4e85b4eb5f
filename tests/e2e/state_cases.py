"""What threads do for Python: a program with a thread in each state, and what it says itself."""

import json
import os
import signal
import subprocess

import interpreters
import schema
from common import one_report, program_line, wait_ready

# Of a thread without a name of its own.
UNKNOWN = "?"


def threads_of(report):
    return {thread["python_name"] or UNKNOWN: thread for thread in report["threads"]}


def check_names(context, report, noted):
    """Each is called what it calls itself; the rest is one that Python does not know."""
    check = context.check
    names = sorted(thread["python_name"] or UNKNOWN for thread in report["threads"])
    if not check.equal("names", names, sorted(noted["names"] + [UNKNOWN])):
        return False
    check.equal("foreign threads", report["python"]["foreign_threads"], 1)
    check.equal("known to Python", {name: thread["python_thread"] for name, thread in
                                    threads_of(report).items()},
                {name: name != UNKNOWN for name in noted["names"] + [UNKNOWN]})
    return True


def check_daemons(context, report, interpreter):
    found = {name: thread["daemon"] for name, thread in threads_of(report).items()}
    context.check.equal("chief", found["the chief"], False)
    context.check.equal("importer", found["importer"], True)
    context.check.equal("foreign", found[UNKNOWN], None)


def check_importing(context, report, interpreter):
    """Of a program that runs on the arguments of a frame are not sure."""
    found = {name: thread["importing"] for name, thread in threads_of(report).items()
             if thread["importing"]}
    wanted = {"importer": ["importing.within", "importing"]}
    known = report["capture"]["method"] != "nonblocking"
    context.check.equal("importing", found, wanted if known else {})


def check_collecting(context, report):
    """By the symbols of the interpreter; without them nobody is said to, since the finalizer
    has let go of the GIL."""
    check = context.check
    check.equal("gc_collecting", report["python"]["gc_collecting"], True)
    found = {name: thread["collecting_garbage"] for name, thread in threads_of(report).items()}
    functions = [frame["function"] or "" for thread in report["threads"]
                 for frame in thread["frames"] if frame["kind"] == "native"]
    if any(function.startswith(("collect", "gc_collect")) for function in functions):
        check.equal("collecting", [name for name, one in found.items() if one], ["collector"])
        check.equal("not collecting", {one for one in found.values()}, {True, False})
    else:
        check.equal("collecting", set(found.values()), {None})


def check_states(context, report, interpreter):
    """From 3.13 on; each of them has let go of what it had."""
    found = {name: thread["python_state"] for name, thread in threads_of(report).items()}
    known = interpreter.version >= (3, 13)
    context.check.equal("foreign state", found.pop(UNKNOWN), None)
    context.check.equal("states", set(found.values()), {"detached" if known else None})


def check_report(context, report, noted, interpreter):
    context.check.equal("schema", schema.complaints(report), [])
    if not check_names(context, report, noted):
        return
    check_daemons(context, report, interpreter)
    check_importing(context, report, interpreter)
    check_collecting(context, report)
    check_states(context, report, interpreter)
    context.check.equal("extensions", report["python"]["extensions"], noted["extensions"])


def check_text(context, text, noted, interpreter):
    check = context.check
    # From 3.14 on the kernel's name is the same.
    named = ', named "the chief"' if interpreter.version < (3, 14) else ""
    named += ", detached" if interpreter.name.endswith("t") else ""
    check.contains("main thread", text, '(main thread%s), ' % named)
    check.contains("foreign", text, "(unknown to Python)")
    check.contains("foreign threads", text, ", 1 thread unknown to it")
    check.contains("subclass", text, "it's mine\"")
    check.contains("importer", text, "importing importing.within)")
    for one in noted["extensions"]:
        check.contains("extension", text, "\n  %(name)s  %(file)s\n" % one)


def dump(context, pid, *options):
    answer = subprocess.run([context.setup.daemon, "--dump", str(pid), "--format", "json",
                             *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    context.check.equal("status of the command", answer.returncode, 0)
    return json.loads(answer.stdout)


def states(context, interpreter):
    """Dumps with and without native frames, one while it runs, and a crash say the same."""
    dumps = []
    extensions = "" if interpreter.name in interpreters.ALIEN else context.setup.extensions

    def prepare(process, output):
        wait_ready(output)
        dumps.append(dump(context, process.pid))
        dumps.append(dump(context, process.pid, "--no-native"))
        dumps.append(dump(context, process.pid, "--nonblocking"))
        os.kill(process.pid, signal.SIGSEGV)

    run = context.setup.run(
        program_line(interpreter, "states.py", extensions),
        context.subdirectory("run"), prepare=prepare, environment={"LC_ALL": "C.UTF-8"})
    report, text = one_report(context, run)
    noted = json.loads(run.stdout.decode().splitlines()[1])
    context.check.equal("threads", len(noted["names"]), 6)
    context.check.equal("extension", len(noted["extensions"]), 1 if extensions else 0)
    for one in dumps + [report]:
        check_report(context, one, noted, interpreter)
    check_text(context, text, noted, interpreter)


def not_imported(context, interpreter):
    """Without the module there are no names, and that is nothing to say."""
    reports = []

    def prepare(process, output):
        wait_ready(output)
        reports.append(dump(context, process.pid))
        process.kill()

    context.setup.run([interpreter.path, "-S", "-c", "import sys, os, time\n"
                       "assert 'threading' not in sys.modules\n"
                       "os.write(1, b'ready\\n')\n"
                       "time.sleep(600)\n"], context.subdirectory("run"), shim=False,
                      prepare=prepare)
    thread = reports[0]["threads"][0]
    context.check.equal("name", thread["python_name"], None)
    context.check.equal("daemon", thread["daemon"], None)
    context.check.equal("known", thread["python_thread"], True)
    context.check.equal("missing", [line for line in reports[0]["capture"]["missing"]
                                    if "exceptions" not in line], [])


ON_EVERY_VERSION = [
    ("states", states),
    ("states-not-imported", not_imported),
]
