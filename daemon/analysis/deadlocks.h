/*
 * Threads that wait for each other in a circle.  A thread waits for one other
 * at most, so each thread is in one circle at most.
 */
#ifndef FDP_ANALYSIS_DEADLOCKS_H
#define FDP_ANALYSIS_DEADLOCKS_H

#include "../report.h"

/*
 * Finds them in report->threads[].waits, and fills report->deadlocks.  Their
 * threads then come first in report->threads, circle by circle, behind the
 * crashed one.  A dump that has one gets it as its
 * cause.  0 or -ENOMEM.
 */
int fdp_deadlocks_find(struct fdp_report *report);

#endif
