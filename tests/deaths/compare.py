"""A run under the shim against the bare run of the same cell."""

import os
import re
import signal
import struct

import tables

# Set by the processor or the kernel on the way, not by the program: resume flag
# and interrupt flag.
EFLAGS_MASK = ~0x10200

# Of a system call's leftovers only what the calling convention keeps, and the
# arguments.  orig_rax is gone once a signal frame was returned from.
KEPT = ["rip", "rsp", "rbp", "rbx", "r12", "r13", "r14", "r15", "rax", "rdi", "rsi", "rdx"]
ALL = KEPT + ["rcx", "r8", "r9", "r10", "r11"]

# What a system call says that a signal has interrupted: to the kernel alone, or
# to a handler.  Where the reporter was called, it was a handler.
INTERRUPTED = {-number & 2 ** 64 - 1 for number in (4, 512, 513, 514, 516)}

# A handler that asks for an alternate stack where the program has none gets the
# shim's, and that is where it dies.
NO_STACK = [name for name in KEPT if name not in ("rsp", "rbp")]

# Where a thread's stack ends depends on how much of it is thread-local memory,
# and so does the state of a function that filled it.
PC_ONLY = ["rip"]

# As far from the thread pointer libc's own things are.
THREAD_LOCAL = 4096

SIGINFO_CODE = 8
SIGINFO_PID, SIGINFO_UID, SIGINFO_ADDRESS = 16, 20, 16

# Of the end of a stack: SEGV_MAPERR, SEGV_ACCERR, and SI_KERNEL where the kernel had
# no room for a signal frame.
OVERFLOWS = {1, 2, 0x80}


def registers_of(cell):
    if aborts_for_ever(cell):
        return []
    if "foreign" in cell.place:
        return PC_ONLY
    # The system call is made by whoever stands in front of libc's.
    if "masks" in cell.way:
        return []
    if "known" in cell.way and not cell.arrangement.traits & {"handler"}:
        return ALL
    if "overflow" in cell.way and cell.place.traits & {"thread", "spawn"}:
        return PC_ONLY
    if "onstack" in cell.arrangement and "altstack" not in cell.arrangement:
        return NO_STACK
    # The main thread gets it, and that has no stack of its own.
    if "onstack" in cell.arrangement and tables.elsewhere(cell.way, cell.place):
        return NO_STACK
    # Its stack begins elsewhere, and the kernel aligns signal frames.
    if "spawn" in cell.place and "handler" in cell.arrangement:
        return NO_STACK
    return KEPT


def value(number, run):
    """A register as text that does not depend on where things are."""
    core, notes = run.core, run.notes
    if number == notes.get("environ"): # main()'s third argument, kept in a register
        return "environ"
    base = notes.get("base", 0)
    stack = core.segment_of(base)
    if stack and stack[0] <= number < stack[1]:
        return "stack%+d" % (number - base)
    pointer = number - core.threads[0]["fs_base"]
    if abs(pointer) < THREAD_LOCAL:
        return "thread pointer%+d" % pointer
    if number > 64 and number in (notes.get("pid"), notes.get("tid")):
        return "its pid" if number == notes["pid"] else "its tid"
    # A new thread has in its registers what its maker had.
    if core.is_main_stack(number):
        return "main stack"
    return core.place_of(number) or hex(number)


def register(name, run):
    number = run.core.threads[0][name]
    if name == "rax" and number in INTERRUPTED:
        return "interrupted"
    if name == "eflags":
        return hex(number & EFLAGS_MASK)
    # The flags, behind a system call: 0x206 may be a pid too.
    if name == "r11" and number < 0x1000:
        return hex(number)
    # Of libc's variables, which the shim's own push away.
    if name != "rax" and number >= 2 ** 64 - THREAD_LOCAL:
        return "thread-local offset"
    return value(number, run)


def siginfo(run):
    """All of it, as text."""
    content = bytearray(run.core.siginfo)
    number, error, code = struct.unpack_from("<iii", content)
    if code > 0:
        address, = struct.unpack_from("<Q", content, SIGINFO_ADDRESS)
        struct.pack_into("<Q", content, SIGINFO_ADDRESS, 0)
        about = value(address, run)
    else:
        sender, = struct.unpack_from("<i", content, SIGINFO_PID)
        about = "from another"
        if sender == run.notes.get("pid"):
            about = "from itself"
        if code != -2: # SI_TIMER has no sender
            struct.pack_into("<i", content, SIGINFO_PID, 0)
    return "signal %d code %d errno %d %s, rest %s" % (
        number, code, error, about, bytes(content).rstrip(b"\0").hex())


def aborts_for_ever(cell):
    """A handler of SIGABRT that calls abort(), and so on, until the stack is used up."""
    return cell.way.signal == signal.SIGABRT and cell.arrangement.symbol == "handler_aborts"


def same_core(check, cell, bare, run):
    if not check.equal("core files", run.cores, bare.cores) or not bare.core:
        return
    if "storm" in cell.place: # each of them faults at an address of its own
        check.equal("signal and code in the core", run.core.siginfo[:12], bare.core.siginfo[:12])
        return
    if aborts_for_ever(cell): # in a frame of somebody's, or where the kernel puts its own
        check.equal("signal in the core", run.core.siginfo[:4], bare.core.siginfo[:4])
        for one in (run, bare):
            code, = struct.unpack_from("<i", one.core.siginfo, SIGINFO_CODE)
            check.true("code in the core: %d" % code, code in OVERFLOWS)
    elif "spawn" in cell.place and "overflow" in cell.way: # at the end of another stack
        check.equal("signal and code in the core", run.core.siginfo[:12], bare.core.siginfo[:12])
    else:
        check.equal("siginfo in the core", siginfo(run), siginfo(bare))
    check.equal("threads in the core", len(run.core.threads), len(bare.core.threads))
    check.equal("signal in NT_PRSTATUS", run.core.threads[0]["signal"],
                bare.core.threads[0]["signal"])
    check.equal("dying thread is the main one", is_main(run), is_main(bare))
    names = registers_of(cell)
    for name in names + (["eflags"] if names is ALL else []):
        check.equal(name, register(name, run), register(name, bare))


def is_main(run):
    return run.core.threads[0]["tid"] == run.notes.get("pid")


def same_end(check, cell, bare, run):
    """All that the parent, and whoever reads the output, can see."""
    check.equal("wait status", str(run.death), str(bare.death))
    check.equal("raw wait status", run.death.raw, bare.death.raw)
    check.equal("waitid", (run.death.code, run.death.status), (bare.death.code, bare.death.status))
    check.equal("standard output", run.stdout.splitlines(), bare.stdout.splitlines())
    # A spawned program has one more variable, which says where the daemon is.
    if not cell.place.traits & {"thread", "spawn"} and "base" in bare.notes:
        check.equal("address of the stack", run.notes.get("base"), bare.notes["base"])
    if "storm" not in cell.place: # several may write, how many and how far is chance
        same_error(check, cell, bare, run)
    if cell.reaches_more is None:
        same_core(check, cell, bare, run)


def same_error(check, cell, bare, run):
    # Addresses, and Rust's thread numbers.
    got, expected = (re.sub(r"0x[0-9a-f]+|\(\d+\)", "*", one.stderr).splitlines()
                     for one in (run, bare))
    if cell.reaches_more is not None:
        check.equal("bare: standard error", expected, [])
        check.contains("standard error", "\n".join(got), cell.reaches_more)
    else:
        check.equal("standard error", got, expected)


def is_crash(run):
    """A handler of the shim has run."""
    return "crash" in [report.get("kind") for report in run.reports]


def reports(check, cell, expected, run):
    """The number of reports, and what the only one says."""
    kinds = [report.get("kind") for report in run.reports]
    if not check.equal("reports", kinds, [expected.kind] if expected.kind else []) or not kinds:
        return
    report = run.reports[0]
    said = report["signal"]
    check.equal("report: signal", said["name"], expected.signal)
    if expected.kind == "death":
        return
    check.equal("report: code", said["code_name"], expected.code)
    check.equal("report: pid", report["process"]["pid"], run.notes.get("pid", run.pid))
    address(check, said, run)
    handler(check, cell, expected, report)


def address(check, said, run):
    """The address of the fault as the kernel told it to somebody else."""
    if said["code_name"] in ("SI_KERNEL", "SI_TKILL", "SI_USER", "SI_QUEUE", "SI_TIMER"):
        return
    told = None
    if run.core:
        number, _, code = struct.unpack_from("<iii", run.core.siginfo)
        if (number, code) == (said["number"], said["code"]):
            told, = struct.unpack_from("<Q", run.core.siginfo, SIGINFO_ADDRESS)
    if told is None and run.notes.get("seen-signal") == said["number"]:
        told = run.notes["seen-address"]
    if told is not None and said["name"] != "SIGSYS":
        check.equal("report: address", said["address"], hex(told))


def handler(check, cell, expected, report):
    found = report.get("handler")
    check.equal("report: a handler", bool(found), expected.handler is not None)
    if found and expected.handler:
        name = os.path.basename(found["module"] or "?")
        check.true("report: module of the handler: " + name, re.fullmatch(cell.module, name))
        # A stripped program has no names.
        if found["symbol"] or not cell.stripped:
            check.equal("report: handler", (found["symbol"] or "").rsplit("::", 1)[-1],
                        expected.handler)
    died_of = report.get("died_of")
    check.equal("report: died_of", died_of and died_of["name"], expected.died_of)
