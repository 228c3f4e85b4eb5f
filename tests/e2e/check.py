"""Collecting what is wrong with one case."""

import difflib

# Of one difference, so that a wrong stack of 100,000 frames stays readable.
DIFF_LINES = 24
VALUE_CHARACTERS = 600


def short(value):
    text = repr(value)
    if len(text) <= VALUE_CHARACTERS:
        return text
    return text[:VALUE_CHARACTERS] + "... (%d characters)" % len(text)


def difference(got, expected):
    lines = list(difflib.unified_diff([str(item) for item in expected],
                                      [str(item) for item in got],
                                      "expected", "got", lineterm="", n=2))[2:]
    if len(lines) > DIFF_LINES:
        lines[DIFF_LINES:] = ["... %d more lines" % (len(lines) - DIFF_LINES)]
    return "".join("\n        " + line for line in lines)


class Skip(Exception):
    """The means for this case are missing; the text says which."""


class Check:
    def __init__(self):
        self.problems = []
        self.count = 0

    def true(self, what, condition):
        self.count += 1
        if not condition:
            self.problems.append(what)
        return bool(condition)

    def equal(self, what, got, expected):
        if isinstance(got, list) and isinstance(expected, list) and len(got) + len(expected) > 2:
            return self.true("%s differ:%s" % (what, difference(got, expected)), got == expected)
        return self.true("%s: %s, expected %s" % (what, short(got), short(expected)),
                         got == expected)

    def contains(self, what, whole, part):
        return self.true("%s: %s is not in %s" % (what, short(part), short(whole)),
                         part in whole)
