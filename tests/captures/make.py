#!/usr/bin/env python3
"""Makes the committed captures anew: one crash for each interpreter found.

    tests/captures/make.py [--build DIR]

Then `tests/replay.py --bless` writes what they say; read the difference.  A
capture holds memory of the process: the environment is emptied before.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))

import interpreters  # noqa: E402

KIND = """
import sys
print("%d.%d.%d" % sys.version_info[:3],
      "shared" if "libpython" in open("/proc/self/maps").read() else "static")
"""


def kind_of(python):
    """What to call the capture: version and kind of build."""
    words = subprocess.check_output([python, "-c", KIND], text=True).split()
    return "cpython-%s-%s" % tuple(words)


def capture(python, build, directory):
    """Runs the program under the shim; the path of its capture."""
    for name in ("libfdpreload.so", "fdpreloadd", "demo/_demo.abi3.so"):
        shutil.copy(os.path.join(build, name), directory)
    shutil.copy(os.path.join(HERE, "program.py"), directory)
    environment = {
        "LD_PRELOAD": os.path.join(directory, "libfdpreload.so"),
        "FDPRELOAD_LOG_DIR": os.path.join(directory, "log"),
        "FDPRELOAD_SAVE_CAPTURE": "1",
        "FDPRELOAD_ECHO": "none",
        "PYTHONPATH": directory,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    process = subprocess.run([python, "program.py"], cwd=directory, env=environment, timeout=60,
                             check=False)
    if process.returncode != -11:
        sys.exit("%s: ended with %d, not of SIGSEGV" % (python, process.returncode))
    found = [name for name in os.listdir(os.path.join(directory, "log"))
             if name.endswith(".fdpcap")]
    if len(found) != 1:
        sys.exit("%s: %d captures" % (python, len(found)))
    return os.path.join(directory, "log", found[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.path.join(ROOT, "build"))
    options = parser.parse_args()
    for path in [one.path for one in interpreters.find()]:
        with tempfile.TemporaryDirectory(prefix="fdpreload-") as directory:
            made = capture(path, options.build, directory)
            target = os.path.join(HERE, kind_of(path) + ".fdpcap")
            shutil.copyfile(made, target)
            print(os.path.basename(target), os.path.getsize(target))


if __name__ == "__main__":
    main()
