"""Dies with copies of its own program and libraries mapped, as a tool that looks at them does."""
import ctypes
import mmap
import sys

copies = []


def map_copy(path):
    with open(path, "rb") as file:
        copies.append(mmap.mmap(file.fileno(), 0, flags=mmap.MAP_PRIVATE,
                                prot=mmap.PROT_READ | mmap.PROT_EXEC))


with open("/proc/self/maps") as maps:
    paths = {line.split()[-1] for line in maps if "r-xp" in line and "python" in line}
for path in sorted(paths | {sys.executable}):
    map_copy(path)
ctypes.CDLL(None).strlen(None)
