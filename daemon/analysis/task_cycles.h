/*
 * Tasks that await each other in a circle: none of them will ever run again.
 * A pure function of report->tasks.
 */
#ifndef FDP_ANALYSIS_TASK_CYCLES_H
#define FDP_ANALYSIS_TASK_CYCLES_H

#include "../report.h"

/* Circles that are shown; one is enough to stop a program. */
#define FDP_TASK_CYCLES_MAX 16

/*
 * Fills report->tasks.cycles.  0 or -ENOMEM.
 */
int fdp_task_cycles_find(struct fdp_report *report);

#endif
