"""Whether a difference would be seen: the comparison, on runs that are made up.

A fake takes the place of side.run().  Each row of RUNS says what the runs of
the two sides say of the tests, one character each, in the order in which
compare.py asks for them, and what has to come of it.
"""

import collections
import os
import tempfile

import compare
import junit
import side
import suites

KINDS = {".": "ok", "F": "fail", "E": "error", "s": "skip", " ": None}
UNIT = suites.Unit(collections.namedtuple("One", "label path")("0", ""), "test_x", "test_x")
TESTS = ["test.test_x.A.test_a", "test.test_x.A.test_b"]

# why, runs as (side, tests), states, equal ids (the file itself is one).
RUNS = [
    ("all is equal", ["b..", "s.."], [], 3),
    ("failing twice is equal", ["bF.", "sF."], [], 3),
    ("a failure that comes again",
     ["b..", "sF.", "b.", "sF", "b.", "sF", "b.", "sF"], ["differs"], 2),
    ("one that passes only under the shim",
     ["bF.", "s..", "bF", "s.", "bF", "s.", "bF", "s."], ["differs"], 2),
    ("a skip is no pass",
     ["b..", "s.s", "b .", "s s", "b .", "s s", "b .", "s s"], ["differs"], 2),
    ("a test that is not there",
     ["b..", "s. ", "b .", "s  ", "b .", "s  ", "b .", "s  "], ["differs"], 2),
    ("a failure now and then, of the shim only",
     ["b..", "sF.", "b.", "s.", "b.", "sF", "b.", "s."], ["differs"], 2),
    ("a failure on both sides now and then",
     ["b..", "sF.", "bF", "s."], ["unstable"], 2),
    ("a failure in company only",
     ["b..", "sF.", "b.", "s.", "b.", "s.", "b.", "s.", "b..", "sF.", "b..", "s.."],
     ["differs"], 2),
    ("a failure that never comes again",
     ["b..", "sF.", "b.", "s.", "b.", "s.", "b.", "s.", "b..", "s..", "b..", "s.."],
     ["unstable"], 2),
    ("the interpreter crashes", ["b..", "s!", "b..", "s!", "b..", "s!"], ["differs"], 0),
    ("a thread is left", ["b..", "s..w", "b..", "s..w", "b..", "s..w"], ["differs"], 2),
    ("the shim is not there", ["b..", "s..-"], ["complaint"], 3),
    ("reports where there is no shim", ["b..r", "s.."], ["complaint"], 3),
]

JUNIT = """<testsuites><testsuite>
<testcase name="test.test_x.A.test_a" time="0.5"/>
<testcase name="test.test_x.A.test_b" time="0"><failure message="Error: no"/></testcase>
<testcase name="test.test_x.A.test_c" time="0"><skipped>needs it</skipped></testcase>
<testcase name="test.test_x.A.test_c" time="0"><error message="Error: bad"/></testcase>
<testcase/></testsuite></testsuites>"""

OUTPUT = "\n".join([
    "Warning -- threading_cleanup() failed to cleanup 1 threads (count: 1)",
    "=" * 70, "FAIL: test_d (test.test_x.A) (number=1)", "-" * 70, "AssertionError: 1", "",
    "=" * 70, "FAIL: test_e (test.test_x.A.test_e)", "-" * 70, "AssertionError: 2", "",
    "-" * 70, "Ran 5 tests in 1 s"])


SPEECH = """\
test_a (test.test_x.Case) ... ok
test_b (test.test_x.Case)
What it is about. ... ok
test_c (test.test_x.Case) ... skipped 'why'
test_d (test.test_x.Case) ... FAIL
======================================================================
FAIL: test_d (test.test_x.Case)
----------------------------------------------------------------------
Traceback (most recent call last):
AssertionError
----------------------------------------------------------------------
Ran 4 tests in 0.119s
"""


def made_up(text):
    crashed = "!" in text
    tests = TESTS[:len(text.rstrip("!wr-")) - 1]
    results = {test: junit.Result(KINDS[mark], "", 0.0)
               for test, mark in zip(tests, text[1:]) if KINDS[mark]}
    verdict = "died of SIGSEGV" if crashed else "complete; thread" if "w" in text else "complete"
    reports = collections.Counter({"SIGSEGV": 1} if "r" in text else {})
    return side.Run(results, verdict, 0.0, reports, [], "-" not in text, [])


class Fake:
    def __init__(self, runs):
        self.runs = list(runs)

    def __call__(self, setup, unit, shim, directory, match=None):
        text = self.runs.pop(0)
        assert text[0] == ("s" if shim else "b"), "the other side was asked for"
        return made_up(text)


class Nothing:
    @staticmethod
    def why(interpreter, test):
        return None


def states_of(comparison):
    return [finding.state for finding in comparison.findings] + \
        ["complaint"] * len(comparison.complaints)


def check_row(runs, states, equal):
    setup = side.Setup(None, None, None, None, True, False)
    fake = side.run = Fake(runs)
    found = compare.compare(setup, Nothing, UNIT, "/nonexistent")
    got = (states_of(found), len(found.equal), fake.runs)
    return [] if got == (states, equal, []) else ["%r, not %r" % (got, (states, equal, []))]


def check_runs():
    """Complaints about compare.py."""
    complaints = []
    real = side.run
    try:
        for why, runs, states, equal in RUNS:
            complaints += ["%s: %s" % (why, text) for text in check_row(runs, states, equal)]
    except (AssertionError, IndexError) as error:
        complaints.append("%s: %r" % (why, error))
    finally:
        side.run = real
    return complaints


def check_reading():
    """Complaints about junit.py."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "junit.xml")
        with open(path, "w") as file:
            file.write(JUNIT)
        kinds = {name.rpartition(".")[2]: one.kind
                 for name, one in junit.read(path, OUTPUT).items()}
        nothing = junit.read(path + ".none", OUTPUT)
    spoken = [junit.read(path, text, True) for text in (SPEECH, SPEECH.rpartition("Ran")[0])]
    said = spoken[0] and {name.rpartition(".")[2]: one.kind for name, one in spoken[0].items()}
    if said != {"test_a": "ok", "test_b": "ok", "test_c": "skip", "test_d": "fail"} or spoken[1]:
        return ["junit.py: %r, %r" % (said, spoken[1])]
    wanted = {"test_a": "ok", "test_b": "fail", "test_c": "skip", "test_c#2": "error",
              "test_d": "fail", "test_e": "fail"}
    warnings = ["threading_cleanup() failed to cleanup N threads (count: N)"]
    return [] if kinds == wanted and nothing is None and junit.warnings(OUTPUT) == warnings \
        else ["junit.py: %r, %r, %r" % (kinds, nothing, junit.warnings(OUTPUT))]


def complaints():
    return check_runs() + check_reading()
