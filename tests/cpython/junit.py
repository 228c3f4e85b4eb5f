"""What `python -m test -v --junit-xml` says, test by test."""

import collections
import re
import xml.etree.ElementTree as ElementTree

# kind: ok, fail, error or skip.
Result = collections.namedtuple("Result", "kind message seconds")

ABSENT = Result("absent", "", 0.0)
MESSAGE_LENGTH = 300

KINDS = {"failure": "fail", "error": "error", "skipped": "skip"}

# ERROR: test_one (test.test_os.Case) [why] (number=1), from 3.11 on with the
# method's name inside of the parentheses too.
HEADLINE = re.compile(r"^={70}\n(FAIL|ERROR): (\w+) \(([\w.]+)\)(.*)\n-{70}\n", re.MULTILINE)
# The same test while it runs, with its first line of documentation if it has one: all that
# there is of 3.6, which writes no XML.
SPOKEN = re.compile(r"^(\w+) \(([\w.]+)\)(?:\n[^\n]*)? \.\.\. (ok|FAIL|ERROR|skipped)\b(.*)$",
                    re.MULTILINE)
SPOKEN_KINDS = {"ok": "ok", "FAIL": "fail", "ERROR": "error", "skipped": "skip"}
SPOKEN_END = re.compile(r"^Ran \d+ tests? in ", re.MULTILINE)
RULE = re.compile(r"^[-=]{70}$", re.MULTILINE)

# What regrtest says about a test file that left its process different.
LEFT_BEHIND = re.compile(r"^Warning -- (.*(?:was modified by|failed to cleanup|reaped child|"
                         r"left behind).*)$", re.MULTILINE)

# Tests that no `-m` finds again: setUpClass (test.test_os.Case), doctests.
PLAIN = re.compile(r"[A-Za-z_][\w]*(\.[A-Za-z_]\w*)+")


def shortened(text):
    text = " ".join(text.split())
    return text if len(text) <= MESSAGE_LENGTH else text[:MESSAGE_LENGTH - 3] + "..."


def of_element(element):
    for child in element:
        if child.tag in KINDS:
            text = child.get("message") or child.text or ""
            return Result(KINDS[child.tag], shortened(text), seconds_of(element))
    return Result("ok", "", seconds_of(element))


def seconds_of(element):
    return float(element.get("time") or 0)


def of_file(path):
    """{id: Result}, or None where regrtest did not come to write the file."""
    try:
        root = ElementTree.parse(path).getroot()
    except (OSError, ElementTree.ParseError):
        return None
    results = {}
    for element in root.iter("testcase"):
        name = element.get("name")
        if name:
            results[unique(name, results)] = of_element(element)
    return results


def unique(name, taken):
    """Two tests of one name are told apart by their order."""
    number = 1
    found = name
    while found in taken:
        number += 1
        found = "%s#%d" % (name, number)
    return found


def of_subtests(text):
    """{id: Result} of failures that only the output has: those of subtests."""
    results = {}
    for head in HEADLINE.finditer(text):
        kind, method, place, rest = head.groups()
        name = place if place.endswith("." + method) else place + "." + method
        end = RULE.search(text, head.end())
        block = text[head.end():end.start() if end else None].strip().splitlines()
        last = block[-1] if block else ""
        results[name] = Result(KINDS.get(kind.lower(), "fail"), shortened(rest + " " + last), 0.0)
    return results


def of_speech(text):
    """{id: Result} by what was said meanwhile, or None if it did not come to its end."""
    if not SPOKEN_END.search(text):
        return None
    results = {}
    for method, place, kind, rest in SPOKEN.findall(text):
        results[unique(place + "." + method, results)] = Result(
            SPOKEN_KINDS[kind], shortened(rest), 0.0)
    return results


def read(path, text, speaks=False):
    """All of one run, or None if it did not come to its end.  SPEAKS: without a file."""
    results = of_speech(text) if speaks else of_file(path)
    if results is None:
        return None
    return {**of_subtests(text), **results}


def warnings(text):
    """What a test file left different, without numbers, which never agree."""
    return sorted({re.sub(r"\d+", "N", line) for line in LEFT_BEHIND.findall(text)})


def is_plain(name):
    return PLAIN.fullmatch(name) is not None
