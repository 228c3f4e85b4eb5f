"""Arguments, taken apart by the interpreter itself.

faulthandler is written in C: what it says of a wrong argument, and in which order it
looks, is what PyArg_ParseTupleAndKeywords() does in that version.  So it is asked, with
the format that faulthandler has there, and each message is right by construction.

ctypes is imported where it is used, here and in the other modules: it costs more than
the rest of the package, and a program may import that and never use it.
"""

from fdpreload import _signatures

_SLOTS = {"O": "py_object", "i": "c_int", "p": "c_int", "n": "c_ssize_t",
          "d": "c_double"}

# From 3.15 on numbers become int in one step, and the message says so.
_SAYS_INT = _signatures.RUNNING >= (3, 15)
_TOO_LARGE = "Python int too large to convert to C int"


def _slot(parameter):
    import ctypes
    slot = getattr(ctypes, _SLOTS[parameter.letter])
    return slot() if parameter.letter == "O" else slot(parameter.default or 0)


def _value(slot):
    """What the interpreter has put there; None for an object that was not given."""
    try:
        return slot.value
    except ValueError:
        return None


def _call(function, *arguments):
    try:
        function(*arguments)
    except OverflowError as error:
        if _SAYS_INT and not str(error).endswith("ssize_t"):
            raise OverflowError(_TOO_LARGE)
        raise


def parse(signature, args, kwargs):
    """The values of the parameters of SIGNATURE that faulthandler has, in order.

    args, kwargs    as the function was called, without keywords of ours
    An object that was not given is None, numbers and flags have their default.
    Raises what faulthandler raises.
    """
    import ctypes
    slots = [_slot(one) for one in signature.parsed]
    names = [one.name.encode() for one in signature.parsed] + [None]
    _call(ctypes.pythonapi.PyArg_ParseTupleAndKeywords,
          ctypes.py_object(args), ctypes.py_object(kwargs),
          ctypes.c_char_p(signature.format().encode()),
          (ctypes.c_char_p * len(names))(*names),
          *[ctypes.byref(slot) for slot in slots])
    return [_value(slot) for slot in slots]


def parse_none(name, args, kwargs):
    """Raises TypeError, as NAME() of faulthandler does, if it is given anything."""
    if kwargs:
        raise TypeError("%s%s() takes no keyword arguments" % (_signatures.PREFIX, name))
    if args:
        raise TypeError("%s%s() takes no arguments (%d given)"
                        % (_signatures.PREFIX, name, len(args)))


def parse_one_int(name, args, kwargs):
    """The C int that NAME() was given, whose only argument has no name."""
    import ctypes
    running = _signatures.RUNNING
    if kwargs and running >= (3, 13):
        raise TypeError("%s%s() takes no keyword arguments"
                        % ("faulthandler." if running >= (3, 15) else "", name))
    if len(args) != 1 and running >= (3, 15):
        raise TypeError("faulthandler.%s() takes exactly one argument (%d given)"
                        % (name, len(args)))
    number = ctypes.c_int()
    _call(ctypes.pythonapi.PyArg_ParseTuple, ctypes.py_object(args),
          ctypes.c_char_p(("i:" + name).encode()), ctypes.byref(number))
    return number.value
