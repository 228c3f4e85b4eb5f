/*
 * A thread that looks at the clock all the time and keeps the longest time
 * between two looks: for so long it did not run.  living.py loads it.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "alone.h"

int spin_begin(int processor);
int64_t spin_longest(void);

static _Atomic int64_t longest;
static _Atomic uint64_t turns;

static void *spin(void *argument)
{
	int processor = (int)(intptr_t)argument;
	int64_t last, now;

	if (processor >= 0)
		alone(processor);
	for (last = now_ns();; last = now) {
		now = now_ns();
		if (now - last > longest)
			longest = now - last;
		turns++;
	}
	return NULL;
}

/* PROCESSOR as for alone(); -1: any, with the priority that there is. */
int spin_begin(int processor)
{
	pthread_t thread;

	return pthread_create(&thread, NULL, spin, (void *)(intptr_t)processor);
}

/*
 * Nanoseconds, since the last call.  What holds the thread up at this moment
 * ends first, else it would be taken for the next one's: two turns, since the
 * first may have looked at the clock already.
 */
int64_t spin_longest(void)
{
	uint64_t until = turns + 2;

	while (turns < until)
		sched_yield();
	return atomic_exchange(&longest, 0);
}
