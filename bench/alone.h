/* Keeping the rest of the machine out of a measurement. */
#ifndef FDP_BENCH_ALONE_H
#define FDP_BENCH_ALONE_H

#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

/* From here on this process and its children run on PROCESSOR; -1: on any. */
static inline void pin(int processor)
{
	cpu_set_t one;

	if (processor < 0)
		return;
	CPU_ZERO(&one);
	CPU_SET(processor, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

/*
 * And they are not interrupted by ordinary processes.  What is not allowed is
 * done without.
 */
static inline void alone(int processor)
{
	struct sched_param priority = { .sched_priority = 1 };

	pin(processor);
	if (!getenv("BENCH_ORDINARY"))
		sched_setscheduler(0, SCHED_FIFO, &priority);
}

static inline int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

#endif
