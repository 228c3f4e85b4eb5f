"""A parent that is watched, and children that crash in places of their own.

    family.py exec NAME=VALUE...    a Python with these variables changed
    family.py fork HOW              a forked child, after HOW; see WAYS
    family.py serve COUNT           COUNT forked workers at the same time
    family.py together              it crashes itself, and a forked child meanwhile
"""
import ctypes
import os
import subprocess
import sys

import _crashers

CRASH = [sys.executable, "-c", "import _crashers; _crashers.die('null-read')"]
CLONE_NEWNET = 0x40000000
NOBODY = 65534


def unshare_network():
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "unshare")


def change_root():
    os.mkdir("empty")
    os.chroot("empty")


def change_user():
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def use_up_descriptors():
    try:
        while True:
            os.open("/dev/null", os.O_RDONLY)
    except OSError:
        pass


def lose_network_and_channel():
    unshare_network()
    os.closerange(3, 65536)


WAYS = {
    "plain": lambda: None,
    "network": unshare_network,
    "root": change_root,
    "user": change_user,
    "close": lambda: os.closerange(3, 65536),
    "exhaust": use_up_descriptors,
    "close-network": lose_network_and_channel,
}


def fork(prepare):
    child = os.fork()
    if child == 0:
        try:
            prepare()
            _crashers.die("null-read")
        finally:
            os._exit(99)
    return child


def number_of(child):
    """Of the signal; without the core flag, since all want the same file."""
    status = os.waitpid(child, 0)[1]
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else "exit %d" % os.WEXITSTATUS(status)


def execute(changes):
    environment = dict(os.environ)
    for change in changes:
        name, value = change.split("=", 1)
        environment[name] = value
    print("child", subprocess.run(CRASH, env=environment, stderr=subprocess.DEVNULL).returncode)


def is_dying(pid):
    """It is held in the handler: a thread of it is traced, or waits there."""
    with open("/proc/%d/status" % pid) as file:
        text = file.read()
    return "SigBlk:\t0000000000000000" not in text


def together():
    parent = os.getpid()

    def wait():
        while os.getppid() == parent and not is_dying(parent):
            os.sched_yield()

    fork(wait)
    _crashers.die("null-read")


def serve(count):
    read_end, write_end = os.pipe()

    def wait():
        os.close(write_end)
        os.read(read_end, 1)

    workers = [fork(wait) for _ in range(count)]
    os.close(write_end)
    print("workers", [number_of(worker) for worker in workers])


print("ready", flush=True)
sys.stdin.read()
if sys.argv[1] == "exec":
    execute(sys.argv[2:])
elif sys.argv[1] == "fork":
    print("child", number_of(fork(WAYS[sys.argv[2]])))
elif sys.argv[1] == "serve":
    serve(int(sys.argv[2]))
else:
    together()
