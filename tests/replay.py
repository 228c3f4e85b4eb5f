#!/usr/bin/env python3
"""Recorded crashes, analysed again, without the process or the interpreter.

    tests/replay.py [--build DIR] [--daemon PROGRAM] [--valgrind] [--damaged N] [--bless]

For each tests/captures/NAME.fdpcap: the JSON report has what NAME.expected says
(--bless writes it, read the difference), the text report can be printed, and N
damaged copies end in a report or in one sentence, never in a crash or a hang.
"""

import argparse
import concurrent.futures
import difflib
import glob
import gzip
import json
import os
import random
import re
import struct
import subprocess
import sys
import tempfile

TESTS = os.path.dirname(os.path.abspath(__file__))
CAPTURES = os.path.join(TESTS, "captures")
MAGIC = b"fdpcap 1\n"
RECORD = struct.Struct("<IIQ")

# A report takes well under a second; valgrind makes that fifty times as much.
SECONDS = 20
VALGRIND_SECONDS = 300

# A line for a local, in the text and in what is expected.
LOCAL = re.compile(r" {6}\S.* = ")

# What was handled or raised, up to the next line at the margin.
EXCEPTIONS = re.compile(r"^Exception (?:being|handled) .*\n(?:(?: .*)?\n)*", re.M)

# Neither a status of `fdpreload decode` nor one that a shell makes of a signal.
SANITIZER_STATUS = 99

# What pointers, lengths and counts go wrong with.
EXTREMES = [0, 1, 2**31 - 1, 2**31, 2**32 - 1, 2**47 - 8, 2**63 - 1, 2**63, 2**64 - 1]


class Decoder:
    """Runs `fdpreload decode`."""

    def __init__(self, options):
        self.command = [os.path.join(options.build, "fdpreload"), "decode"]
        self.seconds = VALGRIND_SECONDS if options.valgrind else SECONDS
        if options.valgrind:
            self.command = ["valgrind", "-q", "--trace-children=yes",
                            f"--error-exitcode={SANITIZER_STATUS}",
                            "--leak-check=full", *self.command]
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith("FDPRELOAD_")}
        if options.daemon:
            self.environment["FDPRELOAD_DAEMON"] = options.daemon
        self.environment["ASAN_OPTIONS"] = f"exitcode={SANITIZER_STATUS}"
        self.environment["UBSAN_OPTIONS"] = f"exitcode={SANITIZER_STATUS}"

    def __call__(self, path, *arguments):
        """Exit status, standard output and error; a hang is status None."""
        try:
            result = subprocess.run([*self.command, path, *arguments], env=self.environment,
                                    capture_output=True, timeout=self.seconds, check=False)
        except subprocess.TimeoutExpired:
            return None, b"", b"no end after %d s" % self.seconds
        return result.returncode, result.stdout, result.stderr


def place(frame):
    """The part of a frame that is the same on every machine."""
    if frame["kind"] == "gap":
        return "  gap %s" % frame["resumed"]
    words = [frame["kind"], frame.get("qualname") or frame["function"] or "?"]
    if frame.get("qualname_guessed"):
        words.append("(guessed)")
    if frame["file"]:
        words.append(f"{os.path.basename(frame['file'])}:{frame['line']}")
    if frame["kind"] == "native":
        words.append(os.path.basename(frame["module"] or "?"))
        if frame["inlined"]:
            words.append("inlined")
    elif frame["column"] is not None:
        words.append(f"columns {frame['column']}-{frame['end_column']}")
    lines = ["  " + " ".join(words)]
    for local in frame.get("locals") or []:
        value = re.sub(r"0x[0-9a-f]{5,}", "0x...", local["value"])
        lines.append(f"      {local['kind']} {local['name']} = {value}")
    return "\n".join(lines)


def fold(lines):
    """Equal neighbours once, with their number."""
    folded = []
    for line in lines:
        if folded and folded[-1][0] == line:
            folded[-1][1] += 1
        else:
            folded.append([line, 1])
    return [line if count == 1 else f"{line} (x {count})" for line, count in folded]


def said_by_python(thread):
    """What it says of a thread beyond its frames, where that was captured."""
    lines = [f"  named {thread['python_name']}" + " daemon" * bool(thread["daemon"])] \
        if thread["python_name"] else []
    lines += [f"  {thread['python_state']}"] if thread["python_state"] else []
    lines += ["  collecting garbage"] if thread["collecting_garbage"] else []
    lines += ["  importing " + " in ".join(thread["importing"])] if thread["importing"] else []
    return lines + (["  unknown to Python"] if thread["python_thread"] is False else [])


def task_lines(tasks, task):
    """A task, with those that it awaits."""
    line = "task %s %s %s" % (task["name"], task["coroutine"], task["state"])
    line += " for %s" % task["future"]["type"] if task["future"] else ""
    line += "".join(" awaits %s" % tasks[index]["name"] for index in task["awaits"])
    return [line + " to be cancelled" * task["must_cancel"]] + fold(
        [place(frame) for frame in task["frames"]])


def greenlet_lines(greenlets, one):
    line = "%sgreenlet %s %s" % ("main " * one["main"], one["type"], one["state"])
    line += " calls %s" % one["function"] if one["function"] else ""
    if one["parent"] is not None:
        line += " child of %s" % greenlets[one["parent"]]["type"]
    line += " of no thread" * (one["tid"] is None) + " truncated" * one["truncated"]
    return [line] + fold([place(frame) for frame in one["frames"]])


def summary(report):
    """What a report says, without addresses, process numbers and directories."""
    signal = report["signal"]
    lines = [f"signal {signal['name']} {signal['code_name']}",
             f"cause {report['cause']['kind']}"] if signal else [report["kind"]]
    lines += [f"python {report['python']['version']}"
              + (" free-threaded" if report["python"]["free_threaded"] else ""),
              f"missing {len(report['capture']['missing'])}"]
    handler = report["handler"]
    if handler:
        lines += [f"died of {report['died_of']['name']} {report['died_of']['code_name']}",
                  f"handler {os.path.basename(handler['module'] or '?')} {handler['symbol']}"]
    lines += [f"foreign handler of {foreign['name']}: {foreign['action']} "
              f"{os.path.basename(foreign['module'] or '?')} {foreign['symbol']}"
              for foreign in report["foreign_handlers"]]
    lines += [f"extension {one['name']} {os.path.basename(one['file'])}"
              for one in report["python"]["extensions"] or []]
    names = {thread["tid"]: thread["name"] for thread in report["threads"]}
    lines += ["deadlock of " + " ".join(names[tid] for tid in deadlock["threads"])
              for deadlock in report["deadlocks"]]
    for thread in report["threads"]:
        lines.append(f"thread {thread['name']}"
                     + (" crashed" if thread["crashed"] else "")
                     + "".join(f" interpreter {one}" for one in thread["interpreters"] if one)
                     + (" holds the GIL" if thread["holds_gil"] else ""))
        lines += said_by_python(thread)
        waits = thread["waits"]
        if waits:
            lines.append(f"  waits {waits['kind']} {waits['owner_name']}")
        lines += fold([place(frame) for frame in thread["frames"]])
    for task in report["tasks"]:
        lines += task_lines(report["tasks"], task)
    for one in report["greenlets"]:
        lines += greenlet_lines(report["greenlets"], one)
    lines += ["circle of tasks " + " ".join(report["tasks"][index]["name"] or "?"
                                            for index in circle["tasks"])
              for circle in report["task_cycles"]]
    return "\n".join(lines) + "\n"


def check_json(decode, path, bless):
    status, output, said = decode(path, "--format", "json")
    if status != 0:
        return [f"json: status {status}: {said.decode(errors='replace')}"]
    found = summary(json.loads(output))
    expected = os.path.splitext(path)[0] + ".expected"
    if bless:
        with open(expected, "w", encoding="utf-8") as file:
            file.write(found)
        return []
    with open(expected, encoding="utf-8") as file:
        wanted = file.read()
    if found == wanted:
        return []
    return ["json: the report differs from " + os.path.basename(expected),
            *difference(wanted, found)]


def difference(wanted, found):
    """Like diff -u."""
    return list(difflib.unified_diff(wanted.splitlines(), found.splitlines(),
                                     "expected", "found", lineterm=""))


def check_text(decode, path, _bless):
    status, output, said = decode(path)
    with open(os.path.splitext(path)[0] + ".expected", encoding="utf-8") as file:
        expected = file.read().splitlines()
    signal = expected[0].removeprefix("signal ").split()[0]
    if signal == "dump":
        signal = "the stack"
    if status != 0:
        return [f"text: status {status}: {said.decode(errors='replace')}"]
    if signal not in output.decode().splitlines()[0]:
        return [f"text: the first line does not say {signal}"]
    stacks = EXCEPTIONS.sub("", output.decode())
    shown = [line for line in stacks.splitlines() if LOCAL.match(line)]
    count = sum(LOCAL.match(line) is not None for line in expected)
    if len(shown) != count:
        return [f"text: {len(shown)} locals are shown, expected {count}"]
    return []


def exceptions_of(text):
    """The parts of a text report about exceptions, without this machine's."""
    found = "".join(part.rstrip("\n") + "\n" for part in EXCEPTIONS.findall(text))
    return re.sub(r"in thread \d+", "in thread N", re.sub(r'File "/[^"]*/', 'File ".../', found))


def check_exceptions(decode, path, bless):
    """Word for word what NAME.exceptions says, if there are any."""
    golden = os.path.splitext(path)[0] + ".exceptions"
    status, output, _ = decode(path)
    found = exceptions_of(output.decode()) if status == 0 else ""
    if bless and found:
        with open(golden, "w", encoding="utf-8") as file:
            file.write(found)
    wanted = ""
    if os.path.exists(golden):
        with open(golden, encoding="utf-8") as file:
            wanted = file.read()
    return [] if found == wanted else ["exceptions:", *difference(wanted, found)]


def read_records(content):
    """The records of a capture: [type, address, bytes]."""
    records, at = [], len(MAGIC)
    while at < len(content):
        kind, size, address = RECORD.unpack_from(content, at)
        at += RECORD.size
        records.append([kind, address, content[at:at + size]])
        at += size
    return records


def write_records(records):
    return MAGIC + b"".join(RECORD.pack(kind, len(content), address) + content
                            for kind, address, content in records)


def damage_bytes(source, records):
    """One byte to a few hundred of them become something else."""
    for _ in range(source.choice([1, 10, 300])):
        record = source.choice(records)
        if record[2]:
            content = bytearray(record[2])
            content[source.randrange(len(content))] = source.randrange(256)
            record[2] = bytes(content)


def damage_words(source, records):
    """Pointers, lengths and counts become extreme, or point at each other."""
    pages = [record for record in records if len(record[2]) == 4096]
    for _ in range(source.choice([1, 20, 400])):
        record = source.choice(pages)
        value = source.choice([*EXTREMES, source.choice(pages)[1] + 8 * source.randrange(512)])
        at = 8 * source.randrange(512)
        record[2] = record[2][:at] + struct.pack("<Q", value) + record[2][at + 8:]


def damage_addresses(source, records):
    """Memory and threads change places."""
    for _ in range(source.choice([1, 5])):
        one, other = source.choice(records), source.choice(records)
        one[1], other[1] = other[1], one[1]


def damage_order(source, records):
    """Records are lost, doubled, or in another order."""
    last = records.pop()
    for _ in range(source.choice([1, 10])):
        at = source.randrange(len(records))
        if source.random() < 0.5:
            del records[at]
        else:
            records.insert(source.randrange(len(records)), list(records[at]))
    if source.random() < 0.5:
        source.shuffle(records)
    records.append(last)


DAMAGES = [damage_bytes, damage_words, damage_addresses, damage_order]


def check_damaged(decode, path, count):
    """Damaged copies of a capture: a report (0) or one sentence (1)."""
    problems = []
    source = random.Random(os.path.basename(path))
    with gzip.open(path) as file:
        content = file.read()
    with tempfile.TemporaryDirectory() as directory:
        copy = os.path.join(directory, "damaged.fdpcap")
        for number in range(count):
            damage = DAMAGES[number % len(DAMAGES)]
            records = read_records(content)
            damage(source, records)
            with gzip.open(copy, "wb", compresslevel=1) as file:
                file.write(write_records(records))
            status, output, said = decode(copy, "--format", "json")
            if status == 0:
                json.loads(output)
            elif status != 1 or len(said.splitlines()) != 1:
                problems.append(f"{damage.__name__}, copy {number}: status {status}: "
                                + said.decode(errors="replace")[-2000:])
    return problems


def check_not_captures(decode, path):
    """Files that are no captures: status 1 and one sentence."""
    with open(path, "rb") as file:
        whole = file.read()
    unpacked = gzip.decompress(whole)
    endless = unpacked[:-RECORD.size] + RECORD.pack(4, 2**32 - 1, 0)
    rows = {
        "empty": b"",
        "text": b"not a capture\n",
        "another magic": gzip.compress(b"fdpcap 9\n" + unpacked[len(MAGIC):]),
        "only the magic": gzip.compress(MAGIC),
        "no end": gzip.compress(unpacked[:-RECORD.size]),
        "a record longer than the file": gzip.compress(endless),
        "half of the file": whole[:len(whole) // 2],
        "all but the last 64 bytes": whole[:-64],
        "zeros behind it": gzip.compress(MAGIC + bytes(1 << 20)),
    }
    problems = []
    with tempfile.TemporaryDirectory() as directory:
        copy = os.path.join(directory, "copy.fdpcap")
        for name, content in rows.items():
            with open(copy, "wb") as file:
                file.write(content)
            status, output, said = decode(copy)
            if status != 1 or output or not re.fullmatch(rb"fdpreload[^\n]*\n", said):
                problems.append(f"{name}: status {status}: " + said.decode(errors="replace"))
        for name in (directory, os.path.join(directory, "absent")):
            status, output, said = decode(name)
            if status != 1 or output or not re.fullmatch(rb"fdpreload[^\n]*\n", said):
                problems.append(f"{name}: status {status}: " + said.decode(errors="replace"))
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=os.environ.get("O", "build"))
    parser.add_argument("--daemon", help="in place of the one beside fdpreload")
    parser.add_argument("--valgrind", action="store_true")
    parser.add_argument("--damaged", type=int, default=12, metavar="N")
    parser.add_argument("--bless", action="store_true")
    parser.add_argument("--part", default="0/1", metavar="K/N", help="one of N parts of them")
    options = parser.parse_args()
    decode = Decoder(options)
    part, parts = map(int, options.part.split("/"))
    captures = sorted(glob.glob(os.path.join(CAPTURES, "*.fdpcap")))[part % parts::parts]

    rows = []
    for path in captures:
        name = os.path.basename(path)
        rows.append((name + " as JSON", check_json, (decode, path, options.bless)))
        rows.append((name + " as text", check_text, (decode, path, options.bless)))
        rows.append((name + "'s exceptions", check_exceptions, (decode, path, options.bless)))
        if options.damaged:
            rows.append((name + " damaged", check_damaged, (decode, path, options.damaged)))
    if captures:
        rows.append(("what is no capture", check_not_captures, (decode, captures[0])))
    failed = 0
    # What runs is programs.  What is blessed in one row is read in the next.
    workers = 1 if options.bless else os.cpu_count()
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        for (name, _, _), problems in zip(rows, pool.map(lambda row: row[1](*row[2]), rows)):
            if problems:
                failed += 1
                print("FAIL", name)
                print(*("     " + problem for problem in problems), sep="\n")
    print(f"{len(rows) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
