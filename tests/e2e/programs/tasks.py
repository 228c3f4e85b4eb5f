"""Trees of tasks in two threads; says itself what they are, and dies or waits to be looked at."""
import asyncio
import gc
import json
import os
import signal
import sys
import threading

LONG = 600
MANY = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
VERSION = sys.version_info[:2]

# Who is awaited by whom.
CIRCLE = {"hen": ["egg"], "egg": ["hen"]}

# Which task awaits which others, by their names: how they were made.
awaits = {}
# What must not be collected.
kept = []
# The native threads of the loops, by loop.
threads = {}


async def innermost(future):
    await future


async def middle(future):
    await innermost(future)


async def nested(future):
    await middle(future)


async def sleeps():
    await asyncio.sleep(LONG)


async def locks(lock):
    async with lock:
        pass


async def gets(queue):
    await queue.get()


async def generates():
    yield 1
    await asyncio.sleep(LONG)
    yield 2


async def iterates():
    async for _ in generates():
        pass


class Awaitable:
    def __init__(self, future):
        self.future = future

    def __await__(self):
        return (yield from self.future)


async def awaits_object(future):
    await Awaitable(future)


async def waits_all(tasks):
    await asyncio.wait(tasks)


async def waits_for(task):
    await asyncio.wait_for(task, LONG)


async def gathers(*tasks):
    await asyncio.gather(*tasks)


async def groups():
    async with asyncio.TaskGroup() as group:
        for number in (1, 2):
            add("member-%d" % number, sleeps(), create=group.create_task)


async def waits_event(event):
    await event.wait()


async def other_of_circle(names):
    await names["egg"]


async def one_of_circle(task):
    await task


async def value():
    return 1


def add(name, coroutine, create=None, awaited=()):
    """A task of this name; its loop keeps no more than a weak reference."""
    create = create or asyncio.get_running_loop().create_task
    task = create(coroutine)
    set_name(task, name)
    kept.append(task)
    awaits[name] = sorted(awaited)
    return task


def set_name(task, name):
    if hasattr(task, "set_name"):
        task.set_name(name)
    else:
        names[id(task)] = name


names = {}


def name_of(task):
    return task.get_name() if hasattr(task, "get_name") else names.get(id(task))


def python_task(coroutine):
    return asyncio.tasks._PyTask(coroutine, loop=asyncio.get_running_loop())


def eager_task(coroutine):
    return asyncio.Task(coroutine, loop=asyncio.get_running_loop(), eager_start=True)


def place(frame):
    code = frame.f_code
    return [getattr(code, "co_qualname", code.co_name), os.path.basename(code.co_filename),
            frame.f_lineno]


def next_of(thing):
    """(frame, what it awaits)"""
    for frame, below in (("cr_frame", "cr_await"), ("gi_frame", "gi_yieldfrom"),
                         ("ag_frame", "ag_await")):
        if hasattr(thing, frame):
            return getattr(thing, frame), getattr(thing, below)
    if type(thing).__name__ in ("coroutine_wrapper", "async_generator_asend"):
        return None, gc.get_referents(thing)[0]
    return None, None


def stack_of(task):
    """Most recent call first."""
    places = []
    thing = task._coro
    while thing is not None:
        frame, thing = next_of(thing)
        if frame is not None:
            places.insert(0, place(frame))
    return places


def waiter_of(task):
    waiter = task._fut_waiter
    if waiter is None:
        return None
    kind = type(waiter)
    return "%s.%s" % (kind.__module__, kind.__qualname__)


def awaited_by(task):
    """3.14 on: as asyncio itself tells, which has no end for those in a circle."""
    if name_of(task) in CIRCLE:
        return CIRCLE[name_of(task)]
    graph = asyncio.capture_call_graph(task)
    return sorted(name_of(one.future) for one in graph.awaited_by)


def describe(task, running, known):
    """What asyncio does not list is not known to be a task that is awaited either."""
    name = name_of(task)
    described = {
        "name": name,
        "coroutine": task._coro.__qualname__,
        "state": "running" if task is running else "pending",
        "frames": stack_of(task),
        "must_cancel": bool(task._must_cancel),
        "future": waiter_of(task),
        "awaits": [one for one in awaits.get(name, []) if one in known],
        "tid": threads[task.get_loop() if hasattr(task, "get_loop") else task._loop],
    }
    if VERSION >= (3, 14):
        described["awaited_by"] = awaited_by(task)
    return described


async def second(ready):
    """The main task of another thread's loop, which waits in its selector."""
    loop = asyncio.get_running_loop()
    threads[loop] = threading.get_native_id() if VERSION > (3, 7) else None
    set_name(current(), "second")
    future = loop.create_future()
    add("apart", nested(future))
    awaits["second"] = ["apart"]
    loop.call_later(0.05, ready.set)
    await kept[-1]


def current():
    return asyncio.current_task()


def fill():
    """All kinds of tasks but those that must not run before they are looked at."""
    loop = asyncio.get_running_loop()
    lock, queue, event = asyncio.Lock(), asyncio.Queue(), asyncio.Event()
    kept.extend([lock, queue, event])
    if not lock.locked():
        lock._locked = True
    future = loop.create_future()
    kept.append(future)
    add("nested", nested(future))
    add("sleeps", sleeps())
    add("locks", locks(lock))
    add("gets", gets(queue))
    add("iterates", iterates())
    add("object", awaits_object(future))
    pair = [add("first-of-wait", sleeps()), add("second-of-wait", nested(future))]
    add("waits", waits_all(pair), awaited=["first-of-wait", "second-of-wait"])
    add("waits-for", waits_for(add("timed", sleeps())), awaited=["timed"])
    pair = [add("first-of-gather", sleeps()), add("second-of-gather", nested(future))]
    add("gathers", gathers(*pair), awaited=["first-of-gather", "second-of-gather"])
    add("awaits-task", nested(pair[0]), awaited=["first-of-gather"])
    add("python", nested(future), create=python_task)
    add("awaits-python", nested(kept[-1]), awaited=["python"])
    if VERSION >= (3, 11):
        add("groups", groups(), awaited=["member-1", "member-2"])
    if VERSION >= (3, 12):
        add("eager", nested(future), create=eager_task)
    circle = {}
    circle["hen"] = add("hen", other_of_circle(circle), awaited=["egg"])
    circle["egg"] = add("egg", one_of_circle(circle["hen"]), awaited=["hen"])
    for number in range(MANY):
        add("waiter-%d" % number, waits_event(event))


def say(running):
    tasks = sum((sorted(asyncio.all_tasks(loop), key=name_of) for loop in threads), [])
    known = [name_of(task) for task in tasks]
    described = [describe(task, running, known) for task in tasks]
    print("ready")
    print(json.dumps(described), flush=True)


def end(how):
    """The frames below are those of the running task."""
    if how == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    sys.stdin.read()
    # Those in a circle cannot be cancelled.
    os._exit(0)


async def main(how):
    threads[asyncio.get_running_loop()] = threading.get_native_id() if VERSION > (3, 7) else None
    set_name(current(), "main")
    if how != "few":
        fill()
    else:
        add("nested", nested(asyncio.get_running_loop().create_future()))
    ready = threading.Event()
    thread = threading.Thread(target=asyncio.run, args=(second(ready),), daemon=True)
    thread.start()
    done = add("done", value())
    for _ in range(10):
        await asyncio.sleep(0)
    ready.wait()
    add("fresh", sleeps())
    add("cancelled", sleeps()).cancel()
    say(current())
    end(how)


asyncio.run(main(sys.argv[1]))
