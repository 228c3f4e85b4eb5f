"""A program of gevent that waits in many ways; says itself what its greenlets are."""
import gc
import json
import os
import signal
import sys
import traceback

import gevent
import gevent.event
import gevent.pool
import gevent.queue
from greenlet import greenlet

LONG = 600


def sleeps():
    gevent.sleep(LONG)


def gets(queue):
    queue.get()


def waits(event):
    event.wait()


def joins(others):
    gevent.joinall(others)


def places(frame):
    """Most recent call first."""
    found = [[one.f_code.co_qualname, os.path.basename(one.f_code.co_filename), line]
             for one, line in traceback.walk_stack(frame)]
    assert len(traceback.extract_stack(frame)) == len(found)
    return found


def describe(one):
    # One of gevent says that it is true before it has begun.
    begun = greenlet.__bool__(one)
    state = "unstarted" if not begun else "suspended" if one.gr_frame else "running"
    kind = type(one)
    return {
        "address": hex(id(one)),
        "type": "%s.%s" % (kind.__module__, kind.__qualname__),
        "main": one.parent is None,
        "state": state,
        "function": None,
        "parent": one.parent and hex(id(one.parent)),
        "tid": os.getpid() if state != "unstarted" else None,
        "frames": places(one.gr_frame) if state == "suspended" else [],
    }


def main(how):
    pool = gevent.pool.Pool(10)
    kept = [pool, gevent.queue.Queue(), gevent.event.Event()]
    kept += [pool.spawn(sleeps) for _ in range(5)]
    kept += [gevent.spawn(gets, kept[1]), gevent.spawn(waits, kept[2])]
    kept.append(gevent.spawn(joins, kept[3:5]))
    kept.append(gevent.spawn(len, ()))
    gevent.sleep(0.05)
    kept.append(gevent.spawn(sleeps))
    found = [one for one in gc.get_objects() if isinstance(one, greenlet) and not one.dead]
    print("ready")
    print(json.dumps([describe(one) for one in found]), flush=True)
    if how == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    sys.stdin.read()
    os._exit(0)


main(sys.argv[1])
