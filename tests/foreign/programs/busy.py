"""A correct Python program; with an argument it starts no other program."""

import os
import signal
import subprocess
import sys
import threading

results = []
threads = [threading.Thread(target=results.append, args=(number,)) for number in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("threads", sorted(results))
print("SIGSEGV", signal.getsignal(signal.SIGSEGV) is signal.SIG_DFL)
signal.signal(signal.SIGUSR1, lambda number, frame: print("handled", int(number)))
# Not os.kill(os.getpid(), ...): where getpid() fails that means everybody.
signal.raise_signal(signal.SIGUSR1)
print(end="", flush=True)
child = os.fork()
if child == 0:
    os._exit(5)
print("fork", os.waitpid(child, 0)[1])
print(end="", flush=True)
if len(sys.argv) < 2:
    print(subprocess.run([sys.executable, "-S", "-c", "print('child')"],
                         stdout=subprocess.PIPE, check=False))
print("done", flush=True)
