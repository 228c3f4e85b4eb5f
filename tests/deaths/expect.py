"""What the reports of a cell have to say, from how its bare run has ended."""

import collections
import signal

FAULTS = {signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGABRT,
          signal.SIGSYS, signal.SIGTRAP}

# Blocked, these stay so: the others reach the reporter all the same.
BLOCKED_FOR_REAL = {signal.SIGABRT, signal.SIGSYS, signal.SIGTRAP}

# The next crash after a jump out of a handler (way_div).
NEXT = ("SIGFPE", "FPE_INTDIV")

# kind: None for no report.  code: None for any.  handler: of which function.
Expectation = collections.namedtuple("Expectation", "kind signal code handler died_of")
NOTHING = Expectation(None, None, None, None, None)


def name_of(number):
    return signal.Signals(number).name


def unseen(cell):
    """Whether the kernel kills without asking anybody: no handler of the shim runs."""
    way, one = cell.way, cell.arrangement
    if "unseen" in one:
        return True
    if "ignored" in one:
        return "sync" in way or "internal" in way
    # abort() tries again, with SIG_DFL set where nobody sees it.
    if "restores" in one and "aborts" in way:
        return True
    if "overflow" in way and "handler" in one and "onstack" not in one:
        return True
    if cell.pending == "same" and "sync" in way:
        return True
    return "blocked" in one and "sync" in way and way.signal in BLOCKED_FOR_REAL


def fills_its_stack(cell):
    """A handler of SIGABRT that calls abort(), again and again, on a stack that ends: the
    kernel's next frame has no room, and nobody is asked; or a call of libc's leaves the
    stack before that, and the frame for its fault begins at the top.  Which it is depends
    on how large a frame is, and that on the processor."""
    return cell.way.signal == signal.SIGABRT and "other" in cell.arrangement and \
        "altstack" in cell.arrangement and "fpe" not in cell.arrangement


def death(cell, number):
    """Only a process that has spoken to the daemon is missed by it, and that of
    a container ends with its init."""
    if "fork" in cell.place or "init" in cell.world:
        return NOTHING
    return Expectation("death", name_of(number), None, None, None)


def next_crash(cell, number):
    if "raises" in cell.arrangement:
        return Expectation("crash", name_of(number), "SI_TKILL", None, name_of(number))
    return Expectation("crash", *NEXT, None, NEXT[0])


def raw_crash(cell, number):
    """A handler that was installed behind the shim: what comes after it is
    reported as it is."""
    code = code_of(cell) if "restores" in cell.arrangement else "SI_TKILL"
    return Expectation("crash", name_of(number), code, None, name_of(number))


def code_of(cell):
    """A thread's stack has a guard page, the main one ends at its limit."""
    if "overflow" in cell.way and "thread" in cell.place:
        return "SEGV_ACCERR"
    return cell.way.code


def given_up(cell, number):
    """The original fault, and the name of the handler that had it first."""
    way, one = cell.way, cell.arrangement
    return Expectation("crash", name_of(way.signal), code_of(cell), one.symbol, name_of(number))


def last_resort(number):
    """Init does not die of a signal that abort() sends: then abort() traps."""
    return Expectation("crash", name_of(number), "SI_KERNEL", None, name_of(number))


def report(cell, bare):
    """The Expectation of CELL, whose bare run ended with the death BARE."""
    number = bare.signal
    one = cell.arrangement
    if number not in FAULTS or "vfork" in cell.place:
        return NOTHING
    if "init" in cell.world and number != cell.way.signal:
        return last_resort(number)
    if unseen(cell):
        return death(cell, number)
    if "again" in one:
        return next_crash(cell, number)
    if "raw" in one or "deep" in one:
        return raw_crash(cell, number)
    if "handler" in one:
        return given_up(cell, number)
    return Expectation("crash", name_of(number), code_of(cell), None, name_of(number))
