"""A worker that can answer leaves its number in the directory "ready"."""

import os

bind = "127.0.0.1:0"
workers = 3
graceful_timeout = 20


def on_starting(server):
    del server
    os.makedirs("ready", exist_ok=True)


def post_worker_init(worker):
    with open("ready/%d" % worker.pid, "w"):
        pass
