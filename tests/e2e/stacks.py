"""Comparing the stacks of a report with what the program wrote down."""

import collections
import functools
import linecache
import os

import kinds

EXTENSION = "_crashers.abi3.so"

# Functions without lines.
ASSEMBLY = {"without_table"}

# function, qualname, file, [line, end_line, column, end_column]
Python = collections.namedtuple("Python", "function qualname file position")


def runs(items):
    """[[count, item], ...] of equal neighbours."""
    rows = []
    for item in items:
        if rows and rows[-1][1] == item:
            rows[-1][0] += 1
        else:
            rows.append([1, item])
    return rows


def is_ours(frame):
    return (frame["kind"] == "native" and frame["module"] is not None
            and os.path.basename(frame["module"]) == EXTENSION)


def names(frames):
    """The user's frames: ["c:null_read", "py:crash", ...]."""
    return ["gap" if frame["kind"] == "gap"
            else "py:%s" % frame["function"] if frame["kind"] == "python"
            else "c:%s" % frame["function"]
            for frame in frames if frame["kind"] != "native" or is_ours(frame)]


def show(rows):
    return [name if count == 1 else "%s*%d" % (name, count) for count, name in rows]


def merged(check, what, frames, expected):
    """FRAMES against a stack in the notation of kinds.py."""
    got = names(frames)
    expected = list(expected)
    if expected[0].startswith("cycle:"):
        cycle = expected.pop(0)[len("cycle:"):].split(",")
        got = without_cycle(check, what, got, cycle)
    rows = runs(got)
    if rows and expected[0].endswith("*"):
        name = expected.pop(0)[:-1]
        check.equal(what + ": innermost function", rows[0][1], name)
        check.true(what + ": %d frames of %s" % tuple(rows[0]), rows[0][0] >= kinds.MANY)
        rows = rows[1:]
    open_names = {name[:-1] for name in expected if name.endswith("+")}
    rows = [[1, name + "+"] if name in open_names else [count, name] for count, name in rows]
    check.equal(what + ": functions", show(rows), expected)


def without_cycle(check, what, got, cycle):
    """GOT without the frames of a recursion that it begins with."""
    bare = [name.split(":", 1)[1] for name in got]
    length = next((index for index, name in enumerate(bare) if name not in cycle), len(bare))
    check.true("%s: only %d frames of the recursion" % (what, length), length >= kinds.MANY)
    for index in range(1, length):
        if bare[index] == bare[index - 1]:
            check.true("%s: %s twice in a row" % (what, bare[index]), False)
            break
    return got[length:]


@functools.lru_cache(maxsize=1)
def line_table(rows):
    table = {}
    for function, file, line in rows:
        table.setdefault(function, set()).add((file, line))
    return table


def native_lines(check, what, frames, rows, skip_first=False):
    """Each of our native frames has a line that HERE() noted."""
    table = line_table(rows)
    wrong = set()
    for index, frame in enumerate(filter(is_ours, frames)):
        if frame["function"] in ASSEMBLY:
            continue
        place = (os.path.basename(frame["file"] or "?"), frame["line"])
        if place not in table.get(frame["function"], ()) and not (skip_first and index == 0):
            wrong.add("%s at %s:%s, not one of %s" % (
                frame["function"], *place, sorted(table.get(frame["function"], ()))))
    check.equal(what + ": lines of C", sorted(wrong), [])


def python_row(frame):
    return Python(frame["function"], frame["qualname"], frame["file"],
                  [frame["line"], frame["end_line"], frame["column"], frame["end_column"]])


def noted_rows(noted):
    return [[count, Python(row["function"], row["qualname"], row["file"], row["position"])]
            for count, row in noted]


def unfold_first(rows):
    """The first frame as a row of its own."""
    if rows and rows[0][0] > 1:
        return [[1, rows[0][1]], [rows[0][0] - 1, rows[0][1]]] + rows[1:]
    return rows


def python_frames(check, what, frames, noted, died_here):
    """FRAMES' Python part against what CPython said.

    Where the thread died (DIED_HERE) the innermost frame was noted in the middle
    of its line: the same line, but not the same columns.
    """
    got = runs([python_row(frame) for frame in frames if frame["kind"] == "python"])
    expected = noted_rows(noted)
    if died_here:
        got, expected = unfold_first(got), unfold_first(expected)
        for rows in (got[:1], expected[:1]):
            for row in rows:
                row[1] = row[1]._replace(position=row[1].position[:1])
    check.equal(what + ": Python frames", rejoin(got), rejoin(expected))
    sources(check, what, frames)


def rejoin(rows):
    """As text, one row per item, neighbours counted again."""
    result = []
    for count, row in rows:
        text = "%s (%s) %s %s" % (row.function, row.qualname, row.file, row.position)
        if result and result[-1][1] == text:
            result[-1][0] += count
        else:
            result.append([count, text])
    return show(result)


def sources(check, what, frames):
    wrong = set()
    for frame in frames:
        if frame["kind"] != "python":
            continue
        expected = linecache.getline(frame["file"] or "", frame["line"] or 0).rstrip("\n") or None
        if frame["source"] != expected:
            wrong.add("%s:%s: %r, expected %r" % (
                frame["file"], frame["line"], frame["source"], expected))
    check.equal(what + ": source lines", sorted(wrong), [])
