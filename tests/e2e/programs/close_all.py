"""Closes what it did not open, uses the numbers again, and crashes."""
import os
import sys

import _crashers

LAST = 1200

os.closerange(3, 65536)
if sys.argv[1] == "reuse":
    victim = os.open("victim", os.O_RDWR | os.O_CREAT, 0o600)
    for number in range(3, LAST):
        try:
            if number != victim:
                os.dup2(victim, number)
        except OSError:
            break
_crashers.die("null-read")
