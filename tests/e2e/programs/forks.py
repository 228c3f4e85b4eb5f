"""Many children crash at the same time, or one after the other."""
import os
import sys
import time

import _crashers

count = int(sys.argv[1])
gap = float(sys.argv[2])
read_end, write_end = os.pipe()
children = []
for number in range(count):
    child = os.fork()
    if child == 0:
        os.close(write_end)
        os.read(read_end, 1)
        time.sleep(number * gap)
        _crashers.die("null-read")
    children.append(child)
os.close(write_end)
os.close(read_end)
# Without the core flag: they all want the one name, and not all get it.
print(sorted(os.WTERMSIG(os.waitpid(child, 0)[1]) for child in children))
