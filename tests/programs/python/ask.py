"""The client of tasks.py: prints what becomes of each task."""

from celery.exceptions import WorkerLostError

import tasks

WAIT = {"timeout": 25, "interval": 0.02}

print(tasks.add.delay(3, 4).get(**WAIT))
try:
    tasks.crash.delay().get(**WAIT)
except WorkerLostError as error:
    print("lost:", str(error).split(":")[1].split("Job")[0].strip())
print([tasks.add.delay(number, 1).get(**WAIT) for number in range(5)])
