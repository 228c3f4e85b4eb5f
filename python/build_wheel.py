#!/usr/bin/env python3
"""Builds a wheel of the package, with the library and the programs in it.

    python/build_wheel.py BUILD [DIRECTORY]

BUILD is the directory that `make` has built in; the wheel goes there, or into DIRECTORY.
Its path is printed.  The standard library is enough, and so is a machine without a
network.  The same files make the same wheel.
"""

import base64
import hashlib
import os
import runpy
import sys
import sysconfig
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
NAME = "fdpreload"

# What is built, into the package: pip keeps whether a file may be executed.
PRODUCTS = ["libfdpreload.so", "fdpreloadd", "fdpreload-analysis.so", "fdpreload"]

EXECUTABLE, PLAIN = 0o755, 0o644

# Zip knows no earlier one.
LONG_AGO = (1980, 1, 1, 0, 0, 0)

METADATA = """\
Metadata-Version: 2.1
Name: fdpreload
Version: {version}
Summary: One report for a crash of a Python process, made outside of it
License: MIT
Platform: Linux
Requires-Python: >=2.7,!=3.0.*,!=3.1.*,!=3.2.*,!=3.3.*,!=3.4.*,!=3.5.*
Description-Content-Type: text/markdown

{readme}"""

WHEEL = """\
Wheel-Version: 1.0
Generator: fdpreload
Root-Is-Purelib: false
Tag: py2-none-{platform}
Tag: py3-none-{platform}
"""

ENTRY_POINTS = """\
[console_scripts]
fdpreload = fdpreload._command:main
"""


def read(path):
    with open(path, "rb") as file:
        return file.read()


def version():
    return runpy.run_path(os.path.join(HERE, NAME, "_version.py"))["version"]


def platform():
    return sysconfig.get_platform().replace("-", "_").replace(".", "_")


def sources():
    """The Python files: (name in the wheel, mode, content), sorted."""
    directory = os.path.join(HERE, NAME)
    return [("%s/%s" % (NAME, name), PLAIN, read(os.path.join(directory, name)))
            for name in sorted(os.listdir(directory)) if name.endswith(".py")]


def products(build):
    found = []
    for name in PRODUCTS:
        path = os.path.join(build, name)
        if not os.path.isfile(path):
            sys.exit("build_wheel.py: %s is not there: run `make` first" % path)
        found.append(("%s/%s" % (NAME, name), EXECUTABLE, read(path)))
    return found


def metadata(information):
    readme = read(os.path.join(HERE, "README.md")).decode()
    texts = [("METADATA", METADATA.format(version=version(), readme=readme)),
             ("WHEEL", WHEEL.format(platform=platform())),
             ("entry_points.txt", ENTRY_POINTS),
             ("LICENSE", read(os.path.join(HERE, os.pardir, "LICENSE")).decode())]
    return [("%s/%s" % (information, name), PLAIN, text.encode()) for name, text in texts]


def record_line(name, content):
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
    return "%s,sha256=%s,%d\n" % (name, digest.decode(), len(content))


def with_record(files, information):
    """FILES and the list of them, which is not in itself."""
    name = information + "/RECORD"
    text = "".join(record_line(one, content) for one, _mode, content in files)
    return files + [(name, PLAIN, (text + name + ",,\n").encode())]


def write(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, mode, content in files:
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix: the mode counts
            entry.external_attr = (0o100000 | mode) << 16
            wheel.writestr(entry, content)


def main(build, directory=None):
    information = "%s-%s.dist-info" % (NAME, version())
    files = sources() + products(build) + metadata(information)
    path = os.path.join(directory or build,
                        "%s-%s-py2.py3-none-%s.whl" % (NAME, version(), platform()))
    write(path, with_record(files, information))
    print(path)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(*sys.argv[1:])
