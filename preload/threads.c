/* Every thread that the program makes gets an alternate signal stack. */
#include "threads.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "altstack.h"
#include "lookup.h"

typedef int create_function(pthread_t *, const pthread_attr_t *,
			    void *(*)(void *), void *);
typedef int key_create_function(pthread_key_t *, void (*)(void *));
typedef int setspecific_function(pthread_key_t, const void *);

static create_function *real_create;
static setspecific_function *real_setspecific;
static pthread_key_t stack_key;
static bool ready;

/*
 * What a new thread has to do, and later the state of its end, in the reserved
 * bytes above its alternate stack: no allocation that could be lost.
 */
struct start {
	void *(*routine)(void *);
	void *argument;
	unsigned rounds; /* of destructors, see leave() */
};

_Static_assert(sizeof(struct start) <= FDP_ALTSTACK_RESERVED, "reserved");

static struct start *start_of(void *top)
{
	return (struct start *)((char *)top - FDP_ALTSTACK_RESERVED);
}

/*
 * Runs when the thread ends.  It asks to be called again until the last round
 * of destructors, so that a fault in another destructor still finds the stack.
 */
static void leave(void *top)
{
	struct start *start = start_of(top);

	if (++start->rounds < PTHREAD_DESTRUCTOR_ITERATIONS &&
	    real_setspecific(stack_key, top) == 0)
		return;
	fdp_altstack_leave(top);
	fdp_altstack_free(top);
}

static void *run(void *top)
{
	struct start start = *start_of(top);

	start_of(top)->rounds = 0;
	if (fdp_altstack_use(top) < 0 ||
	    real_setspecific(stack_key, top) != 0) {
		fdp_altstack_leave(top);
		fdp_altstack_free(top);
	}
	return start.routine(start.argument);
}

__attribute__((visibility("default"))) int
pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
	       void *(*routine)(void *), void *argument)
{
	void *top;
	int r;

	if (!real_create)
		real_create =
			(create_function *)fdp_lookup_next("pthread_create");
	if (!real_create)
		return EAGAIN;
	top = ready ? fdp_altstack_new() : NULL;
	if (!top)
		return real_create(thread, attributes, routine, argument);
	start_of(top)->routine = routine;
	start_of(top)->argument = argument;
	r = real_create(thread, attributes, run, top);
	if (r != 0)
		fdp_altstack_free(top);
	return r;
}

int fdp_threads_init(void)
{
	key_create_function *create_key =
		(key_create_function *)fdp_lookup_next("pthread_key_create");
	void *top = fdp_altstack_new();

	if (!top)
		return -ENOMEM;
	if (fdp_altstack_use(top) < 0)
		fdp_altstack_free(top);
	real_setspecific =
		(setspecific_function *)fdp_lookup_next("pthread_setspecific");
	/* A glibc before 2.34 without libpthread: there are no threads. */
	ready = create_key && real_setspecific &&
		create_key(&stack_key, leave) == 0;
	return 0;
}
