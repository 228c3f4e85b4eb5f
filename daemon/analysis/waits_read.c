#include "waits.h"

#include <errno.h>
#include <stdlib.h>

#include "../base/util.h"

/* Where Python code is evaluated, of all threads, by address. */
struct anchors {
	uint64_t *all;
	size_t count;
};

static int compare_addresses(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left;
	uint64_t b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

static int know_anchors(const struct fdp_python *python,
			struct anchors *anchors)
{
	size_t count = 0;

	for (size_t i = 0; i < python->stack_count; i++)
		count += python->stacks[i].run_count;
	anchors->all = calloc(count + 1, sizeof(*anchors->all));
	if (!anchors->all)
		return -ENOMEM;
	for (size_t i = 0; i < python->stack_count; i++)
		for (size_t j = 0; j < python->stacks[i].run_count; j++)
			anchors->all[anchors->count++] =
				python->stacks[i].runs[j].anchor;
	qsort(anchors->all, anchors->count, sizeof(*anchors->all),
	      compare_addresses);
	return 0;
}

/* How much of the stack at SP lies below the next evaluation. */
static size_t native_size(const struct anchors *anchors, uint64_t sp)
{
	size_t low = 0;
	size_t high = anchors->count;
	uint64_t size = FDP_PYTHON_LOCK_STACK;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (anchors->all[middle] <= sp)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < anchors->count && anchors->all[low] - sp < size)
		size = anchors->all[low] - sp;
	return (size_t)size;
}

static const struct fdp_python_gil *find_gil(const struct fdp_python *python,
					     uint64_t address)
{
	for (size_t i = 0; i < python->gils.count; i++) {
		const struct fdp_python_gil *gil = &python->gils.all[i];

		if (address >= gil->address &&
		    address - gil->address < gil->size)
			return gil;
	}
	return NULL;
}

/*
 * struct _gil_runtime_state: its condition, which is what a thread waits for
 * that wants the GIL, has 48 bytes behind the number of switches.  It is
 * followed by a mutex, held for moments, and by what one waits for that has
 * just given it up.
 */
#define GIL_CONDITION_AT 8
#define GIL_CONDITION_SIZE 48

static bool is_condition(const struct fdp_python_offsets *offsets,
			 const struct fdp_python_gil *gil, uint64_t address)
{
	uint64_t condition =
		gil->address + offsets->gil.switch_number + GIL_CONDITION_AT;

	return address >= condition && address - condition < GIL_CONDITION_SIZE;
}

static long gil_holder(const struct fdp_target *target,
		       const struct fdp_python_offsets *offsets,
		       const struct fdp_python_gil *gil)
{
	if (fdp_target_is_late(target, gil->address + offsets->gil.holder) ||
	    fdp_target_is_late(target, gil->address + offsets->gil.locked))
		return FDP_UNKNOWN;
	return gil->holder_tid;
}

/* The call of thread TID; false: it is not known. */
static bool read_call(struct fdp_target *target, pid_t tid,
		      struct fdp_system_call *call)
{
	const char *text;
	char key[48];

	snprintf(key, sizeof(key), "thread/%d/syscall", (int)tid);
	if (fdp_target_fact(target, key, &text, NULL) < 0 ||
	    fdp_system_call_parse(text, call) < 0)
		return false;
	fdp_system_call_resolve(target, call);
	return true;
}

static void read_words(struct fdp_target *target,
		       struct fdp_wait_reading *reading)
{
	uint64_t address = reading->call.arguments[0];
	uint64_t last = address + sizeof(reading->words) - 1;

	reading->has_words = fdp_target_read(target, address, reading->words,
					     sizeof(reading->words)) == 0 &&
			     !fdp_target_is_late(target, address) &&
			     !fdp_target_is_late(target, last);
}

/* A semaphore: it is waited for with the value 0, by WAIT alone. */
static bool may_be_python_lock(const struct fdp_wait_reading *reading)
{
	return !reading->gil && fdp_futex_waits(&reading->call) &&
	       (uint32_t)reading->call.arguments[2] == 0;
}

static struct fdp_python_lock find_lock(struct fdp_target *target,
					const struct fdp_python *python,
					const struct anchors *anchors,
					const struct fdp_system_call *call)
{
	uint64_t semaphore = call->arguments[0];
	size_t size = native_size(anchors, call->sp);

	if (semaphore - call->sp < size)
		return fdp_python_lock_parked(target, python->offsets,
					      semaphore);
	return fdp_python_lock_find(target, python->offsets, call->sp, size,
				    semaphore);
}

static void read_futex(struct fdp_target *target,
		       const struct fdp_python *python,
		       const struct anchors *anchors,
		       struct fdp_wait_reading *reading)
{
	uint64_t address = reading->call.arguments[0];

	read_words(target, reading);
	reading->gil = find_gil(python, address);
	reading->gil_holder = FDP_UNKNOWN;
	if (reading->gil &&
	    is_condition(python->offsets, reading->gil, address))
		reading->gil_holder =
			gil_holder(target, python->offsets, reading->gil);
	if (python->found && may_be_python_lock(reading))
		reading->lock =
			find_lock(target, python, anchors, &reading->call);
}

static void read_only_gil(struct fdp_target *target,
			  const struct fdp_python *python,
			  struct fdp_wait_readings *readings)
{
	readings->only_holder = FDP_UNKNOWN;
	if (python->gils.count != 1)
		return;
	readings->only_gil = &python->gils.all[0];
	readings->only_holder =
		gil_holder(target, python->offsets, readings->only_gil);
}

int fdp_waits_read(struct fdp_target *target, struct fdp_report *report,
		   const struct fdp_python *python,
		   struct fdp_wait_readings *ret_readings)
{
	struct anchors anchors = { NULL, 0 };
	struct fdp_wait_reading *all = fdp_arena_array(
		&report->arena, target->thread_count + 1, sizeof(*all));
	struct fdp_imports imports = { NULL, 0, 0 };
	int r = all ? know_anchors(python, &anchors) : -ENOMEM;

	if (r == 0)
		r = fdp_imports_read(target, report, python, &imports);

	for (size_t i = 0; r == 0 && i < target->thread_count; i++) {
		struct fdp_wait_reading *reading = &all[i];

		reading->tid = target->threads[i].tid;
		reading->known =
			read_call(target, reading->tid, &reading->call);
		if (reading->known && reading->call.inside &&
		    fdp_system_call_kind(reading->call.number) ==
			    FDP_CALL_FUTEX)
			read_futex(target, python, &anchors, reading);
	}
	free(anchors.all);
	if (r < 0)
		return r;
	*ret_readings = (struct fdp_wait_readings){
		.all = all,
		.count = target->thread_count,
		.imports = imports,
	};
	read_only_gil(target, python, ret_readings);
	return 0;
}
