"""One thread waits, one spins on one line, and one goes on; each at its own place."""
import sys
import threading
import time

hold = threading.Event()
place = [0]


def waits():
    hold.wait()


def spins():
    while True: pass


def first():
    goes_to(1)


def second():
    goes_to(2)


def goes_to(number):
    while place[0] == number - 1: time.sleep(0.001)


def moves():
    while not hold.is_set():
        first()
        second()


for function in (waits, spins, moves):
    threading.Thread(target=function, name=function.__name__, daemon=True).start()
while threading.active_count() < 4:
    time.sleep(0.01)
time.sleep(0.05)
print("ready", flush=True)
# Each line moves one thread on: the test says when.
for line in sys.stdin:
    place[0] = (place[0] + 1) % 2
    print("moved", flush=True)
