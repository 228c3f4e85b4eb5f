"""Says whom a program names as its tracer, call by call: by a listener of seccomp.

naming.py SCENARIO: a line for each call, "PROCESS WHOM", processes by the order of their first.
"""
import array
import ctypes
import fcntl
import os
import select
import socket
import struct
import subprocess
import sys
import threading
import time

LONG = 5.0
PR_SET_PTRACER, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 0x59616d61, 36, 38
ANY = ctypes.c_ulong(-1)
SYS_PRCTL, SYS_SECCOMP = 157, 317
SET_MODE_FILTER, NEW_LISTENER = 1, 8
RECEIVE, ANSWER, CONTINUE = 0xc0502100, 0xc0182101, 1
QUESTION, REPLY = "=QIIiIQ6Q", "=QqiI"
# Load the number of the call; only prctl; load its first argument; only this one.
FILTER = [(0x20, 0, 0, 0), (0x15, 0, 3, SYS_PRCTL), (0x20, 0, 0, 16),
          (0x15, 0, 1, PR_SET_PTRACER), (0x06, 0, 0, 0x7fc00000), (0x06, 0, 0, 0x7fff0000)]

libc = ctypes.CDLL(None, use_errno=True)


def listen():
    program = b"".join(struct.pack("=HBBI", *one) for one in FILTER)
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HP", len(FILTER), ctypes.addressof(code))
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    fd = libc.syscall(SYS_SECCOMP, SET_MODE_FILTER, NEW_LISTENER, header)
    if fd < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    return fd


def program_of(pid):
    try:
        return os.path.basename(os.readlink("/proc/%d/exe" % pid))
    except OSError:
        return "?"


def describe(pid):
    """The daemon, or where it has to keep a parent that one."""
    if pid == 2**64 - 1:
        return "anybody"
    if program_of(pid) == "fdpreloadd":
        return "reporter"
    end = time.monotonic() + LONG # there nobody waits until it is exec'd
    while time.monotonic() < end:
        with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
            if [program_of(int(child)) for child in file.read().split()] == ["fdpreloadd"]:
                return "parent of the reporter"
        time.sleep(0.005)
    return "process %d" % pid


def answer(listener, pids):
    question = bytearray(struct.calcsize(QUESTION))
    try:
        fcntl.ioctl(listener, RECEIVE, question)
    except OSError: # it is dead
        return
    unique, pid, _, _, _, _, _, whom, *_ = struct.unpack(QUESTION, question)
    if pid not in pids:
        pids.append(pid)
    print(pids.index(pid) + 1, describe(whom), flush=True)
    fcntl.ioctl(listener, ANSWER, struct.pack(REPLY, unique, 0, 0, CONTINUE))


def supervise(scenario):
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        fd = listen()
        theirs.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))])
        os.close(fd)
        os.environ.pop("FDPRELOAD_REPORTER", None)
        if scenario == "subreaper":
            libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        os.execv(sys.executable, [sys.executable, __file__, scenario, "itself"])
    theirs.close()
    _, control, _, _ = ours.recvmsg(1, socket.CMSG_SPACE(4))
    listener = array.array("i", control[0][2])[0]
    poller = select.poll()
    poller.register(listener, select.POLLIN)
    pids = []
    # Until nobody is left who has the filter, and that is said by POLLHUP.
    while not any(event & select.POLLHUP for _, event in poller.poll()):
        answer(listener, pids)
    os.waitpid(child, 0)


def thread():
    one = threading.Thread(target=lambda: None)
    one.start()
    one.join()


def dump():
    with open(os.devnull, "wb") as file:
        libc.fdp_api_dump_traceback(file.fileno(), 1, ctypes.c_long(0), 0)


def in_child(*steps):
    pid = os.fork()
    if pid == 0:
        for step in steps:
            step()
        os._exit(0)
    os.waitpid(pid, 0)


def choose():
    libc.prctl(PR_SET_PTRACER, ANY, 0, 0, 0)


def crash():
    ctypes.string_at(0)


def forked():
    thread()
    dump()
    in_child(thread, dump, thread)
    in_child(dump, thread)
    in_child(lambda: None)
    in_child(crash)


def chosen():
    in_child(dump, choose, thread, dump, crash)
    choose()
    thread()
    dump()
    in_child(dump)
    crash()


def executed():
    subprocess.run([sys.executable, "-c", "1"], close_fds=False)


def filtered():
    """What is to come is asked for before a filter may forbid it."""
    in_child(lambda: libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))


def subreaper():
    dump()


if len(sys.argv) > 2:
    globals()[sys.argv[1]]()
else:
    supervise(sys.argv[1])
