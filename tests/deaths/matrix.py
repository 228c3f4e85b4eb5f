"""Which cells there are."""

import ctypes
import os
import zlib

import tables
from cells import Cell
from check import Skip

AT_MINSIGSTKSZ = 51

SCENARIOS = "scenarios.txt"

# Like the others: with these arrangements they say whether they are.
MORE_PLACES = {"fork", "_Fork", "clone", "spawn", "after-vfork", "handler", "fork-thread"}
FEW_ARRANGEMENTS = {"default", "ignored", "blocked", "returns", "exits", "jumps", "reraises",
                    "reraises-altstack", "defaults", "aborts", "raw-restores",
                    "terminate-aborts"}

# Each time another of 8 threads may be the first.
STORMS = 20
STORM_WAYS = {"null-read", "null-call", "ud2", "int3", "div", "protected", "seccomp", "abort",
              "raise-segv", "tgkill"}

SMALL_STACKS = (4096, 5000, 6144, 7168, 8192)
# The same with AVX-512, whose frames have 3376 bytes, on any processor.
SMALL_ROOMS = ("+720", "+1624", "+2768", "+3792", "+4816")
SMALL_ARRANGEMENTS = ("aborts-altstack", "raises-fpe-altstack", "reraises-altstack")

# KiB; 16 is the least there is.
THREAD_STACKS = (16, 20, 24, 32, 64, 128, 8192)

INIT_WAYS = ("null-read", "div", "int3", "seccomp", "abort", "stack-chk", "kill-self",
             "raise-trap", "raise-segv", "overflow")
PIPE_WAYS = ("null-read", "int3", "abort", "assert", "throw", "double-free", "raise-segv")
PENDING_ARRANGEMENTS = ("default", "reraises", "jumps", "returns")


def product(rows, complete):
    """The combinations that make sense: all, or those that may differ."""
    for way in rows.way.values():
        for one in rows.arrangement.values():
            for place in rows.place.values():
                if tables.impossible(way, one, place):
                    continue
                if not complete and place.name in MORE_PLACES \
                        and one.name not in FEW_ARRANGEMENTS:
                    continue
                if "storm" in place and way.name not in STORM_WAYS:
                    continue
                yield Cell(way, one, place, repeat=STORMS if "storm" in place else 1)


def select(rows, ways, arrangements, places, **more):
    for way in (rows.way[name] for name in ways):
        for one in (rows.arrangement[name] for name in arrangements):
            for place in (rows.place[name] for name in places):
                if not tables.impossible(way, one, place):
                    yield Cell(way, one, place, **more)


def need_root():
    if os.geteuid() != 0:
        raise Skip("a pid namespace needs root")


def need_small_frames(size):
    """The kernel refuses a stack on which its own frame does not fit."""
    def need():
        getauxval = ctypes.CDLL(None).getauxval
        getauxval.restype, getauxval.argtypes = ctypes.c_ulong, [ctypes.c_ulong]
        frame = getauxval(AT_MINSIGSTKSZ)
        if frame > size:
            raise Skip("a signal frame of this processor has %d bytes" % frame)
    return need


def pending(rows):
    """The signal, or another one, waits already, blocked."""
    for option in ("pending=same", "pending=other"):
        for cell in select(rows, rows.way, PENDING_ARRANGEMENTS, ("main", "thread"),
                           options=(option,)):
            if not hangs_when_blocked(cell):
                yield cell


def hangs_when_blocked(cell):
    """A signal that stays blocked ends no wait and no endless fault."""
    sent = "sync" not in cell.way and "aborts" not in cell.way
    return cell.pending == "same" and sent and (
        "waits" in cell.way or tables.elsewhere(cell.way, cell.place))


def small_stacks(rows):
    for size in SMALL_STACKS:
        yield from select(rows, ("overflow",), SMALL_ARRANGEMENTS, ("main", "thread"),
                          options=("altstack=%d" % size,), needs=need_small_frames(size))
    for room in SMALL_ROOMS:
        yield from select(rows, ("overflow",), SMALL_ARRANGEMENTS, ("main", "thread"),
                          options=("altstack=" + room,))


def thread_stacks(rows):
    for size in THREAD_STACKS:
        yield from select(rows, ("overflow", "null-read"),
                          ("default", "reraises", "reraises-altstack", "exits-altstack"),
                          ("thread",), options=("stack=%d" % size,))


def worlds(rows):
    yield from select(rows, INIT_WAYS, ("default", "reraises", "returns", "ignored"), ("main",),
                      around={"options": ("-n",)}, world="init", needs=need_root)
    yield from select(rows, ("null-read", "abort", "kill-self"), ("default", "reraises"),
                      ("main", "thread", "fork"), options=("subreaper",))
    yield from select(rows, PIPE_WAYS, ("default", "reraises", "ignored"), ("main", "thread"),
                      around={"broken_stderr": True, "more": {"FDPRELOAD_ECHO": None}},
                      world="closed-pipe")


def everything(rows, complete):
    return [*product(rows, complete), *pending(rows), *small_stacks(rows), *thread_stacks(rows),
            *worlds(rows)]


def scenarios():
    """The names of the cells that the interposition was first tried with."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), SCENARIOS)) as file:
        return [line.split()[0] for line in file if line[0] != "#"]


def absent(cells):
    """Scenarios that are no cells any more."""
    return sorted(set(scenarios()) - {cell.name for cell in cells})


def is_core(cell):
    """What is in every part, besides the scenarios: each way and each arrangement
    at least once, and one of each world."""
    way, one, place = cell.way.name, cell.arrangement.name, cell.place.name
    if "foreign" in cell.place:
        return (way, place) == ("null", "main") and one == "faulthandler"
    if cell.options or cell.world:
        return "overflow" in cell.way if one != "default" else place == "main" and way in INIT_WAYS
    if place == "thread":
        return one == "default"
    if place != "main":
        return one in ("default", "reraises") and way in ("null-read", "abort")
    return one == "default" or way in ("null-read", "abort")


def part(cells, number, of):
    """The core and one part of the others, the same for the same NUMBER."""
    first = set(scenarios())
    return [cell for cell in cells
            if cell.name in first or is_core(cell) or zlib.crc32(cell.name.encode()) % of == number % of]
