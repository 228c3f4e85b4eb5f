"""The cells: way x arrangement x place, and more of the world around them."""

import dataclasses
import os

import compare
import execute
import expect
from pool import Case


# The wait status of the program when it is itself at fault (EXIT_TROUBLE).
TROUBLE = 1 << 8


@dataclasses.dataclass
class Cell:
    way: object
    arrangement: object
    place: object
    # Words for the program behind the place.
    options: tuple = ()
    # What execute() takes besides the command.
    around: dict = dataclasses.field(default_factory=dict)
    # Of the name: what is around it.
    world: str = ""
    repeat: int = 1
    # What has to be there; raises Skip.
    needs: object = None

    # The file of the program's handlers, and whether that has no symbols.
    module = "die"
    stripped = False
    # Of the one difference that is meant and can be seen, see stack_of_ours():
    # what is on standard error then.
    reaches_more = None

    @property
    def name(self):
        words = [self.way.name, self.arrangement.name, self.place.name, *self.options]
        return "/".join(words + ([self.world] if self.world else []))

    @property
    def pending(self):
        return next((option.split("=")[1] for option in self.options
                     if option.startswith("pending=")), None)

    def command(self, setup, *more):
        program = os.path.join(setup.extensions, "deaths", "die")
        return [program, self.way.name, self.arrangement.name, self.place.name,
                *self.options, *more]


def stack_of_ours(cell):
    """
    The one difference that is meant: where a handler asks for an alternate
    stack and there is none, it has the shim's.  Then the overflow reaches it,
    as it would in a program that has one.
    """
    return "overflow" in cell.way and "onstack" in cell.arrangement \
        and "altstack" not in cell.arrangement


def settled(cell):
    """
    A process that nobody reports for but the daemon has to be known to that:
    it waits until it is.  All others may be quicker than the daemon starts.
    """
    if not expect.unseen(cell) or "init" in cell.world:
        return cell.around
    more = dict(cell.around.get("more", {}), DIE_SETTLED="1")
    return dict(cell.around, more=more)


def bare_run(context, cell):
    line = cell.command(context.setup, *["altstack=65536"] * stack_of_ours(cell))
    return execute.execute(context, "bare", line, shim=False, **settled(cell))


def shim_run(context, cell, number):
    # As long as in the bare run: it lies on the stack.
    line = cell.command(context.setup, *["nothing_=65536"] * stack_of_ours(cell))
    return execute.execute(context, "shim" if number == 0 else "sh%02d" % number, line,
                           shim=True, **settled(cell))


def run(context, cell):
    check = context.check
    if cell.needs:
        cell.needs()
    bare = bare_run(context, cell)
    check.equal("bare: reports", bare.reports, [])
    check.true("bare: the program is in trouble: " + bare.stderr, bare.death.raw != TROUBLE)
    victim = bare.victim(cell.place)
    expected = expect.report(cell, victim)
    for number in range(cell.repeat):
        shim = shim_run(context, cell, number)
        compare.same_end(check, cell, bare, shim)
        if expected.kind and expect.fills_its_stack(cell) and not compare.is_crash(shim):
            expected = expect.death(cell, victim.signal)
        compare.reports(check, cell, expected, shim)
        check.equal("processes that stay", shim.stuck, [])


def run_bare(context, cell):
    """Without the shim, twice: what differs then says nothing about it."""
    if cell.needs:
        cell.needs()
    bare = bare_run(context, cell)
    second = execute.execute(context, "shim", cell.command(context.setup), shim=False,
                             **cell.around) if not stack_of_ours(cell) else None
    context.check.true("ran", True)
    if second:
        compare.same_end(context.check, cell, bare, second)


def case(cell, function=run):
    return Case(cell.name, function, (cell,))
