"""Waits in epoll_wait, and says at the end how often that was interrupted."""
import ctypes
import errno
import os
import select
import sys

libc = ctypes.CDLL(None, use_errno=True)
epoll = select.epoll()
epoll.register(0, select.EPOLLIN)
events = ctypes.create_string_buffer(12 * 4)
interrupted = 0
print("ready", flush=True)
while libc.epoll_wait(epoll.fileno(), events, 4, -1) < 0:
    if ctypes.get_errno() != errno.EINTR:
        sys.exit(os.strerror(ctypes.get_errno()))
    interrupted += 1
print("interrupted", interrupted, flush=True)
