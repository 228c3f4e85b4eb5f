"""Both sides of one test file, test by test; what differs is run again."""

import collections
import os
import shutil

import junit
import side

# How often a test that differs is run again on each side.
AGAIN = 3
FILE_AGAIN = 2
# So many at once are one matter: then the file is run again, not each test.
MANY = 12

# One test id that is not equal at once; state: differs, unstable.
Finding = collections.namedtuple("Finding", "test state text")

# equal, both_fail: test ids; slow: (seconds, test id) of the bare side.
Comparison = collections.namedtuple(
    "Comparison", "unit equal both_fail findings complaints seconds reports slow directory")

SLOW_SECONDS = 1.0
BAD = ("fail", "error")


class Sides:
    """Runs of one unit, each in a directory of its own."""

    def __init__(self, setup, unit, directory):
        self.setup = setup
        self.unit = unit
        self.directory = directory
        self.number = 0
        self.complaints = []
        self.reports = collections.Counter()

    def run(self, shim, match=None):
        self.number += 1
        name = "%d-%s" % (self.number, "shim" if shim else "bare")
        one = side.run(self.setup, self.unit, shim, os.path.join(self.directory, name), match)
        if shim and not one.mapped:
            self.complaints.append("the shim was not loaded")
        if not shim and one.reports:
            self.complaints.append("%d reports of the bare side" % one.reports.total())
        self.complaints += ["still there after its last client: " + who for who in one.stuck]
        self.reports += one.reports
        return one

    def pair(self, match=None):
        return self.run(False, match), self.run(True, match)


def views(run, name):
    """{id: Result} of a run, with the file as a whole under NAME."""
    message = "" if run.verdict.startswith("complete") else " / ".join(run.tail)
    return {**run.results, name: junit.Result(run.verdict, message, 0.0)}


def differing(bare, shim, name):
    """Ids with different results; where one side has none but NAME's, only that."""
    if (len(bare) == 1) != (len(shim) == 1):
        return [name]
    return [test for test in {**bare, **shim}
            if bare.get(test, junit.ABSENT).kind != shim.get(test, junit.ABSENT).kind]


def tally(kinds):
    return ", ".join("%s %d of %d" % (kind, count, len(kinds))
                     for kind, count in collections.Counter(kinds).most_common())


class History:
    """The results of one test on both sides, the first run included."""

    def __init__(self, test):
        self.test = test
        self.bare = []
        self.shim = []

    def add(self, bare, shim):
        self.bare.append(bare.get(self.test, junit.ABSENT))
        self.shim.append(shim.get(self.test, junit.ABSENT))

    def bare_kinds(self):
        return [result.kind for result in self.bare]

    def is_stable(self):
        return len(set(self.bare_kinds())) == 1

    def came_again(self):
        """Whether a run after the first one differed too."""
        return any(result.kind != self.bare[0].kind for result in self.shim[1:])

    def is_difference(self):
        return self.is_stable() and self.came_again()

    def message(self):
        return next((one.message for one in self.shim + self.bare if one.message), "")

    def finding(self, explained=None):
        if explained:
            return Finding(self.test, "known", explained)
        shim_kinds = [result.kind for result in self.shim]
        if not self.is_difference():
            return Finding(self.test, "unstable", "bare: %s; shim: %s" % (
                tally(self.bare_kinds()), tally(shim_kinds)))
        other = [kind for kind in shim_kinds if kind != self.bare[0].kind]
        return Finding(self.test, "differs", "%s -> %s (%d of %d): %s" % (
            self.bare[0].kind, other[0], len(other), len(shim_kinds), self.message()))


def run_tests_again(sides, histories):
    """Each test alone; those that it says nothing about."""
    left = []
    for history in histories:
        for _ in range(AGAIN):
            if not history.is_stable():
                break
            bare, shim = sides.pair(history.test)
            history.add(bare.results, shim.results)
        if history.is_stable() and not history.came_again():
            left.append(history)
    return left


def run_file_again(sides, histories):
    """The whole file: what depends on the tests before, and the file's own verdict."""
    name = sides.unit.name
    for _ in range(FILE_AGAIN):
        if all(not history.is_stable() for history in histories):
            return
        bare, shim = sides.pair()
        for history in histories:
            history.add(views(bare, name), views(shim, name))


def settle(sides, histories):
    alone = [history for history in histories if junit.is_plain(history.test)
             and history.test != sides.unit.name]
    if len(alone) > MANY:
        alone = []
    rest = [history for history in histories if history not in alone]
    rest += run_tests_again(sides, alone)
    if rest:
        run_file_again(sides, rest)


def slow_of(results):
    return [(result.seconds, test) for test, result in results.items()
            if result.seconds >= SLOW_SECONDS]


def compare(setup, known, unit, directory):
    """Runs UNIT on both sides, as often as it takes."""
    sides = Sides(setup, unit, directory)
    bare_run, shim_run = sides.pair()
    bare, shim = views(bare_run, unit.name), views(shim_run, unit.name)
    histories = []
    for test in differing(bare, shim, unit.name):
        histories.append(History(test))
        histories[-1].add(bare, shim)
    reasons = {one.test: known.why(unit.interpreter, one.test) for one in histories}
    settle(sides, [one for one in histories if not reasons[one.test]])
    equal = [test for test in bare if test in shim and test not in reasons]
    if not histories and not setup.keep:
        shutil.rmtree(directory, ignore_errors=True)
    return Comparison(unit, equal, [test for test in equal if bare[test].kind in BAD],
                      [one.finding(reasons[one.test]) for one in histories],
                      sides.complaints, (bare_run.seconds, shim_run.seconds), sides.reports,
                      slow_of(bare), directory)
