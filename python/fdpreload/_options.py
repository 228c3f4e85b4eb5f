"""The command line of python -m fdpreload."""

import signal

from fdpreload import _timeouts

USAGE = """\
usage: python -m fdpreload [OPTIONS] FILE [ARGUMENT ...]
       python -m fdpreload [OPTIONS] -m MODULE [ARGUMENT ...]
       python -m fdpreload [OPTIONS] -c CODE [ARGUMENT ...]

Run a Python program, with the interpreter and its options that run this, so that a
crash leaves a report.

"""

_DEADLINE_MS = (100, 60000)


class Wrong(Exception):
    """The command line cannot be understood; the text says why."""


def _seconds(text):
    try:
        value = float(text)
        if 0 < value * 1e6 <= _timeouts.LONGEST:
            return text
    except ValueError:
        pass
    raise Wrong("'%s' is not a number of seconds, more than 0 and at most 100 years" % text)


def _deadline(text):
    try:
        value = float(text) * 1000
        if _DEADLINE_MS[0] <= value <= _DEADLINE_MS[1]:
            return "%d" % round(value)
    except ValueError:
        pass
    raise Wrong("'%s' is not a number of seconds from 0.1 to 60" % text)


def _directory(text):
    if not text:
        raise Wrong("the name of a directory is missing")
    return text


def _signal(text):
    name, _comma, word = text.partition(",")
    known = name.startswith("SIG") and not name.startswith("SIG_") and hasattr(signal, name)
    if known and text in (name, name + ",chain"):
        return text
    raise Wrong("'%s' is not the name of a signal, as SIGUSR1, or SIGUSR1,chain" % text)


def _one_of(*words):
    def check(text):
        if text in words:
            return text
        raise Wrong("'%s' is none of %s" % (text, ", ".join(words)))
    return check


class Option(object):
    """An option that stands for a variable.

    check   makes the value of the variable from that of the option, or raises Wrong;
            None: the option has no value, and the variable is 1
    """

    def __init__(self, name, meta, variable, check, text):
        self.name = name
        self.meta = meta
        self.variable = variable
        self.check = check
        self.text = text


OPTIONS = [
    Option("--log-dir", "DIRECTORY", "FDPRELOAD_LOG_DIR", _directory,
           "where reports go"),
    Option("--echo", "brief|full|none", "FDPRELOAD_ECHO", _one_of("brief", "full", "none"),
           "what standard error gets of a report (brief)"),
    Option("--deadline", "SECONDS", "FDPRELOAD_DEADLINE_MS", _deadline,
           "how long a crashed process is held at most, 0.1 to 60 (3)"),
    Option("--follow", "python|all|none", "FDPRELOAD_FOLLOW",
           _one_of("python", "all", "none"), "which programs are watched (python)"),
    Option("--dump-after", "SECONDS", "FDPRELOAD_DUMP_AFTER", _seconds,
           "write the stacks when so much time has passed"),
    Option("--dump-repeat", None, "FDPRELOAD_DUMP_REPEAT", None,
           "with --dump-after: and again, each time it has passed"),
    Option("--dump-exit", None, "FDPRELOAD_DUMP_EXIT", None,
           "with --dump-after: then end the program"),
    Option("--dump-signal", "SIGNAL[,chain]", "FDPRELOAD_DUMP_SIGNAL", _signal,
           "write the stacks when the signal arrives; chain: then do\n"
           "what was to be done about it before"),
    Option("--watch", "SECONDS", "FDPRELOAD_WATCH", _seconds,
           "report a program that stands still for so long"),
]

_BY_NAME = dict((one.name, one) for one in OPTIONS)
_WIDTH = 27


def help_text():
    lines = []
    for one in OPTIONS:
        head = "  %s%s" % (one.name, " " + one.meta if one.meta else "")
        texts = one.text.split("\n")
        if len(head) >= _WIDTH:
            lines.append(head)
            head = ""
        lines.append(head.ljust(_WIDTH) + texts[0])
        lines.extend(" " * _WIDTH + text for text in texts[1:])
    lines.append("  --help".ljust(_WIDTH) + "this text")
    lines.append("  --version".ljust(_WIDTH) + "the version")
    return (USAGE + "\n".join(lines) +
            "\n\nEach stands for a variable of fdpreload(7), which works without it.\n")


def _value(option, given, rest):
    """The value of OPTION: behind its =, or the next of REST, which is removed."""
    if option.check is None:
        if given is not None:
            raise Wrong("%s takes no value" % option.name)
        return "1"
    if given is None:
        if not rest:
            raise Wrong("%s needs a value: %s" % (option.name, option.meta))
        given = rest.pop(0)
    try:
        return option.check(given)
    except Wrong as error:
        raise Wrong("%s: %s" % (option.name, error))


def parse(arguments):
    """(settings, program) of the command line behind `-m fdpreload`.

    settings   the variables that the options stand for, or {"help": text} or
               {"version": ...} alone, with an empty program
    program    the rest: what the interpreter shall run
    Raises Wrong.
    """
    settings, rest = {}, list(arguments)
    while rest and rest[0].startswith("--") and rest[0] != "--":
        name, equals, given = rest.pop(0).partition("=")
        if name in ("--help", "--version") and not equals:
            return {name[2:]: True}, []
        if name not in _BY_NAME:
            raise Wrong("there is no option %s" % name)
        option = _BY_NAME[name]
        settings[option.variable] = _value(option, given if equals else None, rest)
    if rest and rest[0] == "-h":
        return {"help": True}, []
    if rest and rest[0] == "--":
        del rest[0]
    _check_program(rest)
    return settings, rest


def _check_program(program):
    if not program:
        raise Wrong("what shall be run? FILE, -m MODULE or -c CODE is missing")
    first = program[0]
    if first in ("-m", "-c"):
        if len(program) < 2:
            raise Wrong("%s needs a value" % first)
    elif first.startswith("-") and first != "-" and first[:2] not in ("-m", "-c"):
        raise Wrong("there is no option %s; options of Python come before -m fdpreload"
                    % first)
