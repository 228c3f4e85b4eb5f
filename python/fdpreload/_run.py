"""Runs a program under the shim: `python -m fdpreload app.py`.

LD_PRELOAD has to be there before the program is, so the interpreter is executed again.
"""

from __future__ import print_function

import os
import sys

from fdpreload import _interpreter, _options, _places, _version

EXIT_USAGE = 2


def _wrong(text):
    print("fdpreload: %s" % text, file=sys.stderr)
    return EXIT_USAGE


def _is_usable(entry):
    """Whether ENTRY of LD_PRELOAD is a shim that ld.so(8) can load.

    It searches a name without a slash, and knows what $LIB is.
    """
    return os.path.basename(entry) == _places.LIBRARY and (
        "/" not in entry or "$" in entry or os.access(entry, os.R_OK))


def preload(library, before):
    """The value of LD_PRELOAD.

    library   the path of the shim
    before    the value that it had, or None.  What is in it stays, and comes first: a
              library that stands before sigaction(2) has to.  So does a shim in it.
    """
    there = (before or "").replace(":", " ").split()
    if any(_is_usable(path) for path in there):
        return before
    return ":".join(there + [library])


def environment(settings, library, inherited):
    """The environment of the program, from that of this one (INHERITED)."""
    result = dict(inherited)
    result["LD_PRELOAD"] = preload(library, inherited.get("LD_PRELOAD"))
    daemon = _places.daemon()
    if daemon:
        result.setdefault("FDPRELOAD_DAEMON", daemon)
    result.update(settings)
    return result


def _execute(settings, program):
    """Becomes the program; returns only if that cannot be, with the exit status."""
    library = _places.library()
    if library is None:
        return _wrong("libfdpreload.so was not found (looked for %s): install the wheel, "
                      "or run `make install`" % ", ".join(_places.candidates()))
    if any(letter in library for letter in " :"):
        return _wrong("LD_PRELOAD cannot hold a path with a space or a colon: install the "
                      "package elsewhere than %s" % os.path.dirname(library))
    if not sys.executable:
        return _wrong("Python does not know its own path (sys.executable)")
    options = _interpreter.options(_interpreter.command_line())
    try:
        os.execve(sys.executable, [sys.executable] + options + program,
                  environment(settings, library, os.environ))
    except (OSError, ValueError) as error:
        return _wrong("%s cannot be executed: %s" % (sys.executable, error))


def main(arguments):
    """The exit status; does not return if the program is run.

    arguments   those behind `-m fdpreload`
    """
    try:
        settings, program = _options.parse(arguments)
    except _options.Wrong as error:
        return _wrong("%s; see python -m fdpreload --help" % error)
    if "help" in settings:
        sys.stdout.write(_options.help_text())
        return 0
    if "version" in settings:
        print("fdpreload %s" % _version.version)
        return 0
    return _execute(settings, program)
