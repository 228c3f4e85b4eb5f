"""The differences that known.txt and known_installed.txt explain."""

import fnmatch

import suites


class Known:
    def __init__(self, name):
        self.name = name
        self.rows = suites.read_table(name, 3)
        self.occurred = set()

    def why(self, interpreter, test):
        """The reason why TEST may differ, or None."""
        for row in self.rows:
            if fnmatch.fnmatchcase(interpreter.label, row[0]) \
                    and fnmatch.fnmatchcase(test, row[1]):
                return row[2]
        return None

    def note(self, interpreter, test):
        """TEST differed, as known."""
        self.occurred |= {row for row in self.rows
                          if fnmatch.fnmatchcase(interpreter.label, row[0])
                          and fnmatch.fnmatchcase(test, row[1])}

    def idle(self, compared):
        """Rows that no difference came of, among those that fit one of COMPARED,
        pairs of an interpreter and a test."""
        return [row for row in self.rows if row not in self.occurred and any(
            fnmatch.fnmatchcase(interpreter.label, row[0]) and fnmatch.fnmatchcase(test, row[1])
            for interpreter, test in compared)]
