/* Threads that C makes, and threads that stand by. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "crashers.h"

static atomic_int parked;

struct start {
	int (*call)(void *argument);
	void *argument;
};

struct native_start {
	const struct crasher *way;
	int count;
};

CRASHER void *thread_main(void *argument);
CRASHER int native_main(void *argument);

CRASHER int park(void)
{
	HERE(atomic_fetch_add(&parked, 1));
	for (;;)
		HERE(pause());
}

void wait_parked(int count)
{
	while (atomic_load(&parked) < count)
		sched_yield();
}

int parked_count(void)
{
	return atomic_load(&parked);
}

CRASHER void *thread_main(void *argument)
{
	struct start start = *(struct start *)argument;

	free(argument);
	HERE(start.call(start.argument));
	return NULL;
}

int start_thread(int (*call)(void *argument), void *argument)
{
	struct start *start = malloc(sizeof(*start));
	pthread_t thread;
	int result;

	if (!start)
		return -1;
	*start = (struct start){ call, argument };
	result = pthread_create(&thread, NULL, thread_main, start);
	if (result != 0)
		free(start);
	return result;
}

CRASHER int native_main(void *argument)
{
	struct native_start start = *(struct native_start *)argument;

	free(argument);
	pthread_setname_np(pthread_self(), "native-worker");
	wait_parked(start.count);
	return HERE(start.way->die()) + 1;
}

int start_native_thread(const struct crasher *way, int count)
{
	struct native_start *start = malloc(sizeof(*start));

	if (!start)
		return -1;
	*start = (struct native_start){ way, count };
	return start_thread(native_main, start);
}
