"""The command line of python -m fdpreload; its options are those of `fdpreload run`."""

import os
import re

from fdpreload import _timeouts

USAGE = """\
usage: python -m fdpreload [OPTIONS] FILE [ARGUMENT ...]
       python -m fdpreload [OPTIONS] -m MODULE [ARGUMENT ...]
       python -m fdpreload [OPTIONS] -c CODE [ARGUMENT ...]

Run a Python program, with the interpreter and its options that run this, so that a
crash leaves a report.

"""

_DEADLINE_MS = (100, 60000)

# Those that are reported, and those that can be asked for a dump (proto/values.h).
REPORTED = ("SEGV", "BUS", "FPE", "ILL", "ABRT", "SYS", "TRAP")
DUMPING = ("HUP INT QUIT TRAP USR1 USR2 PIPE ALRM TERM STKFLT CHLD CONT TSTP TTIN TTOU URG "
           "XCPU XFSZ VTALRM PROF WINCH IO POLL PWR SYS").split()
_FATAL_NUMBERS = (4, 6, 7, 8, 9, 11, 19)


class Wrong(Exception):
    """The command line cannot be understood; the text says why."""


def _value_check(wanted, is_good, make=str):
    """A check that refuses what IS_GOOD does not like, and says what is WANTED."""
    def check(text):
        if not is_good(text):
            raise Wrong("'%s' is not %s" % (text, wanted))
        return make(text)
    return check


def _is_seconds(text):
    # As the library reads it, which knows no exponents.
    return bool(re.match(r"(\d+\.?\d*|\.\d+)\Z", text)) and \
        1 <= float(text) * 1e6 <= _timeouts.LONGEST


def _is_deadline(text):
    return bool(re.match(r"\d{1,8}\Z", text)) and \
        _DEADLINE_MS[0] <= int(text) <= _DEADLINE_MS[1]


def _without_sig(name):
    return name[3:] if name.startswith("SIG") else name


def _is_signal_list(text):
    return all(_without_sig(name) in REPORTED for name in text.split(","))


def _is_dump_signal(text):
    name = text[:-len(",chain")] if text.endswith(",chain") else text
    if re.match(r"\d{1,2}\Z", name):
        return 1 <= int(name) <= 64 and int(name) not in _FATAL_NUMBERS
    return _without_sig(name) in DUMPING


def _is_program(text):
    return os.access(text, os.X_OK)


def _one_of(*words):
    wanted = "%s or %s" % (", ".join(words[:-1]), words[-1])
    return _value_check(wanted, lambda text: text in words)


# The reporter starts in another directory: paths are absolute.
_directory = _value_check("a directory", bool, os.path.abspath)
_file = _value_check("a file", bool, os.path.abspath)
_program = _value_check("a program that can be executed", _is_program, os.path.abspath)
_seconds = _value_check("a number of seconds such as 30 or 0.5", _is_seconds)
_deadline = _value_check("a number of milliseconds from 100 to 60000", _is_deadline)
_signals = _value_check("a list of %s, with commas" % ", ".join(REPORTED), _is_signal_list)
_dump_signal = _value_check("a signal that is free to use, such as SIGUSR1 or SIGUSR1,chain",
                            _is_dump_signal)


class Option(object):
    """An option that stands for a variable.

    check   makes the value of the variable from that of the option, or raises Wrong;
            a str: the option takes no value, and this is that of the variable
    """

    def __init__(self, name, meta, variable, check, text):
        self.name = name
        self.meta = meta
        self.variable = variable
        self.check = check
        self.text = text


OPTIONS = [
    Option("--log-dir", "DIR", "FDPRELOAD_LOG_DIR", _directory,
           "where reports go"),
    Option("--echo", "HOW", "FDPRELOAD_ECHO", _one_of("brief", "full", "none"),
           "on standard error: brief, full or none"),
    Option("--deadline", "MS", "FDPRELOAD_DEADLINE_MS", _deadline,
           "how long a crashed process is held at most"),
    Option("--follow", "WHICH", "FDPRELOAD_FOLLOW", _one_of("python", "all", "none"),
           "programs that are watched: python, all or none"),
    Option("--signals", "LIST", "FDPRELOAD_SIGNALS", _signals,
           "those to report, such as SEGV,ABRT"),
    Option("--no-children", None, "FDPRELOAD_CHILDREN", "0",
           "not the programs that the program starts"),
    Option("--save-capture", None, "FDPRELOAD_SAVE_CAPTURE", "1",
           "keep what was read of the process, too"),
    Option("--capture", "HOW", "FDPRELOAD_CAPTURE", _one_of("live", "served"),
           "how it is read: live or served"),
    Option("--locals", None, "FDPRELOAD_LOCALS", "1",
           "with the values of local variables"),
    Option("--guess-names", None, "FDPRELOAD_GUESS_NAMES", "1",
           "names with their classes, before Python 3.11 too"),
    Option("--dump-after", "SECONDS", "FDPRELOAD_DUMP_AFTER", _seconds,
           "print all stacks on standard error after that time"),
    Option("--dump-repeat", None, "FDPRELOAD_DUMP_REPEAT", "1",
           "and again each time it has passed"),
    Option("--dump-exit", None, "FDPRELOAD_DUMP_EXIT", "1",
           "and then exit with status 1"),
    Option("--dump-signal", "SIGNAL[,chain]", "FDPRELOAD_DUMP_SIGNAL", _dump_signal,
           "print them when SIGNAL comes; chain: then the program's\n"
           "own handler"),
    Option("--answer", "WHEN", "FDPRELOAD_ANSWER", _one_of("auto", "always", "never"),
           "whether it answers for its memory where nobody may trace\n"
           "it: auto, always or never"),
    Option("--watch", "SECONDS", "FDPRELOAD_WATCH", _seconds,
           "report that it hangs after that time"),
    Option("--daemon", "PATH", "FDPRELOAD_DAEMON", _program,
           "the reporter"),
    Option("--debug", "FILE", "FDPRELOAD_DEBUG", _file,
           "what shim and reporter do"),
]

_BY_NAME = dict((one.name, one) for one in OPTIONS)
_WIDTH = 24


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
    lines.append("  -h, --help".ljust(_WIDTH) + "this text")
    lines.append("  --version".ljust(_WIDTH) + "the version")
    return (USAGE + "\n".join(lines) +
            "\n\nEach stands for a variable of fdpreload(7), which works without it.\n")


def _value(option, given, rest):
    """The value of OPTION: behind its =, or the next of REST, which is removed."""
    if isinstance(option.check, str):
        if given is not None:
            raise Wrong("%s takes no value" % option.name)
        return option.check
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
