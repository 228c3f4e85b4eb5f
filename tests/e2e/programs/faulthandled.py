"""Crashes with faulthandler on, which writes and then dies again."""
import faulthandler

import _crashers

faulthandler.enable()
_crashers.die("null-read")
