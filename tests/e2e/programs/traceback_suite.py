"""The interpreter's own test_traceback: of each exception that it formats what traceback makes of
it, and what a dump of this process says.

    traceback_suite.py COMMAND DIRECTORY FIRST STEP

Each STEP-th from the FIRST on goes into DIRECTORY, as N.json and N.txt: which test it was, what
traceback.format_exception() says, and the dump, for which it is made the exception that this
thread handles.  Standard output says how many there were.
"""
import collections
import io
import json
import os
import re
import shlex
import sys
import traceback
import unittest

import _testcapi
from test import test_traceback

# Of one test; some make thousands, that are alike.
OF_EACH_TEST = 8

# A report shows so many exceptions of one chain; some tests make one of a thousand.
LONGEST_CHAIN = 40

# These a report shows escaped, wider than traceback does.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")

# 3.9 says so of a long chain; where it cuts depends on how deep its own caller stands.
TRUNCATED = "Chained exceptions have been truncated"

command, directory = sys.argv[1:3]
first, step = map(int, sys.argv[3:])
formatted = traceback.TracebackException


class Suite:
    """Where it stands."""
    test = None
    busy = False
    count = 0
    seen = collections.defaultdict(set)


def say(value):
    """As traceback has it when nothing of the test is in its way."""
    limit = sys.__dict__.pop("tracebacklimit", None)
    try:
        return "".join(traceback.format_exception(type(value), value, value.__traceback__))
    finally:
        if limit is not None:
            sys.tracebacklimit = limit


def dump(path):
    line = "exec %s dump %d > %s" % (shlex.quote(command), os.getpid(), shlex.quote(path))
    return os.spawnv(os.P_WAIT, "/bin/sh", ["sh", "-c", line])


def twin(value, text):
    number = Suite.count
    Suite.count += 1
    if number % step != first:
        return
    path = os.path.join(directory, str(number))
    handled = sys.exc_info()
    _testcapi.set_exc_info(type(value), value, value.__traceback__)
    try:
        status = dump(path + ".txt")
    finally:
        _testcapi.set_exc_info(*handled)
    with io.open(path + ".json", "w") as out:
        json.dump({"test": Suite.test, "expected": text, "status": status}, out)


def is_long(value):
    waiting, seen = [value], set()
    while waiting and len(seen) <= LONGEST_CHAIN:
        one = waiting.pop()
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            waiting += [one.__cause__, one.__context__]
            waiting += getattr(one, "exceptions", ())
    return len(seen) > LONGEST_CHAIN


def look(value):
    seen = Suite.seen[Suite.test]
    if len(seen) < OF_EACH_TEST and not is_long(value):
        text = say(value)
        if not (text in seen or text.startswith(TRUNCATED) or CONTROL.search(text)):
            seen.add(text)
            twin(value, text)


class Watching(formatted):
    """What is formatted is looked at, where it is an exception as it was raised."""

    def __init__(self, exc_type, exc_value, exc_traceback, *arguments, **more):
        formatted.__init__(self, exc_type, exc_value, exc_traceback, *arguments, **more)
        if not Suite.busy and isinstance(exc_value, BaseException) and (
                exc_traceback is exc_value.__traceback__):
            Suite.busy = True
            try:
                look(exc_value)
            finally:
                Suite.busy = False


class Result(unittest.TestResult):
    def startTest(self, test):
        Suite.test = test.id()
        unittest.TestResult.startTest(self, test)


traceback.TracebackException = Watching
result = Result()
unittest.defaultTestLoader.loadTestsFromModule(test_traceback).run(result)
print(json.dumps({"tests": result.testsRun, "count": Suite.count}))
