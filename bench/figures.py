"""Figures of a comparison: medians, intervals, and the verdict on a target.

A measurement is a list of rounds; in each the ways (see ways.py) have been
measured once, shortly after each other, so what disturbs one disturbs all.  What
is compared is always the two values of one round.
"""

import dataclasses
import math
import statistics

CONTROL = ("again", "without")


@dataclasses.dataclass
class Target:
    """RATIO or DIFFERENCE (in seconds) over the empty library, at most."""
    ratio: float = None
    difference: float = None

    def of(self, rounds, way, base):
        if self.difference is None:
            return [one[way] / one[base] for one in rounds]
        return [one[way] - one[base] for one in rounds]

    @property
    def limit(self):
        return self.ratio if self.difference is None else self.difference

    def show(self, value):
        if self.difference is None:
            return "%.3f" % value
        return time(value, sign="+" if value >= 0 else "-")


RATIO = Target()
DIFFERENCE = Target(difference=math.inf)


def interval(values):
    """The 95 % interval of the median, by order statistics."""
    ordered = sorted(values)
    reach = int(len(ordered) / 2 - 0.98 * math.sqrt(len(ordered)))
    reach = max(reach, 0)
    return ordered[reach], ordered[len(ordered) - 1 - reach]


def verdict(low, high, limit):
    if limit is None or math.isinf(limit):
        return ""
    if high <= limit:
        return "ok"
    return "OVER" if low > limit else "ok?"


def time(seconds, sign=""):
    value = abs(seconds)
    sign = sign or ("-" if seconds < 0 else "")
    for unit, size in (("s", 1), ("ms", 1e-3), ("us", 1e-6)):
        if value >= size:
            return "%s%.3g %s" % (sign, value / size, unit)
    return "%s%.3g ns" % (sign, value * 1e9)


ROW = "  %-40s %8s %8s %8s  %-25s %-9s %-5s%s"


def heading(title):
    print("\n%s" % title)
    print(ROW % ("", "without", "empty", "shim", "shim over empty, 95 %", "at most", "", "noise"),
          flush=True)


def compare(label, rounds, target=RATIO, way="shim", base="empty"):
    """One row: the medians, WAY over BASE, what it may be, and the noise.

    The noise is the interval of the same comparison between two series that
    are both without anything: what lies within it has not been measured.
    """
    medians = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
    values = target.of(rounds, way, base)
    low, high = interval(values)
    noise = interval(target.of(rounds, *CONTROL))
    limit = target.limit
    shown = "" if limit is None or math.isinf(limit) else target.show(limit)
    print(ROW % (label, time(medians["without"]), time(medians[base]), time(medians[way]),
                 "%s [%s, %s]" % tuple(map(target.show,
                                           (statistics.median(values), low, high))),
                 shown, verdict(low, high, limit),
                 "%s..%s" % tuple(map(target.show, noise))), flush=True)


def note(text):
    print("  %s" % text, flush=True)
