"""Says to its daemon what no shim would say, then crashes.

The daemon must neither stay for it nor lose the report.
"""
import array
import fcntl
import mmap
import os
import resource
import socket
import struct
import sys
import time

import _crashers

MAGIC, VERSION = 0x50524446, 2
HELLO, JOIN, FOREIGN = 1, 2, 6
F_ADD_SEALS = 1033
MFD_ALLOW_SEALING = 2
CONNECTIONS = 200
DESCRIPTORS = 36


def own_channel():
    """The only socket that this program has."""
    for name in os.listdir("/proc/self/fd"):
        try:
            return socket.socket(fileno=os.dup(int(name)))
        except OSError:  # no socket, or what the directory was listed with
            pass


def packet(kind, body):
    return struct.pack("<IHHII", MAGIC, VERSION, kind, 16 + len(body), 0) + body


def hello(kind, token=0, flags=0):
    return packet(kind, struct.pack("<IIQ", os.getpid(), flags, token))


def send(message, *fds, over=None):
    control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    (over or CHANNEL).sendmsg([message], control)


def connect():
    other = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    other.connect(b"\0" + os.environ["FDPRELOAD_REPORTER"].split(":")[0].encode())
    return other


def pair():
    HELD.extend(socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET))
    return [one.fileno() for one in HELD[-2:]]


def memfd(size=0):
    fd = os.memfd_create("x", MFD_ALLOW_SEALING) if hasattr(os, "memfd_create") else \
        os.open(".", os.O_TMPFILE | os.O_RDWR)
    os.ftruncate(fd, size)
    return fd


def own_end():
    send(hello(JOIN), CHANNEL.fileno())


def session(*fds):
    """A connection that has the right to be one."""
    _, token, _ = os.environ["FDPRELOAD_REPORTER"].split(":")
    HELD.append(connect())
    send(hello(HELLO, int(token, 16)), *fds, over=HELD[-1])
    return HELD[-1]


def own_end_by_name():
    """The end of a connection that is a session already."""
    send(hello(JOIN), session().fileno())


def both_ends():
    left, right = pair()
    send(hello(JOIN), left)
    send(hello(JOIN), right)


def end_within():
    """A socket in whose queue its own other end waits."""
    left, right = pair()
    HELD[-1].setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    send(hello(JOIN), left, over=HELD[-2])
    send(hello(JOIN), right)


def wrong_lives():
    """What is no memfd, or not one that could say anything."""
    file = os.open(".", os.O_TMPFILE | os.O_RDWR)
    sealed, large = memfd(), memfd(1 << 20)
    fcntl.fcntl(sealed, F_ADD_SEALS, 1)
    HELD.append(mmap.mmap(large, 1 << 20))
    for fd in (file, sealed, large, CHANNEL.fileno(), 0, os.open("/", os.O_PATH)):
        session(fd, fd)


def silent():
    HELD.extend(connect() for _ in range(CONNECTIONS))


def silent_and_many():
    """As many as the daemon may have descriptors, and more."""
    pid = struct.unpack("III", connect().getsockopt(
        socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
    silent()


def guessing():
    for token in range(CONNECTIONS):
        other = connect()
        other.send(hello(HELLO, token))
        HELD.append(other)


def crashing_unproven():
    other = connect()
    other.send(packet(3, bytes(1792)))
    HELD.append(other)


def garbage():
    for message in (b"x", bytes(5000), packet(FOREIGN, b"\xff" * 280), hello(HELLO, 0, 0xffffffff),
                    packet(99, b""), hello(JOIN)):
        send(message)
    # The daemon has read all of it: none of its answers is for the crash.
    time.sleep(0.2)


WAYS = [own_end, own_end_by_name, both_ends, end_within, wrong_lives, silent, silent_and_many,
        guessing, crashing_unproven, garbage]
HELD = []
CHANNEL = own_channel()
{way.__name__: way for way in WAYS}[sys.argv[1]]()
_crashers.die("null-read")
