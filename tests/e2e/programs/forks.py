"""Many children crash at the same time."""
import os
import sys

import _crashers

count = int(sys.argv[1])
read_end, write_end = os.pipe()
children = []
for _ in range(count):
    child = os.fork()
    if child == 0:
        os.close(write_end)
        os.read(read_end, 1)
        _crashers.die("null-read")
    children.append(child)
os.close(write_end)
os.close(read_end)
# Without the core flag: they all want the one name, and not all get it.
print(sorted(os.WTERMSIG(os.waitpid(child, 0)[1]) for child in children))
