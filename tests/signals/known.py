"""The differences that are known and accepted, each with its reason.

A row says how a line of the bare run reads under the shim: what PATTERN finds is replaced
in the lines of the cases whose whole name CASE matches, by a text as re.sub() takes it or
by what a function makes of the match and the case; a line end in it is one more line, and
None takes the line out.  The result has to be there exactly, so a difference that goes
away is a failure too: take its row out.
"""

import dataclasses
import re

EVERYWHERE = ("main", "thread", "fork")

BITS = {"ILL": 0x8, "TRAP": 0x10, "ABRT": 0x20, "BUS": 0x40, "FPE": 0x80, "SEGV": 0x400,
        "SYS": 0x40000000}
FOUR = BITS["SEGV"] | BITS["BUS"] | BITS["FPE"] | BITS["ILL"]
SEVEN = "|".join(BITS)
# By the names of the causes of faults.
CAUSES = {"null": "SEGV", "missing": "BUS", "divide": "FPE", "undefined": "ILL"}

# What the kernel has for the default action: the reporter, SA_SIGINFO | SA_ONSTACK |
# SA_RESTART, all blocked but what the reporter itself may run into.
REPORTER = "elsewhere/1c000004/ffffffffbffbfa37/restorer"
# The stack that a thread has which asked for none.
OUR_STACK = "sp elsewhere size 65536 flags 0"
NO_STACK = r"sp null size 0 flags 2"


@dataclasses.dataclass
class Difference:
    name: str
    reason: str
    case: str
    pattern: str
    replacement: object
    places: tuple = EVERYWHERE


def without_four(match, case):
    """The mask of the match without the four that are not really blocked."""
    bits = int(match.group(2), 16) & ~FOUR
    return "%s%016x" % (match.group(1), bits)


def with_seven(match, case):
    """All seven are caught, but for SIGBUS, which the test ignores or sets to default."""
    default = re.search("with (defaults|both)", case)
    bits = sum(BITS.values()) & ~(0 if default else BITS["BUS"])
    return "%s%016x" % (match.group(1), bits)


def swapped(match, case):
    """Blocked where it reads as not blocked, and the other way round."""
    bit = BITS[CAUSES[case.rsplit(", ", 1)[1]]]
    return "jumped to %016x" % (int(match.group(1), 16) ^ bit)


def still_blocked(match, case):
    bit = BITS[CAUSES[case.rsplit(", ", 1)[1]]]
    return "returned to %016x" % (0x800 | (BITS["BUS"] | BITS["FPE"]) & ~bit)


def narrowed(match, case):
    """Of the four only what is blocked for real, since it was pending."""
    bits = int(match.group(3), 16)
    return "%s%016x" % (match.group(1), bits & ~(FOUR & ~BITS.get(match.group(2), 0)))


DIFFERENCES = [
    Difference("descriptor", "the channel to the daemon, above all that a program looks at",
               "start high descriptors", r"^$", "140000c "),
    Difference("kernel disposition", "a raw system call sees the reporter",
               "start kernel disposition (%s)" % SEVEN, r"^DFL/0*/0*/-$", REPORTER),
    Difference("kernel mask", "a raw system call sees that the four are not blocked",
               "kernel mask (full|segv|bus usr1|fpe|ill|four)", r"(kernel )(.{16})$",
               without_four),
    Difference("raw exec", "nobody stands in front of a raw system call",
               "(vfork, )?execve by system call of show(-static)? with .*",
               r"^(SigBlk:\t|mask )(.{16})$", without_four),
    Difference("child's SigBlk", "in an exec'd program with a shim the four are open again",
               ".* of show with (segv|four usr1|full)|posix_spawn with a mask of show with .*",
               r"^((?:got )?SigBlk:\t)(.{16})$",
               without_four, ("main",)),
    Difference("child's SigCgt", "an exec'd program has a reporter too",
               ".* of show with .*", r"^((?:got )?SigCgt:\t)0{16}$", with_seven, ("main",)),
    Difference("context's stack", "the kernel shows a handler the stack that the thread has",
               "fault .*|.* sent by .*", "^context stack %s$" % NO_STACK,
               "context stack " + OUR_STACK),
    Difference("context's mask", "the kernel shows a handler what is really blocked",
               "fault .*, mask none, others of the four before|"
               ".* sent by .*, mask none, others of the four before",
               r"^(context mask )(.{16})$", without_four),
    Difference("handler's stack", "SA_ONSTACK without a stack: now there is one",
               ".*, flags onstack, mask .*", r"runs on the thread's stack",
               "runs on another stack"),
    Difference("sigaltstack there", "the stack that it runs on cannot be given up",
               "handler of \\w+ on stack (too small|none|disable|disable of nothing|bad flags|"
               "bad flags, small)", r"disabling 0 ok", "disabling -1 EPERM"),
    Difference("jump", "siglongjmp() restores what the kernel has, and that has not changed",
               "leaving by jump over a change of the mask, .*", r"^jumped to (.{16})$", swapped),
    Difference("jump out of a wait", "what it waited with stays believed",
               "leaving by siglongjmp from .*", r"^(jumped at (\w+) to )(.{16})$", narrowed),
    Difference("changed context", "a handler's uc_sigmask goes to the kernel alone",
               "leaving by changes the mask, some blocked, .*", r"^returned to .*$",
               still_blocked),
    Difference("interrupted", "the first one of the four interrupts a call though it is blocked",
               "(read|poll|select|epoll_wait|sem_wait|sem_timedwait|waitpid|nanosleep), "
               "(SEGV|BUS), blocked", r"^.*, at its end,", "-1 EINTR, early,",
               ("main", "thread")),
    Difference("queued to a thread", "which the siginfo does not tell: it waits for the process",
               "order segv three times, thread", "^unblocked: 1$", "unblocked: 2"),
    Difference("queued to a thread, twice", "so it does not merge with the next one",
               "order segv three times, thread", "^(    SEGV .* value )1$", "\\g<1>2\n\\g<1>1"),
    Difference("queued to a thread, among others", "the same",
               "order bus and real time", "^unblocked: 3$", "unblocked: 4"),
    Difference("queued to a thread, among others, twice", "the same",
               "order bus and real time", "^(    BUS .* value )2$", "\\g<1>4\n\\g<1>2"),
    Difference("deep query", "a library that asks libc itself sees the reporter",
               "library .*", "(library(?:'s old)?) DFL/04000000/0{16}/restorer",
               r"\1 " + REPORTER),
    Difference("deep query, handler", "or the entry in front of the program's handler",
               "library .*, handler", "(library(?:'s old)?) recover/", r"\1 elsewhere/"),
    Difference("deep signal", "the same by signal()",
               "library (sets the default|ignores), .*", "^(DFL|recover)$", "elsewhere"),
    Difference("deep mask", "and that the four are not blocked",
               "library blocks, (null|divide), .*", r"^(program blocked, library )(.{16})$",
               without_four),
    Difference("deep chain", "a library that calls the handler it found calls the reporter",
               "library chains, breakpoint, default", "^(recovered, .*|chained again)$", None),
    Difference("deep chain, saved", "the same", "library and the program saves, breakpoint, default",
               "^recovered, .*$", None),
    Difference("deep chain, its end", "and the reporter's end is the signal's",
               "library and the program saves, breakpoint, default", "^ended: exit 0, status 0000$",
               "ended: killed by TRAP, status 0005"),
]

# Deaths without a report: the daemon watches what loads the shim, and a forked child that no
# handler of the shim sees dying is not known to it.
UNSEEN = re.compile(r"nested (segv in segv|segv in fpe that blocks it|fault while ignored)|"
                    r"handler ignored, (null|missing|divide|undefined)|"
                    r"library sets the default, .*")

COMPILED = [(one, re.compile(one.case), re.compile(one.pattern)) for one in DIFFERENCES]


def replace(one, pattern, case, line):
    """The line as it has to be, or None."""
    if one.replacement is None:
        return None if pattern.search(line) else line
    if isinstance(one.replacement, str):
        return pattern.sub(one.replacement, line)
    return pattern.sub(lambda match: one.replacement(match, case), line)


def apply(place, case, lines):
    """(the lines as they are under the shim, names of the differences that were applied)"""
    seen = set()
    for one, name, pattern in COMPILED:
        if place not in one.places or not name.fullmatch(case):
            continue
        changed = [replace(one, pattern, case, line) for line in lines]
        changed = [part for line in changed if line is not None for part in line.split("\n")]
        if changed != lines:
            seen.add(one.name)
            lines = changed
    return lines, seen
