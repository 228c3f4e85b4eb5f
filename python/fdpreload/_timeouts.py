"""Seconds as people give them, as the microseconds that the library takes."""

import math

from fdpreload import _signatures

# FDPRELOAD_TIMEOUT_MAX, 100 years.  faulthandler takes more; nobody will see it.
LONGEST = 3155760000000000

_LLONG_MAX = 2 ** 63 - 1
_ROUND_UP = 3  # _PyTime_ROUND_TIMEOUT: away from zero


def _nanoseconds(timeout):
    """As the interpreter converts each timeout from 3.7 on; raises what it raises.

    The function is not documented; it is the only one that knows what counts as a
    number in this version, and how it is rounded.
    """
    import ctypes
    convert = getattr(ctypes.pythonapi, "_PyTime_FromSecondsObject", None)
    if convert is None:
        return int(math.ceil(float(timeout) * 1e9))
    result = ctypes.c_int64()
    convert(ctypes.byref(result), ctypes.py_object(timeout), ctypes.c_int(_ROUND_UP))
    return result.value


def _from_object(timeout):
    return -(-_nanoseconds(timeout) // 1000)


def _from_double(timeout):
    """What 3.6 does with a double: too large first, and what is left is cut off."""
    product = timeout * 1e6
    if product >= _LLONG_MAX:
        raise OverflowError("timeout value is too large")
    return int(product) if product > 0 else 0


def later(timeout):
    """Microseconds for dump_traceback_later(), 1 to LONGEST.

    timeout     what the parser of arguments gives: an int on 2.7, a float on 3.6, any
                object from 3.7 on
    Raises what faulthandler raises: ValueError, OverflowError, TypeError.
    """
    letter = _signatures.TIMEOUT
    if letter == "i":
        microseconds = timeout * 1000000
    else:
        microseconds = (_from_double if letter == "d" else _from_object)(timeout)
    if microseconds <= 0:
        raise ValueError("timeout must be greater than 0")
    return min(microseconds, LONGEST)


def at_least_zero(timeout):
    """Microseconds, 0 to LONGEST, of any real number of seconds; None is 0.

    Raises ValueError for less than 0 and for NaN, TypeError for what is no number,
    OverflowError for what no version can hold.
    """
    if timeout is None:
        return 0
    if _signatures.TIMEOUT == "O":
        microseconds = _from_object(timeout)
    else:
        # fsum(), since float() takes text too.
        microseconds = int(math.ceil(math.fsum([timeout]) * 1e6))
    if microseconds < 0:
        raise ValueError("timeout must not be less than 0")
    return min(microseconds, LONGEST)
