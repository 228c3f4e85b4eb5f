"""Where the text of a line comes from: what linecache finds in the process, the report shows.

The program prints, for each of its frames, the file, the line and what linecache has of it, and
dies in that same line.
"""

import json
import os
import zipfile

from check import Skip
from common import one_report, program_line

# In words that 2.7 knows.  A line that calls die(say()) says itself.
SAY = """
import json
import linecache
import os
import signal
import sys


def say():
    frame, said = sys._getframe(1), []
    while frame:
        name = frame.f_code.co_filename
        said.append([name, frame.f_lineno,
                     linecache.getline(name, frame.f_lineno, frame.f_globals)])
        frame = frame.f_back
    return said


def die(said):
    sys.stdout.write(json.dumps(said) + "\\n")
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGSEGV)
"""

MAIN = """
import sys
import saying
import package.inner
sys.path.insert(0, sys.argv[1])
exec(compile("\\n\\npackage.inner.run()", "<string>", "exec"))
"""

INNER = """

def run():
    def inner():
        import stored  # it dies
    inner()
"""

STORED = """
import saying


class Body(object):
    saying.die(saying.say())
"""


def write_archives(directory):
    """(program, library): the first packed, the second only stored."""
    names = [os.path.join(directory, name) for name in ("program.pyz", "library.zip")]
    with zipfile.ZipFile(names[0], "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("__main__.py", MAIN)
        archive.writestr("saying.py", SAY)
        archive.writestr("package/__init__.py", "")
        archive.writestr("package/inner.py", INNER + "# padding\n" * 5000)
    with zipfile.ZipFile(names[1], "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("stored.py", STORED)
    return names


def expected(said):
    """As a report has them; what has no file is never looked up."""
    found = []
    for name, line, source in said:
        known = source and not (name.startswith("<") and name.endswith(">"))
        found.append([name, line, source.rstrip("\n") if known else None])
    return found


def compare(context, interpreter, run):
    """The frames of the report, and what the program said of them; None: there is no report."""
    report, _ = one_report(context, run)
    if not report:
        return None
    frames = [[frame["file"], frame["line"], frame["source"]]
              for frame in report["threads"][0]["frames"] if frame["kind"] == "python"]
    said = expected(json.loads(run.stdout.decode()))
    # die() itself was not there yet.
    context.check.equal("source", frames[1:], said)
    context.check.equal("missing", report["capture"]["missing"], [])
    return said


def archives(context, interpreter):
    """Modules of zip archives, one of them by a relative name, and code without a file."""
    program, library = write_archives(context.directory)
    relative = os.path.join("..", "..", os.path.basename(library))
    run = context.setup.run([interpreter.path, program, relative], context.subdirectory("run"))
    said = compare(context, interpreter, run)
    if not said:
        return
    shown = {name for name, _, source in said if source}
    check = context.check
    check.true("in the library: %s" % shown, os.path.join(relative, "stored.py") in shown)
    check.true("in the program", os.path.join(program, "package/inner.py") in shown)
    check.true("a string", ["<string>", 3, None] in said)
    if interpreter.version >= (3,):
        check.true("frozen", any(name.startswith("<frozen ") for name, _, _ in said))


def without_file(context, interpreter):
    """-c, and a program that comes from standard input."""
    with open(os.path.join(context.directory, "saying.py"), "w", encoding="ascii") as file:
        file.write(SAY)
    text = "import sys; sys.path.insert(0, %r)\nimport saying\nsaying.die(saying.say())\n" % (
        context.directory)

    def prepare(process, _):
        process.stdin.write(text.encode())
        process.stdin.flush()

    for name, arguments, fed in (("c", ["-c", text], None), ("stdin", ["-"], prepare)):
        run = context.setup.run([interpreter.path, *arguments], context.subdirectory(name),
                                prepare=fed)
        said = compare(context, interpreter, run)
        if said:
            context.check.equal(name, said, [["<string>" if name == "c" else "<stdin>", 3, None]])


# Files as editors write them: (name, bytes of the file, the line that dies).
FILES = [
    ("mark", b"\xef\xbb\xbfimport saying; saying.die(saying.say())\n", 1),
    ("carriage", b"import saying\r\rif True:\r    saying.die(saying.say())\r", 4),
    ("both", b"import saying\r\n\r\nsaying.die(saying.say())\r\n", 3),
    ("no-end", b"import saying\n\nsaying.die(saying.say())", 3),
    ("feeds", b"import saying\n\x0c\nif 1:\n \x0bsaying.die(saying.say())\n".replace(b"\x0b", b"\t"),
     4),
]


def editors(context, interpreter):
    """Line ends and marks that are not part of a line."""
    for name, content, line in FILES:
        directory = context.subdirectory(name)
        for path, text in (("saying.py", SAY.encode()), (name + ".py", content)):
            with open(os.path.join(directory, path), "wb") as file:
                file.write(text)
        run = context.setup.run([interpreter.path, os.path.join(directory, name + ".py")],
                                context.subdirectory(name + "-run"))
        said = compare(context, interpreter, run)
        if said:
            context.check.equal("the line", said[0][1], line)


def other_root(context, interpreter):
    """Links to absolute paths lead where they lead the process."""
    if os.geteuid() != 0:
        raise Skip("only root may change its root directory")
    root = os.path.join(context.directory, "root")
    os.makedirs(os.path.join(root, "srv", "app"))
    with open(os.path.join(root, "srv", "app", "module.py"), "w", encoding="ascii") as file:
        file.write("def call(function):\n    return function()  # in the other root\n")
    os.symlink("/srv/app", os.path.join(root, "link"))
    os.symlink("../../../../link/module.py", os.path.join(root, "srv", "module.py"))
    run = context.setup.run(program_line(interpreter, "other_root.py", root),
                            context.subdirectory("run"))
    report, _ = one_report(context, run)
    if not report:
        return
    frames = [[frame["file"], frame["source"]] for frame in report["threads"][0]["frames"]
              if frame["kind"] == "python" and frame["source"]]
    line = "    return function()  # in the other root"
    context.check.equal("source", frames, [
        ["/srv/module.py", line], ["module.py", line], ["/link/module.py", line]])


ON_EACH_VERSION = [
    ("source-archives", archives, ()),
    ("source-none", without_file, ()),
]

ON_ONE_VERSION = [
    ("source-editors", editors, ()),
    ("source-other-root", other_root, ()),
]
