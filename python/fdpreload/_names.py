"""Text of the caller's, as the bytes that the library takes."""

from fdpreload import _library

_TEXT = (str, type(u""))


def _encoded(text):
    return text if isinstance(text, bytes) else text.encode("utf-8", "backslashreplace")


def text(what, value, longest):
    """VALUE in UTF-8.  Raises TypeError if it is no str, ValueError if it is longer
    than LONGEST bytes or has a NUL in it.  WHAT is its name in the message."""
    if not isinstance(value, _TEXT):
        raise TypeError("%s must be str, not %s" % (what, type(value).__name__))
    data = _encoded(value)
    if b"\0" in data:
        raise ValueError("%s must not have a null character in it" % what)
    if len(data) > longest:
        raise ValueError("%s is %d bytes long, at most %d are possible: shorten it"
                         % (what, len(data), longest))
    return data


def name(what, value):
    """The same for a name, which may not be empty either."""
    data = text(what, value, _library.NAME_MAX)
    if not data:
        raise ValueError("%s must not be empty" % what)
    return data


def timer(value):
    """A name of a timer; None, or an empty one, is the one that faulthandler has."""
    return text("name", value, _library.NAME_MAX) if value else None
