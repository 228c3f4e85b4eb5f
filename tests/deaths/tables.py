"""The tables of the program that dies, as it prints them, and which cells make sense."""

import collections
import signal
import subprocess


class Row:
    """A name and its traits; `"sync" in row` asks for one of them."""

    def __init__(self, name, traits, *more):
        self.name = name
        self.traits = set(traits.split())
        self.more = more

    def __contains__(self, trait):
        return trait in self.traits


class Way(Row):
    @property
    def signal(self):
        return int(self.more[0])

    @property
    def code(self):
        return self.more[1]


class Arrangement(Row):
    @property
    def symbol(self):
        return self.more[0]


KINDS = {"way": Way, "arrangement": Arrangement, "place": Row}

Tables = collections.namedtuple("Tables", "way arrangement place")


def read(program):
    rows = {kind: {} for kind in KINDS}
    answer = subprocess.run([program, "--tables"], stdout=subprocess.PIPE, check=True, text=True)
    for line in answer.stdout.splitlines():
        kind, name, *more = line.split("|")
        rows[kind][name] = KINDS[kind](name, *more)
    return Tables(**rows)


def has_room(way, arrangement):
    """Whether the handler can run: not on the stack that has overflowed."""
    return "overflow" not in way or "altstack" in arrangement


def goes_on(arrangement):
    """Whether the interrupted code is returned to."""
    return bool(arrangement.traits & {"returns", "once", "goes-on", "ignored", "blocked"})


def elsewhere(way, place):
    """Whether another thread gets the signal than the one that makes it."""
    return "process" in way and "thread" in place


# The thread does not die at once, or not this thread.
NOT_AT_ONCE = {"waits", "process", "helper", "cxx", "internal"}

# reason, (way, arrangement, place) -> bool
IMPOSSIBLE = [
    ("the instruction would fault for ever",
     lambda way, one, place: "again" in way and "returns" in one and has_room(way, one)),
    ("only C++ has a terminate handler",
     lambda way, one, place: "terminate" in one and "cxx" not in way),
    ("a vfork child may not make threads or children",
     lambda way, one, place: "vfork" in place.name and "helper" in way),
    ("nothing ends the wait",
     lambda way, one, place: "waits" in way and bool(one.traits & {"ignored", "blocked"})),
    ("nothing ends the wait of the other thread",
     lambda way, one, place: elsewhere(way, place) and goes_on(one)),
    ("the frame to return to belongs to another thread",
     lambda way, one, place: elsewhere(way, place)
     and bool(one.traits & {"jumps", "fixes", "throws"})),
    ("there is no code at the pc, so nothing to unwind",
     lambda way, one, place: "throws" in one and "nopc" in way),
    ("terminate is called again for ever",
     lambda way, one, place: "throws" in one and "cxx" in way),
    ("abort() in the child leaves abort() in the parent half done",
     lambda way, one, place: "vforked" in place and "aborts" in way),
    ("a mask of libc's, and a handler past libc",
     lambda way, one, place: "masks" in way and bool(one.traits & {"raw", "deep"})),
    ("a storm is for faults that nobody handles",
     lambda way, one, place: "storm" in place
     and (one.name != "default" or "waits" in way or "overflow" in way)),
    ("the main thread waits for nobody, and does not get what is sent",
     lambda way, one, place: "leaving" in place
     and (one.name != "default" or bool(way.traits & NOT_AT_ONCE))),
    ("the handler would call itself for ever",
     lambda way, one, place: "fpe" in one and way.signal == signal.SIGFPE),
    ("two threads could get what the handler sends",
     lambda way, one, place: "kills" in one
     and (elsewhere(way, place) or "several" in way)),
    ("what it calls is the default action, which comes first then",
     lambda way, one, place: "chains" in one and "again" not in way),
]


def impossible(way, arrangement, place):
    """Why that cell is none, or None."""
    return next((reason for reason, rule in IMPOSSIBLE if rule(way, arrangement, place)), None)
