/*
 * A thread that looks at the clock all the time and keeps the longest time
 * between two looks: for so long it did not run.  living.py loads it.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "alone.h"

int spin_begin(void);
int64_t spin_longest(void);

static _Atomic int64_t longest;
static _Atomic uint64_t turns;

/*
 * Like any thread: with a real-time priority the kernel holds it up for 50 ms
 * a second, and on a processor of its own it would not see whom a dump wakes.
 */
static void *spin(void *argument)
{
	int64_t last = now_ns();

	for (;;) {
		int64_t now = now_ns();

		if (now - last > longest)
			longest = now - last;
		last = now;
		turns++;
	}
	return argument;
}

/* 0, or the number of the error. */
int spin_begin(void)
{
	pthread_t thread;

	return pthread_create(&thread, NULL, spin, NULL);
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
