/* Every thread that the program makes gets an alternate signal stack. */
#include "threads.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "altstack.h"
#include "foreign.h"
#include "ours.h"
#include "real.h"
#include "record.h"

static pthread_key_t key;
static bool ready;

/*
 * What a new thread has to do, and later the state of its end, in the reserved
 * bytes above its alternate stack: no allocation that could be lost.
 */
struct start {
	void *(*routine)(void *);
	void *argument;
	uint64_t blocked; /* as its maker, or its attributes, believe it */
	struct fdp_record *record;
	unsigned rounds; /* of destructors, see leave() */
};

_Static_assert(sizeof(struct start) <= FDP_ALTSTACK_RESERVED, "reserved");

static struct start *start_of(void *top)
{
	return (struct start *)((char *)top - FDP_ALTSTACK_RESERVED);
}

/* A thread's stack and record, or NULL. */
static void *new_top(void)
{
	struct fdp_record *record;
	void *top;

	if (!ready)
		return NULL;
	record = fdp_record_new();
	if (!record)
		return NULL;
	top = fdp_altstack_new();
	if (!top) {
		fdp_record_free(record);
		return NULL;
	}
	record->stack = top;
	start_of(top)->record = record;
	return top;
}

static void free_top(void *top)
{
	struct fdp_record *record = start_of(top)->record;

	record->stack = NULL;
	fdp_record_free(record);
	fdp_altstack_free(top);
}

static void finish(void *top)
{
	fdp_self = 0;
	fdp_altstack_leave(top);
	free_top(top);
}

/*
 * Runs when the thread ends.  It asks to be called again until the last round
 * of destructors, so that a fault in another destructor still finds the stack.
 */
static void leave(void *top)
{
	struct start *start = start_of(top);

	if (++start->rounds < PTHREAD_DESTRUCTOR_ITERATIONS &&
	    FDP_REAL(pthread_setspecific)(key, top) == 0)
		return;
	finish(top);
}

/* Faults that the thread begins with blocked are blocked only in name. */
static void begin_mask(struct fdp_record *record, uint64_t blocked)
{
	record->blocked = blocked;
	if (blocked)
		fdp_sys(SYS_rt_sigprocmask, SIG_UNBLOCK, &blocked, NULL, 8);
}

static void enter(void *top)
{
	struct start *start = start_of(top);

	start->rounds = 0;
	fdp_record_enter(start->record);
	begin_mask(start->record, start->blocked);
	fdp_altstack_use(top);
	if (FDP_REAL(pthread_setspecific)(key, top) != 0)
		finish(top);
}

static void *run(void *top)
{
	struct start start = *start_of(top);

	enter(top);
	return start.routine(start.argument);
}

typedef int c11_routine(void *);

static int run_c11(void *top)
{
	struct start start = *start_of(top);

	enter(top);
	return ((c11_routine *)(void *)start.routine)(start.argument);
}

/* Of the signals that we keep unblocked, those the thread is to have. */
static uint64_t inherited(const pthread_attr_t *attributes)
{
	const uint64_t faults = FDP_FAULTS & fdp_state.signals;
	const struct fdp_record *maker = fdp_record_self();
	sigset_t mask;

	if (attributes &&
	    fdp_real_optional(FDP_REAL_pthread_attr_getsigmask_np) &&
	    FDP_REAL(pthread_attr_getsigmask_np)(attributes, &mask) == 0)
		return *(uint64_t *)&mask & faults;
	return maker ? maker->blocked : 0;
}

/* TOP is for the new thread, or NULL if there is no more memory. */
static void *prepare(void *(*routine)(void *), void *argument,
		     const pthread_attr_t *attributes)
{
	void *top = new_top();

	if (!top)
		return NULL;
	fdp_foreign_look();
	start_of(top)->routine = routine;
	start_of(top)->argument = argument;
	start_of(top)->blocked = inherited(attributes);
	return top;
}

FDP_EXPORT int pthread_create(pthread_t *thread,
			      const pthread_attr_t *attributes,
			      void *(*routine)(void *), void *argument)
{
	void *top;
	int r;

	/* A program without libpthread, before glibc 2.34. */
	if (!fdp_real(FDP_REAL_pthread_create))
		return EAGAIN;
	top = prepare(routine, argument, attributes);
	if (!top)
		return FDP_REAL(pthread_create)(thread, attributes, routine,
						argument);
	r = FDP_REAL(pthread_create)(thread, attributes, run, top);
	if (r != 0)
		free_top(top);
	return r;
}

FDP_EXPORT int thrd_create(thrd_t *thread, thrd_start_t routine, void *argument)
{
	void *top;
	int r;

	if (!fdp_real(FDP_REAL_thrd_create))
		return thrd_error;
	top = prepare((void *)routine, argument, NULL);
	if (!top)
		return FDP_REAL(thrd_create)(thread, routine, argument);
	r = FDP_REAL(thrd_create)(thread, run_c11, top);
	if (r != thrd_success)
		free_top(top);
	return r;
}

int fdp_threads_init(void)
{
	struct fdp_record *record = fdp_record_new();
	void *top = record ? fdp_altstack_new() : NULL;

	if (!top)
		return -ENOMEM;
	record->stack = top;
	start_of(top)->record = record;
	fdp_record_enter(record);
	fdp_altstack_offer(top);
	/* A glibc before 2.34 without libpthread: there are no threads. */
	ready = fdp_real(FDP_REAL_pthread_key_create) &&
		fdp_real(FDP_REAL_pthread_setspecific) &&
		FDP_REAL(pthread_key_create)(&key, leave) == 0;
	return 0;
}

void fdp_threads_undo(void)
{
	struct fdp_record *record = fdp_record_self();

	ready = false;
	if (record)
		finish(record->stack);
}

void fdp_threads_take_mask(void)
{
	uint64_t mask = 0;

	fdp_sys(SYS_rt_sigprocmask, 0, NULL, &mask, 8);
	begin_mask(fdp_record_self(), mask & FDP_FAULTS & fdp_state.signals);
}
