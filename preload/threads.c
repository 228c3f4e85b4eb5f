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

/* A new thread's record, with a stack; or NULL. */
static struct fdp_record *new_record(void)
{
	struct fdp_record *record = fdp_record_new();

	if (!record)
		return NULL;
	record->stack = fdp_altstack_new();
	if (record->stack)
		return record;
	fdp_record_free(record);
	return NULL;
}

static void free_record(struct fdp_record *record)
{
	void *top = record->stack;

	record->stack = NULL;
	fdp_record_free(record);
	fdp_altstack_free(top);
}

static void finish(struct fdp_record *record)
{
	fdp_self = 0;
	fdp_altstack_leave(record->stack);
	free_record(record);
}

/*
 * Runs when the thread ends.  It asks to be called again until the last round
 * of destructors, so that a fault in another destructor still finds the stack.
 */
static void leave(void *argument)
{
	struct fdp_record *record = argument;

	if (++record->rounds < PTHREAD_DESTRUCTOR_ITERATIONS &&
	    FDP_REAL(pthread_setspecific)(key, record) == 0)
		return;
	finish(record);
}

/*
 * The first thread of a forked child has the parent's others on its books:
 * their thread pointers, and stacks, may soon be those of new ones.
 */
static void sweep(void)
{
	struct fdp_fork_page *page = fdp_state.page;
	uint32_t count = __atomic_load_n(&fdp_records.count, __ATOMIC_ACQUIRE);

	if (page->swept || page->pid == fdp_state.origin_pid)
		return;
	page->swept = 1;
	fdp_tracer_name(fdp_state.tracer);
	for (uint32_t number = 1; number <= count; number++) {
		struct fdp_record *record = fdp_record_at(number);

		if (number != fdp_self && record->tid)
			free_record(record);
	}
}

/* Faults that the thread begins with blocked are blocked only in name. */
static void begin_mask(struct fdp_record *record, uint64_t blocked)
{
	record->blocked = blocked;
	if (blocked)
		fdp_sys(SYS_rt_sigprocmask, SIG_UNBLOCK, &blocked, NULL, 8);
}

static void enter(struct fdp_record *record)
{
	record->rounds = 0;
	fdp_record_enter(record);
	begin_mask(record, record->blocked);
	fdp_altstack_use(record->stack);
	if (FDP_REAL(pthread_setspecific)(key, record) != 0)
		finish(record);
}

static void *run(void *argument)
{
	struct fdp_record *record = argument;
	fdp_routine *routine = record->routine;
	void *its_argument = record->argument;

	enter(record);
	return routine(its_argument);
}

typedef int c11_routine(void *);

static int run_c11(void *argument)
{
	struct fdp_record *record = argument;
	c11_routine *routine = (c11_routine *)(void *)record->routine;
	void *its_argument = record->argument;

	enter(record);
	return routine(its_argument);
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

/*
 * What a new thread has to do, in its record: no allocation that could be lost,
 * and its stack stays untouched.  NULL if there is no more memory.
 */
static struct fdp_record *prepare(fdp_routine *routine, void *argument,
				  const pthread_attr_t *attributes)
{
	struct fdp_record *record;

	if (!ready)
		return NULL;
	sweep();
	record = new_record();
	if (!record)
		return NULL;
	fdp_foreign_look();
	record->routine = routine;
	record->argument = argument;
	record->blocked = inherited(attributes);
	return record;
}

FDP_EXPORT int pthread_create(pthread_t *thread,
			      const pthread_attr_t *attributes,
			      void *(*routine)(void *), void *argument)
{
	struct fdp_record *record;
	int r;

	/* A program without libpthread, before glibc 2.34. */
	if (!fdp_real(FDP_REAL_pthread_create))
		return EAGAIN;
	record = prepare(routine, argument, attributes);
	if (!record)
		return FDP_REAL(pthread_create)(thread, attributes, routine,
						argument);
	r = FDP_REAL(pthread_create)(thread, attributes, run, record);
	if (r != 0)
		free_record(record);
	return r;
}

FDP_EXPORT int thrd_create(thrd_t *thread, thrd_start_t routine, void *argument)
{
	struct fdp_record *record;
	int r;

	if (!fdp_real(FDP_REAL_thrd_create))
		return thrd_error;
	record = prepare((fdp_routine *)(void *)routine, argument, NULL);
	if (!record)
		return FDP_REAL(thrd_create)(thread, routine, argument);
	r = FDP_REAL(thrd_create)(thread, run_c11, record);
	if (r != thrd_success)
		free_record(record);
	return r;
}

int fdp_threads_init(void)
{
	struct fdp_record *record = fdp_record_new();
	void *top = record ? fdp_altstack_new() : NULL;

	if (!top)
		return -ENOMEM;
	record->stack = top;
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
		finish(record);
}

void fdp_threads_take_mask(void)
{
	uint64_t mask = 0;

	fdp_sys(SYS_rt_sigprocmask, 0, NULL, &mask, 8);
	begin_mask(fdp_record_self(), mask & FDP_FAULTS & fdp_state.signals);
}
