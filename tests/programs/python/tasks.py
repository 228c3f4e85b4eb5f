"""Tasks of a celery whose broker and results are directories."""

import os

from celery import Celery

QUEUE, SENT, RESULTS = "queue", "sent", "results"
for name in (QUEUE, SENT, RESULTS):
    os.makedirs(name, exist_ok=True)

app = Celery("tasks", broker="filesystem://", backend="file://" + os.path.abspath(RESULTS))
app.conf.broker_transport_options = {"data_folder_in": QUEUE, "data_folder_out": SENT,
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
