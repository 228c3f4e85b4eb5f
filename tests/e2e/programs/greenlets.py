"""Greenlets of two threads; says itself what they are, and dies or waits to be looked at."""
import gc
import json
import os
import signal
import sys
import threading
import traceback

from greenlet import __version__, getcurrent, greenlet

LONG = 600
MANY = int(sys.argv[2]) if len(sys.argv) > 2 else 20
DEEP = 300
VERSION = sys.version_info[:2]

# What must not be collected.
kept = []
# The native threads, by their main greenlets.
threads = {}


class Hub:
    """Of one thread: where its greenlets go when they have nothing to do."""

    def __init__(self):
        self.main = self.back = getcurrent()
        threads[self.main] = threading.get_native_id()


def pause(hub):
    """Says of itself where it stands, and stands there again when it is looked at once more."""
    while True:
        hub.back.switch()


def generates(hub):
    yield 1
    pause(hub)


def iterates(hub):
    for _ in generates(hub):
        pass


def sorts(hub):
    """Through C: an evaluation by itself."""
    sorted([1, 2], key=lambda _: pause(hub))


def descends(hub, depth=DEEP):
    if depth:
        descends(hub, depth - 1)
    else:
        sorts(hub)


def handles(hub):
    try:
        raise ValueError("kept")
    except ValueError:
        pause(hub)


def nests(hub):
    child = greenlet(iterates)
    kept.append(child)
    while True:
        child.switch(hub)


def рекурсия(hub):
    sorts(hub)


def ends(_):
    return 1


class Derived(greenlet):
    def run(self, hub):
        sorts(hub)


class Owner:
    def method(self, hub):
        iterates(hub)


def fill(hub):
    """One after the other: each is begun in the main greenlet."""
    functions = [iterates, sorts, descends, handles, nests, рекурсия, ends, Owner().method]
    functions += [iterates] * MANY
    new = [greenlet(function) for function in functions] + [Derived()]
    kept.extend(new)
    for one in new:
        one.switch(hub)
    kept.extend([greenlet(iterates), greenlet(Owner().method), Derived(), greenlet(len)])


def leave():
    """A thread that ends before its greenlets do."""
    hub = Hub()
    threads[hub.main] = None
    kept.append(greenlet(sorts))
    kept[-1].switch(hub)


def leave_behind():
    thread = threading.Thread(target=leave)
    thread.start()
    thread.join()
    # What is left of it is put away by the main thread, when it is in Python's code again.
    for _ in range(1000):
        pass


def places(frame):
    """Most recent call first."""
    found = []
    for one, line in traceback.walk_stack(frame):
        code = one.f_code
        found.append([getattr(code, "co_qualname", code.co_name),
                      os.path.basename(code.co_filename), line])
    extracted = traceback.extract_stack(frame)
    assert len(extracted) == len(found), (extracted, found)
    return found


def function_of(one):
    """What one will call that was never started, if that is a function."""
    run = one.run if type(one) is greenlet else None
    return getattr(run, "__qualname__", None) if run is not len else None


def main_of(one):
    while one.parent is not None:
        one = one.parent
    return one


def state_of(one):
    if not one:
        return None if one.dead else "unstarted"
    return "suspended" if one.gr_frame else "running"


def parent_of(one):
    """What is left of a thread is none any more."""
    if one.parent is None or threads.get(one.parent, 1) is None:
        return None
    return hex(id(one.parent))


def describe(one):
    state = state_of(one)
    kind = type(one)
    return {
        "address": hex(id(one)),
        "type": "%s.%s" % (kind.__module__, kind.__qualname__),
        "main": one.parent is None,
        "state": state,
        "function": function_of(one) if state == "unstarted" else None,
        "parent": parent_of(one),
        "tid": threads.get(main_of(one)) if state != "unstarted" else None,
        "frames": places(one.gr_frame) if state == "suspended" else [],
    }


def describe_all(hub):
    """
    Of one thread, and (of the main one) what another has left.  In some versions a greenlet whose
    frame was asked for is not as others are, until it has run again.
    """
    hub.back = getcurrent()
    found = [one for one in gc.get_objects() if isinstance(one, greenlet)]
    mine = [one for one in found if main_of(one) is hub.main]
    left = [one for one in found if threads.get(main_of(one), 1) is None and one.parent]
    described = [describe(one) for one in mine + left if state_of(one)]
    for one in mine:
        if one is not getcurrent() and state_of(one) == "suspended":
            one.switch(hub)
    return described


def inside(hub, end):
    described = describe_all(hub)
    end(described)


def run(end):
    """The frames below this one are those of the thread's main greenlet."""
    hub = Hub()
    fill(hub)
    last = greenlet(inside)
    kept.append(last)
    while True:
        last.switch(hub, end)


def other_thread(said, ready):
    def end(described):
        said.extend(described)
        ready.set()
        threading.Event().wait(LONG)

    run(end)


class Deadly:
    """Garbage that kills who collects it."""

    def __init__(self):
        self.itself = self

    def __del__(self):
        os.kill(os.getpid(), signal.SIGSEGV)


def end_of_main(how, said):
    def end(described):
        print("ready")
        print(json.dumps(said + described), flush=True)
        if how == "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        if how == "collect":
            Deadly()
            gc.collect()
        sys.stdin.read()
        os._exit(0)

    return end


def main(how):
    said, ready = [], threading.Event()
    # Up to 1.x one cannot see that they are left.
    if __version__ >= "2":
        leave_behind()
    if how != "alone":
        threading.Thread(target=other_thread, args=(said, ready), daemon=True).start()
        ready.wait()
    run(end_of_main(how, said))


main(sys.argv[1])
