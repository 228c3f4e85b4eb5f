"""The client of tasks.py: prints what becomes of each task."""

import os

from celery.exceptions import WorkerLostError

import tasks

WAIT = {"timeout": 25, "interval": 0.02}


def answer(task, *arguments):
    """The worker does not lock what it reads: it must not see half a task."""
    result = task.delay(*arguments)
    for name in os.listdir(tasks.SENT):
        os.rename(os.path.join(tasks.SENT, name), os.path.join(tasks.QUEUE, name))
    return result.get(**WAIT)


print(answer(tasks.add, 3, 4))
try:
    answer(tasks.crash)
except WorkerLostError as error:
    print("lost:", str(error).split(":")[1].split("Job")[0].strip())
print([answer(tasks.add, number, 1) for number in range(5)])
