"""Tasks of a celery whose broker and results are directories."""

import os

from celery import Celery

for name in ("queue", "processed", "results"):
    os.makedirs(name, exist_ok=True)

app = Celery("tasks", broker="filesystem://", backend="file://" + os.path.abspath("results"))
app.conf.broker_transport_options = {"data_folder_in": "queue", "data_folder_out": "queue",
                                     "processed_folder": "processed",
                                     "store_processed": False, "polling_interval": 0.05}
# A lost worker is waited for this long: it may have sent its result before.
app.conf.worker_lost_wait = 0.1


@app.task
def add(first, second):
    return first + second


@app.task
def crash():
    import _crashers
    _crashers.die("null-read")


@app.task
def worker():
    return os.getpid()
