/*
 * The tasks of asyncio: all that Python knows, with their coroutines' frames,
 * what each waits for and who waits for it.
 *
 * CPython 3.7 to 3.15, tasks of _asyncio and those that are written in Python.
 * From 3.14 on each thread has a list of its tasks; before that they are in
 * sets of the module asyncio.tasks.  Memory is hostile: a list may lead in
 * circles, a task may be none, its coroutine anything.
 */
#ifndef FDP_PYTHON_TASKS_H
#define FDP_PYTHON_TASKS_H

#include "reader.h"

/*
 * Tasks of one report.  A server that holds a connection in each has some
 * thousands; 10,000 take 0.2 s and are more than anybody reads.
 */
#define FDP_TASKS_MAX 10000

/*
 * Of a process that lives: tasks that are copied while it stands still, which
 * costs it 5 us for each.  Those behind them are read when it runs again.
 */
#define FDP_TASKS_HELD_MAX 1000

/*
 * Frames of one task: the limit of recursion is 1000 unless it is raised.  And
 * of all tasks together, 50 for each, which is 40 MiB.
 */
#define FDP_TASK_DEPTH_MAX 2000
#define FDP_TASK_FRAMES_MAX 200000

/* Pairs of tasks of which one awaits the other: a gather() of all others in
 * ten tasks. */
#define FDP_TASK_EDGES_MAX 100000

/*
 * Reads them into python->tasks; all strings and arrays are in the report's
 * arena.  Of a process that is going to be stopped, or has been, not ALL of
 * them: as many as were copied.  0 or -ENOMEM.
 */
int fdp_tasks_read(struct fdp_python_reader *reader, bool all);

#endif
