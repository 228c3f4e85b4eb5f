"""What else can be asked of the loader: other preloads, auditors, plug-ins."""

import json
import os
import subprocess

import interpreters
from check import Skip
from common import (CRASH, INERT, PROGRAMS, SYSTEM_PYTHON, WATCHING, build, build_library, expect,
                    need_file, same)

LIBRARIES = "/usr/lib/x86_64-linux-gnu/"
OTHERS = [
    ("jemalloc", LIBRARIES + "libjemalloc.so.2", "libjemalloc2", {}),
    ("eatmydata", LIBRARIES + "libeatmydata.so", "libeatmydata1", {}),
    ("faketime", LIBRARIES + "faketime/libfaketime.so.1", "libfaketime",
     {"FAKETIME": "2020-01-01 12:00:00"}),
]
ORDERS = {"first": "after", "last": "before"}


def python_line(crash):
    if crash:
        return [SYSTEM_PYTHON, "-c", CRASH], expect(WATCHING, -11, "about to", 1)
    return [SYSTEM_PYTHON, os.path.join(PROGRAMS, "busy.py")], expect(WATCHING, 0, "done")


def packaged(context, path, package, environment, order, crash):
    """ORDER: where the shim stands in LD_PRELOAD."""
    need_file(path, package)
    command, expected = python_line(crash)
    same(context, command, expected, follow="python", environment=environment,
         **{ORDERS[order]: [path]})


def other_preload(context, order, source, way, status, reports):
    """A preload that stands in front of the same functions."""
    other = build_library(context, "other_preload.c")
    command = [build(context, source), way]
    says = "about to" if status else "done"
    same(context, command, expect(WATCHING, status, says, reports), **{ORDERS[order]: [other]})


def libc_first(context, source, way, status):
    """The same with glibc: nobody calls what the shim stands in front of."""
    says = "about to" if status else "done"
    same(context, [build(context, source), way],
         expect(["stands back: the C library was loaded first"], status, says),
         before=["libc.so.6"])


def bind_now(context, crash):
    command, expected = python_line(crash)
    same(context, command, expected, follow="python", environment={"LD_BIND_NOW": "1"})


def audited(context, crash):
    command, expected = python_line(crash)
    same(context, command, expected, follow="python",
         environment={"LD_AUDIT": build_library(context, "audit.c")})


def plug_in(context, how, crash):
    command = [build(context, "host.c"), how, build_library(context, "guest.c")]
    if crash:
        same(context, [*command, "crash"], expect(WATCHING, -11, "bad 0", 1))
    else:
        same(context, command, expect(WATCHING, 0, "bad 0"))


def lock(context, unloading):
    """Not watched, so that the children are the first to need a function."""
    command = [build(context, "lock.c")]
    if unloading:
        command.append(build_library(context, "guest.c"))
    same(context, command, expect(INERT, 0, "good 100"), follow="none", seconds=60)


def libpython():
    code = ("import os, sysconfig; get = sysconfig.get_config_var;"
            "print(os.path.join(get('LIBDIR'), get('INSTSONAME') or ''))")
    for interpreter in interpreters.find():
        path = subprocess.run([interpreter.path, "-c", code], text=True, check=True,
                              stdout=subprocess.PIPE).stdout.strip()
        if os.path.isfile(path) and ".so" in path:
            return path, os.path.dirname(os.path.dirname(interpreter.path))
    raise Skip("no interpreter has a shared library")


def later(context, follow, states, reports):
    """A Python that comes later is not noticed; where all are watched, it is."""
    library, home = libpython()
    _, run = same(context, [build(context, "embedder.c"), library, CRASH],
                  expect(states, -11, "about to", reports), follow=follow,
                  environment={"PYTHONHOME": home})
    for name in run.reports():
        if name.endswith(".json"):
            with open(os.path.join(run.log, name), encoding="utf-8") as file:
                frames = json.load(file)["threads"][0]["frames"]
            context.check.true("Python frames are there: %r" % frames,
                               any(frame["kind"] == "python" for frame in frames))


def matrix():
    rows = [("later", later, ("python", INERT, 0)), ("later-all", later, ("all", WATCHING, 1)),
            ("lock-walking", lock, (False,)), ("lock-unloading", lock, (True,))]
    for crash in (False, True):
        way = "crash" if crash else "busy"
        rows += [("bind-now-" + way, bind_now, (crash,)), ("audited-" + way, audited, (crash,))]
        rows += [("plug-in-%s-%s" % (how, way), plug_in, (how, crash))
                 for how in ("plain", "deep", "namespace")]
        rows += [("%s-%s-%s" % (name, order, way), packaged,
                  (path, package, environment, order, crash))
                 for name, path, package, environment in OTHERS for order in ORDERS]
    rows += [("libc-first-busy", libc_first, ("busy.c", "alone", 0)),
             ("libc-first-null", libc_first, ("broken.c", "null", -11))]
    for order in ORDERS:
        rows += [("other-%s-busy" % order, other_preload, (order, "busy.c", "alone", 0, 1)),
                 ("other-%s-null" % order, other_preload, (order, "broken.c", "null", -11, 1)),
                 ("other-%s-abort" % order, other_preload, (order, "broken.c", "abort", -6, 1))]
    return rows
