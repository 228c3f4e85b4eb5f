/* The tasks of asyncio as members of the JSON form. */
#ifndef FDP_RENDER_JSON_TASKS_H
#define FDP_RENDER_JSON_TASKS_H

#include <stdio.h>

#include "../report.h"

/* What stands between the brackets of "tasks".  0, -EIO or -ENOMEM. */
int fdp_json_tasks_write(FILE *out, const struct fdp_report *report);

/* The same of "task_cycles". */
int fdp_json_cycles_write(FILE *out, const struct fdp_report *report);

#endif
