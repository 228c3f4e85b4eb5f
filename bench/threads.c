/* Threads that do nothing. */
#include <pthread.h>
#include <stddef.h>

#include "operation.h"

#define AT_A_TIME 32

static void *nothing(void *argument)
{
	return argument;
}

void thread_one(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		pthread_t thread;

		must(pthread_create(&thread, NULL, nothing, NULL), "create");
		must(pthread_join(thread, NULL), "join");
	}
}

/* So many at once that the shim's spare stacks are not enough. */
void thread_many(unsigned n)
{
	pthread_t threads[AT_A_TIME];

	for (unsigned done = 0; done < n; done += AT_A_TIME) {
		for (int i = 0; i < AT_A_TIME; i++)
			must(pthread_create(&threads[i], NULL, nothing, NULL),
			     "create");
		for (int i = 0; i < AT_A_TIME; i++)
			must(pthread_join(threads[i], NULL), "join");
	}
}
