"""What fdpreload can do and faulthandler cannot."""

from fdpreload import _library, _names, _timeouts
from fdpreload._library import library


def heartbeat(name, timeout):
    """Say that something is alive, and shall be heard of again in time.

    name     of what is alive: a str of 1 to 63 bytes of UTF-8
    timeout  seconds, any real number, 100 years if it is more; None or 0: it may be
             silent

    If it is not heard of in time, a report of kind "stall" is made, once, with the
    stacks of all threads.  Raises TypeError or ValueError for wrong arguments,
    RuntimeError without libfdpreload.so, OSError if it cannot do it.
    """
    data = _names.name("name", name)
    library.heartbeat(data, _timeouts.at_least_zero(timeout))


def annotate(key, value):
    """Have a key and its value shown in reports about this process.

    key      a str of 1 to 63 bytes of UTF-8
    value    a str of at most 1023 bytes of UTF-8; None: the key is not shown any more

    There may be 64 keys; one more is OSError (ENOSPC).  Else raises as heartbeat() does.
    """
    data = _names.name("key", key)
    if value is not None:
        value = _names.text("value", value, _library.VALUE_MAX)
    library.annotate(data, value)


for _function in (heartbeat, annotate):
    _function.__module__ = "fdpreload"
