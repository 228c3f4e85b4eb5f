"""The cells that are a Rust program: a handler on 8 KiB, which aborts."""

import dataclasses
import os

import tables
from cells import Cell
from check import Skip

SEGV = 11

WAY = tables.Way("overflow", "sync again overflow", SEGV, "SEGV_MAPERR")
ARRANGEMENT = tables.Arrangement("rust", "handler gives-up other onstack altstack",
                                 "signal_handler")
PLACES = [tables.Row("main", "foreign"), tables.Row("thread", "foreign thread")]


@dataclasses.dataclass
class RustCell(Cell):
    program: str = ""
    module = "rust"

    def command(self, setup, *more):
        return [self.program, self.place.name]


def everything(directory):
    program = os.path.join(directory, "rust")

    def need_compiler():
        if not os.path.exists(program):
            raise Skip("no Rust compiler when this was built")

    return [RustCell(WAY, ARRANGEMENT, place, program=program, needs=need_compiler)
            for place in PLACES]
