#include "waits.h"

#include <errno.h>
#include <string.h>

#include "../base/util.h"
#include "../python/table.h"
#include "waits_internal.h"

/* Native frames, from the innermost, in which libc's function is looked for. */
#define LIBC_FRAMES_MAX 12

/* glibc's struct pthread, in which pthread_join() waits for the tid. */
#define DESCRIPTOR_SIZE 4096

/* CPython's own function, where its debug information is at hand. */
#define TAKES_GIL "take_gil"

/* Functions of libc whose names say what a thread waits for in them. */
static const struct {
	const char *prefix, *kind, *what;
} functions[] = {
	{ "pthread_mutex_lock", "mutex", "mutex" },
	{ "pthread_mutex_timedlock", "mutex", "mutex" },
	{ "pthread_mutex_clocklock", "mutex", "mutex" },
	{ "pthread_cond_wait", "condition", "condition variable" },
	{ "pthread_cond_timedwait", "condition", "condition variable" },
	{ "pthread_cond_clockwait", "condition", "condition variable" },
	{ "pthread_rwlock_", "rwlock", "read-write lock" },
	{ "sem_wait", "semaphore", "semaphore" },
	{ "sem_timedwait", "semaphore", "semaphore" },
	{ "sem_clockwait", "semaphore", "semaphore" },
};

/* Without what glibc puts before the names of its own functions. */
static const char *plain_name(const char *name)
{
	static const char *const prefixes[] = { "GI_", "new_" };

	name += strspn(name, "_");
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0) {
			name += strlen(prefixes[i]);
			name += strspn(name, "_");
		}
	}
	return name;
}

/* The row of `functions` that the innermost frames name, or -1. */
static int find_function(const struct fdp_report_thread *thread)
{
	for (size_t i = 0; i < thread->frame_count && i < LIBC_FRAMES_MAX;
	     i++) {
		const struct fdp_frame *frame = &thread->frames[i];
		const char *name = frame->function;

		if (frame->kind != FDP_FRAME_NATIVE)
			return -1;
		if (!name)
			continue;
		name = plain_name(name);
		for (size_t row = 0; row < ARRAY_SIZE(functions); row++)
			if (strncmp(name, functions[row].prefix,
				    strlen(functions[row].prefix)) == 0)
				return (int)row;
	}
	return -1;
}

/* Among the innermost frames is FUNCTION. */
static bool is_in(const struct fdp_report_thread *thread, const char *function)
{
	for (size_t i = 0; i < thread->frame_count && i < LIBC_FRAMES_MAX;
	     i++) {
		const struct fdp_frame *frame = &thread->frames[i];

		if (frame->kind != FDP_FRAME_NATIVE)
			return false;
		if (frame->function && strcmp(frame->function, function) == 0)
			return true;
	}
	return false;
}

static pid_t tid_of(const struct fdp_thread *thread)
{
	return thread ? thread->tid : 0;
}

/* A mutex, whatever else it might be; true if it is one. */
static bool find_mutex(struct fdp_wait_filler *filler, bool named,
		       struct fdp_wait_found *found)
{
	const struct fdp_wait_reading *reading = filler->reading;
	struct fdp_mutex mutex = { 0 };
	pid_t owner = 0;

	if (reading->has_words)
		mutex = fdp_mutex_read(&reading->call, reading->words);
	if (mutex.consistent)
		owner = tid_of(fdp_identity_by_own_tid(filler->identities,
						       mutex.owner));
	if (owner == reading->tid && !mutex.can_hold_self)
		owner = 0;
	if (!named && !mutex.certain && !owner)
		return false;
	found->kind = "mutex";
	found->what = "mutex";
	found->owner = owner;
	return true;
}

/*
 * pthread_join() waits for the tid in the thread's own descriptor to become 0:
 * the value is in it, and that thread's.
 */
static bool find_joined(struct fdp_wait_filler *filler,
			struct fdp_wait_found *found)
{
	const struct fdp_wait_reading *reading = filler->reading;
	uint32_t value = (uint32_t)reading->call.arguments[2];
	const struct fdp_thread *thread;

	if (!fdp_futex_waits(&reading->call) || value == 0)
		return false;
	thread = fdp_identity_by_own_tid(filler->identities, value);
	if (!thread || !thread->has_registers ||
	    found->address - thread->registers.thread_pointer >=
		    DESCRIPTOR_SIZE)
		return false;
	found->kind = "thread";
	found->owner = thread->tid;
	return true;
}

/* The lock of a module, which is a Python lock of its own until then. */
static void find_import(struct fdp_wait_filler *filler,
			struct fdp_wait_found *found)
{
	const struct fdp_import *awaited = fdp_import_awaited(
		&filler->readings->imports, filler->reading->tid);
	const struct fdp_import *owner;

	if (!awaited)
		return;
	owner = fdp_import_owner(&filler->readings->imports, awaited);
	found->kind = "import-lock";
	found->module = awaited->module;
	if (owner)
		found->owner = owner->tid;
}

static bool find_python_lock(struct fdp_wait_filler *filler,
			     struct fdp_wait_found *found)
{
	const struct fdp_python_lock *lock = &filler->reading->lock;

	if (lock->kind == FDP_PYTHON_NO_LOCK)
		return false;
	found->address = lock->address;
	found->kind = lock->kind == FDP_PYTHON_RLOCK ? "rlock" : "lock";
	found->what = lock->kind == FDP_PYTHON_RLOCK ? "RLock" : "Python lock";
	if (lock->owner)
		found->owner = tid_of(fdp_identity_by_pointer(
			filler->identities, lock->owner));
	/* It could take it once more. */
	if (found->owner == filler->reading->tid)
		found->owner = 0;
	if (lock->kind == FDP_PYTHON_LOCK)
		find_import(filler, found);
	return true;
}

static bool find_gil(struct fdp_wait_filler *filler,
		     struct fdp_wait_found *found)
{
	const struct fdp_wait_reading *reading = filler->reading;

	if (!reading->gil)
		return false;
	found->kind = "gil";
	found->address = reading->gil->address;
	if (reading->gil_holder != FDP_UNKNOWN)
		found->owner = (pid_t)reading->gil_holder;
	return true;
}

static void find_futex(struct fdp_wait_filler *filler,
		       struct fdp_wait_found *found)
{
	int function;

	found->address = filler->reading->call.arguments[0];
	if (find_gil(filler, found) || find_joined(filler, found) ||
	    find_python_lock(filler, found))
		return;
	function = find_function(filler->thread);
	if (find_mutex(filler,
		       function >= 0 &&
			       strcmp(functions[function].kind, "mutex") == 0,
		       found))
		return;
	found->kind = function < 0 ? "futex" : functions[function].kind;
	found->what = function < 0 ? "futex" : functions[function].what;
}

static int fill_found(struct fdp_wait_filler *filler,
		      const struct fdp_wait_found *found, struct fdp_wait *wait)
{
	wait->kind = found->kind;
	wait->address = found->address;
	wait->owner = found->owner;
	if (found->owner)
		wait->owner_name =
			fdp_identity_name(filler->identities, found->owner);
	wait->text = fdp_wait_say_found(filler, found);
	return wait->text ? 0 : -ENOMEM;
}

static int fill_futex(struct fdp_wait_filler *filler, struct fdp_wait *wait)
{
	struct fdp_wait_found found = { 0 };

	find_futex(filler, &found);
	return fill_found(filler, &found, wait);
}

/* Whoever wants the GIL wakes every 5 ms, and asks for it. */
static int fill_awake(struct fdp_wait_filler *filler, struct fdp_wait *wait)
{
	const struct fdp_wait_readings *readings = filler->readings;
	struct fdp_wait_found found = { .kind = "gil" };

	if (!readings->only_gil || !is_in(filler->thread, TAKES_GIL) ||
	    readings->only_holder == filler->thread->tid)
		return 0;
	found.address = readings->only_gil->address;
	if (readings->only_holder != FDP_UNKNOWN)
		found.owner = (pid_t)readings->only_holder;
	return fill_found(filler, &found, wait);
}

static int fill_thread(struct fdp_wait_filler *filler, struct fdp_wait *wait)
{
	enum fdp_system_call_kind kind =
		fdp_system_call_kind(filler->reading->call.number);

	switch (kind) {
	case FDP_CALL_FUTEX:
		return fill_futex(filler, wait);
	case FDP_CALL_WAIT4:
	case FDP_CALL_WAITID:
		wait->kind = "child";
		wait->text = kind == FDP_CALL_WAIT4
				     ? fdp_wait_say_wait4(filler)
				     : fdp_wait_say_waitid(filler);
		break;
	default:
		wait->kind = "call";
		wait->text =
			fdp_wait_say_call(filler, kind == FDP_CALL_DESCRIPTOR);
		break;
	}
	return wait->text ? 0 : -ENOMEM;
}

static int fill_all(struct fdp_wait_filler *filler,
		    const struct fdp_table *by_tid)
{
	struct fdp_report *report = filler->report;
	int r = 0;

	for (size_t i = 0; r == 0 && i < report->thread_count; i++) {
		filler->thread = &report->threads[i];
		filler->reading = fdp_table_find(
			by_tid, (uint64_t)report->threads[i].tid, 0);
		if (!filler->reading)
			continue;
		if (filler->reading->known && filler->reading->call.inside)
			r = fill_thread(filler, &report->threads[i].waits);
		else
			r = fill_awake(filler, &report->threads[i].waits);
	}
	return r;
}

int fdp_waits_fill(struct fdp_target *target,
		   const struct fdp_wait_readings *readings,
		   struct fdp_report *report)
{
	struct fdp_wait_filler filler = { .target = target,
					  .report = report,
					  .readings = readings };
	struct fdp_table by_tid = { 0 };
	int r = fdp_identities_new(target, &filler.identities);

	for (size_t i = 0; r >= 0 && i < readings->count; i++)
		r = fdp_table_add(&by_tid, (uint64_t)readings->all[i].tid, 0,
				  &readings->all[i]);
	if (r >= 0)
		r = fill_all(&filler, &by_tid);
	fdp_table_done(&by_tid);
	fdp_identities_free(filler.identities);
	return r < 0 ? r : 0;
}
