"""How the interpreter was started."""

import sys

# Options of Python whose value may be an argument of its own.
_WITH_VALUE = "WXQ"
_LONG_WITH_VALUE = ("--check-hash-based-pycs",)


def command_line():
    """All arguments of this process, the interpreter first; empty if not to be had."""
    if hasattr(sys, "orig_argv"):
        return list(sys.orig_argv)
    try:
        with open("/proc/self/cmdline", "rb") as file:
            words = file.read().split(b"\0")[:-1]
    except (IOError, OSError):
        return []
    return words if str is bytes else [word.decode(sys.getfilesystemencoding(),
                                                   "surrogateescape") for word in words]


def _takes_next(word):
    """Whether the value of the options in WORD is the argument behind it."""
    return word[-1] in _WITH_VALUE and not any(letter in _WITH_VALUE
                                               for letter in word[1:-1])


def options(arguments):
    """The options of Python before -m in ARGUMENTS: ["-O", "-X", "dev"].

    arguments   as of command_line()
    Letters may stand together: the -I of `-Im fdpreload` is one of them.
    """
    result, rest = [], list(arguments[1:])
    while rest and rest[0].startswith("-") and len(rest[0]) > 1:
        word = rest.pop(0)
        if word.startswith("--"):
            result += [word] + (rest[:1] if word in _LONG_WITH_VALUE else [])
            rest = rest[1:] if word in _LONG_WITH_VALUE else rest
            continue
        letters = word[1:].split("W")[0].split("X")[0].split("Q")[0]
        if "m" in letters:
            before = letters.split("m")[0]
            return result + (["-" + before] if before else [])
        result.append(word)
        if _takes_next(word) and rest:
            result.append(rest.pop(0))
    # Not started with -m: by a path, or from within a program.
    return []
