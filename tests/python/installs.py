"""install() and uninstall(): what `import faulthandler` gives, and what is carried over."""

import os
import subprocess
import tempfile

import suite
from suite import RUNNING, Skip, case, same

BEGIN = """
import sys
sys.path.insert(0, %r)
import suite
stub = suite.Stub()
import fdpreload
""" % os.path.dirname(os.path.abspath(__file__))


def child(code, *flags, **environment):
    """The lines that CODE prints, behind BEGIN, in an interpreter of its own."""
    variables = dict(os.environ, **environment)
    process = subprocess.Popen([suite.EXECUTABLE] + list(flags) + ["-c", BEGIN + code],
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               env=variables)
    output = process.communicate()[0].decode()
    assert process.returncode == 0, output
    return output.splitlines()


def with_original():
    if RUNNING < (3,):
        raise Skip("there is no faulthandler")


@case
def import_gives_the_package():
    same(child("""
fdpreload.install()
import faulthandler
print(faulthandler is fdpreload)
from faulthandler import enable
print(enable is fdpreload.enable)
fdpreload.install()
fdpreload.uninstall()
try:
    import faulthandler
    print(faulthandler is fdpreload.original)
except ImportError:
    print(fdpreload.original is None)
fdpreload.uninstall()
"""), ["True"] * 3)


@case
def a_later_import_gives_the_original_again():
    with_original()
    same(child("""
print('faulthandler' in sys.modules)
before = sys.modules.pop('faulthandler')
fdpreload.install()
fdpreload.uninstall()
print('faulthandler' in sys.modules)
import faulthandler
print(faulthandler.__name__)
"""), ["True", "False", "faulthandler"])


@case
def reload_and_pickle_work_under_both_names():
    same(child("""
import pickle
try:
    from importlib import reload
except ImportError:
    pass
fdpreload.install()
import faulthandler
print(reload(faulthandler) is fdpreload)
import faulthandler
print(faulthandler is fdpreload)
print(pickle.loads(pickle.dumps(faulthandler.enable)) is fdpreload.enable)
"""), ["True"] * 3)


@case
def a_fresh_copy_finds_the_original():
    with_original()
    same(child("""
fdpreload.install()
for name in [name for name in sys.modules if name.startswith('fdpreload')]:
    del sys.modules[name]
import fdpreload as fresh
print(fresh is fdpreload, fresh.original is fdpreload.original, fresh.original.__name__)
"""), ["False True faulthandler"])


@case
def nothing_is_enabled_that_was_not():
    same(child("""
fdpreload.install()
print(stub.calls(), fdpreload.is_enabled())
"""), ["([], False)" if RUNNING < (3,) else "[] False"])


ENABLED = """
fdpreload.install()
print(fdpreload.original.is_enabled(), fdpreload.is_enabled())
print(stub.calls()[0].rsplit(None, 2)[0].replace('pipe:', 'pipe ').split(None)[1])
fdpreload.uninstall()
print(fdpreload.original.is_enabled(), fdpreload.is_enabled())
"""


def carried(begin="", *flags, **environment):
    """What install() enables for, and the states after install() and uninstall()."""
    lines = child(begin + ENABLED, *flags, **environment)
    same(lines[:1] + lines[2:], ["False True", "True False"])
    return lines[1]


@case
def what_the_options_of_python_enable_is_carried_over():
    with_original()
    same(carried("", "-X", "faulthandler"), "pipe")
    same(carried("", PYTHONFAULTHANDLER="1"), "pipe")
    if RUNNING >= (3, 7):
        same(carried("", "-X", "dev"), "pipe")


@case
def the_file_is_carried_over():
    with_original()
    if RUNNING >= (3, 14):
        raise Skip("faulthandler does not tell its file any more")
    with tempfile.NamedTemporaryFile(prefix="carried") as file:
        wanted = os.path.basename(file.name)
        same(carried("file = open(%r, 'w')\nfdpreload.original.enable(file)" % file.name),
             wanted)
        same(carried("fdpreload.original.enable(open(%r, 'w'))" % file.name), wanted)


@case
def a_number_or_several_files_are_standard_error():
    with_original()
    same(carried("fdpreload.original.enable(1)"), "pipe")
    with tempfile.NamedTemporaryFile() as file:
        same(carried("file = open(%r, 'w')\nfdpreload.original.enable(file)\n"
                     "fdpreload.original.register(10, open(%r, 'w'))"
                     % (file.name, file.name)), "pipe")
        same(carried("file = open(%r, 'w')\nfdpreload.original.enable(file)\nfile.close()"
                     % file.name), "pipe")


@case
def what_was_disabled_stays_disabled():
    with_original()
    same(child("""
fdpreload.original.enable(2)
fdpreload.install()
import faulthandler
print(faulthandler.disable())
fdpreload.uninstall()
print(fdpreload.original.is_enabled())
"""), ["True", "False"])


@case
def a_library_that_watches_nothing_changes_nothing():
    with_original()
    same(child("""
import errno
stub.fail(errno.ENOTCONN)
fdpreload.original.enable(2)
try:
    fdpreload.install()
except OSError as error:
    print(error.errno == errno.ENOTCONN)
print(sys.modules['faulthandler'] is fdpreload.original, fdpreload.original.is_enabled())
"""), ["True", "True True"])


suite.run_cases()
suite.finish()
