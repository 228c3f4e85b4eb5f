"""The package as a module: what it has, shows and survives; without the library."""

import os
import pickle
import pydoc
import subprocess
import sys

import suite
from suite import RUNNING, Skip, case, raised, same

import fdpreload

try:
    import faulthandler
except ImportError:
    faulthandler = None

# Keyword-only parameters of ours.
OURS = ("full", "name")

# What faulthandler takes, and its own signature does not say.
NOT_NAMED = [((3, 14), "c_stack=True")]

try:
    from importlib import reload
except ImportError:
    pass


def child(code, *flags):
    """What CODE prints in an interpreter of its own."""
    output = subprocess.check_output([suite.EXECUTABLE] + list(flags) + ["-c", code],
                                     stderr=subprocess.STDOUT)
    return output.decode().strip()


def real():
    if faulthandler is None:
        raise Skip("there is no faulthandler")
    return faulthandler


@case
def all_attributes_of_faulthandler_are_there():
    same(sorted(set(dir(real())) - set(dir(fdpreload))), [])


@case
def functions_of_other_versions_are_not():
    # dump_c_stack() is everywhere, as an addition of ours.
    for name in set(dir(fdpreload)) & {"_fatal_error", "_read_null"}:
        assert hasattr(real(), name), name


@case
def functions_for_tests_are_the_originals():
    helpers = [name for name in dir(real()) if name[0] == "_" and name[1] != "_"]
    assert len(helpers) >= 4, helpers
    for name in helpers:
        assert getattr(fdpreload, name) is getattr(faulthandler, name), name


@case
def a_star_import_gives_the_functions_and_no_module():
    names = {}
    exec("from fdpreload import *", names)
    for name in ("enable", "register", "dump_traceback_later", "heartbeat", "install"):
        assert name in names, name
    same([name for name in names if type(names[name]) is type(sys)], [])


def own_text(text):
    """A text signature without the parameters of ours."""
    words = [word.strip() for word in text.strip("()").split(",")]
    kept = [word for word in words if word.split("=")[0] not in OURS]
    return kept[:-1] if kept[-1] == "*" else kept


@case
def text_signatures_are_those_of_faulthandler():
    compared = 0
    for name in fdpreload.__all__:
        text = getattr(getattr(real(), name, None), "__text_signature__", None)
        if text:
            ours = own_text(getattr(fdpreload, name).__text_signature__)
            same([word for word in ours if (RUNNING, word) not in NOT_NAMED],
                 own_text(text), name)
            compared += 1
    same(compared >= 8, RUNNING >= (3, 13))


def parameters(function):
    """(name, kind, default) of each; a file stands for itself in neither."""
    import inspect
    found = []
    for one in inspect.signature(function).parameters.values():
        if one.name not in OURS:
            default = "file" if one.name == "file" else one.default
            found.append((one.name, str(one.kind), default))
    return found


@case
def inspect_sees_the_signatures_of_faulthandler():
    if RUNNING < (3, 13):
        raise Skip("faulthandler has none")
    compared = 0
    for name in fdpreload.__all__:
        try:
            wanted = parameters(getattr(real(), name))
        except (AttributeError, ValueError):
            # It is ours alone; or the default sys.stderr was too much for inspect.
            continue
        same([one for one in parameters(getattr(fdpreload, name))
              if (RUNNING, "%s=%s" % (one[0], one[2])) not in NOT_NAMED], wanted, name)
        compared += 1
    assert compared >= 4, compared


@case
def inspect_sees_signatures():
    if RUNNING < (3,):
        raise Skip("inspect knows functions only")
    import inspect
    same(str(inspect.signature(fdpreload.dump_traceback_later)),
         "(timeout, repeat=False, file=sys.stderr, exit=False, *, %sname=None, full=False)"
         % ("max_threads=100, " if RUNNING >= (3, 15) else ""))
    same(str(inspect.signature(fdpreload.unregister)),
         "(signum, /)" if RUNNING >= (3, 8) else "(signum)")


@case
def help_shows_each_function():
    text = pydoc.plain(pydoc.render_doc(fdpreload))
    for name in fdpreload.__all__:
        if name != "version":
            assert "\n    %s(" % name in text, name
    if RUNNING >= (3,):
        assert "file=sys.stderr" in pydoc.plain(pydoc.render_doc(fdpreload.enable))


@case
def each_function_is_documented():
    for name in fdpreload.__all__:
        function = getattr(fdpreload, name)
        if callable(function):
            assert function.__doc__ and function.__module__ == "fdpreload", name


@case
def functions_can_be_pickled():
    for name in fdpreload.__all__:
        function = getattr(fdpreload, name)
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            copy = pickle.loads(pickle.dumps(function, protocol))
            assert copy is function or copy == function, (name, protocol)


@case
def reload_changes_nothing():
    before = {name: getattr(fdpreload, name) for name in fdpreload.__all__}
    same(reload(fdpreload), fdpreload)
    same({name: getattr(fdpreload, name) for name in fdpreload.__all__}, before)


@case
def versions_are_those_of_the_makefile():
    with open(os.path.join(suite.ROOT, "Makefile")) as makefile:
        line = [line for line in makefile if line.startswith("VERSION := ")][0]
    same(fdpreload.version, line.split()[-1])
    same(fdpreload.__version__, fdpreload.version)


@case
def importing_is_cheap():
    same(child("import sys; before = set(sys.modules); import fdpreload; "
               "print(sorted({'ctypes', 'inspect', 're', 'threading', 'subprocess'}"
               " & (set(sys.modules) - before)))"), "[]")


@case
def without_the_library_one_error_says_what_to_do():
    wanted = ("RuntimeError: libfdpreload.so is not loaded into this process: start it with "
              "`python -m fdpreload ...` or with LD_PRELOAD=libfdpreload.so")
    f, null = fdpreload, open(os.devnull, "w")
    for function, arguments in [(f.enable, (null,)), (f.disable, ()), (f.is_enabled, ()),
                                (f.dump_traceback, (null,)), (f.dump_c_stack, (null,)),
                                (f.register, (10, null)),
                                (f.dump_traceback_later, (5, False, null)),
                                (f.cancel_dump_traceback_later, ()), (f.unregister, (10,)),
                                (f.heartbeat, ("a", 1)), (f.annotate, ("a", "b")),
                                (f.install, ())]:
        same(raised(function, *arguments), wanted, function.__name__)
    f.uninstall()
    assert "faulthandler" not in sys.modules or sys.modules["faulthandler"] is faulthandler


@case
def without_the_library_no_file_is_kept():
    from fdpreload import _files
    raised(fdpreload.enable, open(os.devnull, "w"))
    same(_files._held, {})


@case
def a_library_that_is_too_old_is_named():
    code = ("import ctypes, os; "
            "ctypes.CDLL(os.environ['FDPRELOAD_TEST_OLD'], ctypes.RTLD_GLOBAL); "
            "import fdpreload\n"
            "try: fdpreload.heartbeat('a', 1)\n"
            "except RuntimeError as error: print(error)")
    same(child(code), "the libfdpreload.so in this process is older than this package and "
                      "has no heartbeat(): install the one that belongs to it")


suite.run_cases()
suite.finish()
