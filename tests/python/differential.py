"""The same calls on faulthandler and on fdpreload: results, exceptions, warnings.

On Python 2.7, where there is no faulthandler, against what the backport says, see
backport.py.
"""

import os
import sys
import warnings

import backport
import rows
import suite



def clean(module):
    """Nothing of a row is left for the next."""
    module.disable()
    module.cancel_dump_traceback_later()
    for number in range(1, 65):
        if number not in (4, 6, 7, 8, 11):
            module.unregister(number)


def shown(value):
    return "%s: %s" % (type(value).__name__, value) if isinstance(value, BaseException) \
        else repr(value).replace("fdpreload", "faulthandler")


def evaluate(module, expression):
    """The result or the exception, and the warnings, as text."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = eval(expression, dict(rows.VALUES, f=module))
        except BaseException as error:
            result = error
    # A module attribute is compared by what it is, not by where it lies.
    text = "function" if callable(result) and not isinstance(result, BaseException) \
        else shown(result)
    return [text] + ["%s: %s" % (one.category.__name__, one.message) for one in caught]


def with_stderr(module, stderr, expression):
    saved = sys.stderr
    if stderr == "deleted":
        del sys.stderr
    else:
        sys.stderr = eval(stderr, rows.VALUES)
    try:
        return evaluate(module, expression)
    finally:
        sys.stderr = saved


def without_module(results):
    return [one.replace("module 'faulthandler'", "module").replace("module 'fdpreload'",
                                                                   "module")
            for one in results]


def counterpart(real, expression):
    """What to compare a call of dump_c_stack() with where faulthandler lacks it: the file
    is checked as elsewhere.  None: there is nothing like it."""
    if "dump_c_stack" not in expression or hasattr(real, "dump_c_stack"):
        return expression
    return None if expression in rows.SHAPES else expression.replace("c_stack", "traceback")


def compare(stderr, expression, real, ours):
    theirs = counterpart(real, expression)
    if theirs is None:
        return
    wanted = without_module(with_stderr(real, stderr, theirs))
    clean(real)
    found = without_module(with_stderr(ours, stderr, expression))
    clean(ours)
    text = "%s with sys.stderr %s" % (expression, stderr)
    if expression == "f.version":
        # Ours has one, and faulthandler only on 2.7.
        suite.count("passed" if found == ["'%s'" % ours.version] else "failed", text)
    elif found == wanted:
        suite.count("passed", text)
    else:
        suite.count("failed", "%s\n  faulthandler %s\n  fdpreload    %s"
                    % (text, wanted, found))


def quiet():
    """What the real one dumps goes nowhere, to whatever it is; what the tests say does
    not."""
    sys.stdout = os.fdopen(os.dup(1), "w")
    for number in (1, 2):
        os.dup2(rows.NULL.fileno(), number)


def main():
    suite.Stub()
    import fdpreload
    quiet()
    if suite.RUNNING < (3,):
        backport.compare(fdpreload, with_stderr, clean)
    else:
        import faulthandler
        for stderr, expression in rows.all_rows():
            compare(stderr, expression, faulthandler, fdpreload)
    suite.finish()


if __name__ == "__main__":
    main()
