"""Python programs, on interpreters that go round, or on Debian's with its modules."""

from compare import Program

CRASH = "SIGSEGV null-dereference"
ABORT = "SIGABRT abort"


def python(name, *arguments):
    return ("{python}", "{here}/python/" + name, *arguments)


def pools(method, kinds):
    return Program("pools-" + method, python("pools.py", method), modes=("python",),
                   any_python=True, python_reports=(CRASH,) * 3 + (ABORT,), **kinds)


VENV = """
"$0" -m venv env &&
env/bin/python -c 'import sys; print(sys.prefix != sys.base_prefix, sys.flags.isolated)' &&
env/bin/pip --version
"""

PROGRAMS = [
    pools("fork", {}),
    pools("spawn", {}),
    pools("forkserver", {}),
    Program("asyncio", python("loop.py"), modes=("python",), any_python=True,
            python_reports=(CRASH, ABORT)),
    Program("daemonize", python("daemonize.py", "exit"), modes=("python",), any_python=True),
    Program("daemonize-crash", python("daemonize.py", "crash"), modes=("python",), any_python=True,
            python_reports=(CRASH,)),
    Program("dev-mode", ("{python}", "-X", "dev", "{here}/python/libraries.py"),
            modes=("python",), any_python=True),
    Program("dev-mode-crash", ("{python}", "-X", "dev", "-c",
                               "import _crashers; _crashers.die('null-read')"),
            modes=("python",), any_python=True, ends="SIGSEGV",
            python_reports=(CRASH + " handled by python",)),
    Program("numpy", python("libraries.py", "numpy"), modes=("python",), modules=("numpy",)),
    Program("venv", ("/bin/sh", "-c", VENV, "{python}"), modes=("python",),
            modules=("ensurepip",)),
]
