"""The cells that are Python programs, on every interpreter there is."""

import dataclasses
import os

import matrix
import tables
from cells import Cell

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs", "python.py")

SEGV, FPE, ABRT = 11, 8, 6

WAYS = [
    tables.Way("null", "sync again", SEGV, "SEGV_MAPERR"),
    tables.Way("div", "sync again", FPE, "FPE_INTDIV"),
    tables.Way("overflow", "sync again overflow", SEGV, "SEGV_MAPERR"),
    tables.Way("abort", "aborts", ABRT, "SI_TKILL"),
    tables.Way("fatal", "aborts", ABRT, "SI_TKILL"),
    tables.Way("kill", "process", SEGV, "SI_USER"),
    tables.Way("raise-fpe", "", FPE, "SI_TKILL"),
    tables.Way("getsignal", "harmless", 0, ""),
]

# From then on signal.signal() asks for an alternate stack, and brings none.
ONSTACK = (3, 10)

FAULTHANDLER = "faulthandler_fatal_error"
PYTHON = "signal_handler"

# Signals that faulthandler has; those that a Python function has.
ALL = {SEGV, FPE, ABRT}


@dataclasses.dataclass
class Setting:
    """What a Python program did about its signals, one handler for each."""
    name: str
    fatal: frozenset = frozenset()
    python: frozenset = frozenset()
    traits: str = ""
    options: tuple = ()
    # Whether faulthandler found a function in Python for SIGABRT.
    found: bool = False

    def row(self, way, place):
        """As the tables of die.c say it for one signal."""
        traits, symbol = self.traits, ""
        # Py_FatalError() puts faulthandler away before it aborts, and back what
        # faulthandler found.
        if way.name == "fatal" and self.fatal:
            if self.found:
                traits, symbol = "handler returns", PYTHON
        elif way.signal in self.fatal:
            # It brings an alternate stack, for the main thread.
            own = "" if "thread" in place.traits else " altstack"
            traits, symbol = "handler gives-up onstack" + own, FAULTHANDLER
        elif way.signal in self.python:
            traits, symbol = "handler returns", PYTHON
        return tables.Arrangement(self.name, traits, symbol)


SETTINGS = [
    Setting("default"),
    Setting("ignored", traits="ignored"),
    Setting("blocked", traits="blocked"),
    Setting("faulthandler", fatal=ALL),
    Setting("faulthandler-one", fatal=ALL),
    Setting("faulthandler-file", fatal=ALL),
    Setting("faulthandler-x", fatal=ALL, options=("-X", "faulthandler")),
    Setting("faulthandler-off"),
    Setting("faulthandler-after", fatal=ALL),
    Setting("faulthandler-undone", fatal=ALL - {SEGV}),
    Setting("faulthandler-abort", fatal=ALL - {ABRT}, python={ABRT}),
    Setting("abort-faulthandler", fatal=ALL, found=True),
    Setting("python-handler", python={ABRT, FPE}),
    Setting("python-segv", python={SEGV}),
]

PLACES = [
    tables.Row("main", "foreign"),
    tables.Row("thread", "foreign thread"),
    tables.Row("fork", "foreign child fork"),
]


@dataclasses.dataclass
class PythonCell(Cell):
    interpreter: object = None
    setting: object = None
    module = r"libpython3.*|python3.*"

    def __post_init__(self):
        self.around = dict(self.around, stack=None)
        self.world = "/".join(filter(None, [self.interpreter.label, self.world]))
        self.stripped = self.interpreter.path.startswith("/usr/bin/")
        if self.arrangement.symbol == PYTHON and self.interpreter.version >= ONSTACK:
            self.arrangement.traits.add("onstack")
        if "overflow" in self.way and "onstack" in self.arrangement \
                and "altstack" not in self.arrangement:
            silent = self.setting.name in ("faulthandler-file", "python-segv")
            self.reaches_more = "" if silent else "Fatal Python error: Segmentation fault"

    def command(self, setup, *more):
        return [self.interpreter.path, *self.setting.options, PROGRAM, self.way.name,
                self.arrangement.name, self.place.name]


def impossible(way, row, place):
    if "harmless" in way:
        return "thread" in place or "blocked" in row
    # A function in Python runs when the fault is over, which it never is.
    return tables.impossible(way, row, place)


# On every version; of the rest each on one, going round.
EVERYWHERE_WAYS = {"null", "abort", "overflow", "getsignal"}
EVERYWHERE_SETTINGS = {"default", "faulthandler", "abort-faulthandler"}


def product(interpreters, complete):
    turn = 0
    for way in WAYS:
        for setting in SETTINGS:
            for place in PLACES:
                turn += 1
                row = setting.row(way, place)
                if impossible(way, row, place):
                    continue
                everywhere = complete or way.name in EVERYWHERE_WAYS \
                    and setting.name in EVERYWHERE_SETTINGS
                chosen = interpreters if everywhere else \
                    interpreters[turn % len(interpreters):][:1]
                for one in chosen:
                    yield PythonCell(way, row, place, interpreter=one, setting=setting)


# As PID 1; after abort() faulthandler would have a second signal.
INIT = (("null", "faulthandler"), ("kill", "faulthandler"), ("getsignal", "faulthandler"),
        ("abort", "default"))


def as_init(interpreter):
    ways, settings = ({one.name: one for one in rows} for rows in (WAYS, SETTINGS))
    main = PLACES[0]
    for way, setting in INIT:
        way, setting = ways[way], settings[setting]
        yield PythonCell(way, setting.row(way, main), main, interpreter=interpreter,
                         setting=setting, around={"options": ("-n",)}, world="init",
                         needs=matrix.need_root)


def everything(interpreters, complete):
    return [*product(interpreters, complete),
            *(cell for one in interpreters for cell in as_init(one))]
