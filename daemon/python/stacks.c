#include "stacks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "../native/modules.h"
#include "../report.h"
#include "chain.h"
#include "code.h"
#include "object_head.h"
#include "python.h"
#include "runtime.h"
#include "table.h"

struct reader {
	struct fdp_report report; /* for what belongs to one; never shown */
	struct fdp_runtime runtime;
	bool head_decided; /* whether objects have a longer head */
};

struct list {
	struct reader *reader;
	struct fdp_target *target;
	struct fdp_table seen;
	uint64_t *states;
	size_t count, capacity;
	bool whole;
};

static void close_reader(void *argument)
{
	struct reader *reader = argument;

	fdp_report_done(&reader->report);
	free(reader);
}

static int open_reader(struct fdp_target *target, void **ret_reader)
{
	struct reader *reader = calloc(1, sizeof(*reader));
	int r;

	if (!reader)
		return -ENOMEM;
	r = fdp_modules_read(target, &reader->report);
	if (r == 0)
		r = fdp_runtime_find(target, &reader->report, &reader->runtime);
	if (r < 0) {
		close_reader(reader);
		return r;
	}
	*ret_reader = reader;
	return 0;
}

static int add_state(struct list *list, uint64_t state)
{
	if (list->count == list->capacity) {
		size_t wanted = list->capacity ? list->capacity * 2 : 64;
		uint64_t *states =
			reallocarray(list->states, wanted, sizeof(*states));

		if (!states)
			return -ENOMEM;
		list->states = states;
		list->capacity = wanted;
	}
	list->states[list->count++] = state;
	return 0;
}

/*
 * The next element, from the pointer at ADDRESS.  1; 0: there is none, or one
 * that was there before, or too many; -ENOMEM.
 */
static int next(struct list *list, uint64_t address, uint64_t *ret_element)
{
	int r = -EFAULT;

	if (list->seen.used <= FDP_PYTHON_THREADS_MAX)
		r = fdp_target_read_u64(list->target, address, ret_element);
	if (r == 0 && !*ret_element)
		return 0;
	if (r == 0)
		r = fdp_table_add(&list->seen, *ret_element, 0, list);
	if (r == -ENOMEM)
		return r;
	list->whole &= r > 0;
	return r > 0;
}

static int list_states(struct list *list, uint64_t interpreter)
{
	const struct fdp_python_offsets *offsets =
		&list->reader->runtime.offsets;
	uint64_t address = interpreter + offsets->interpreter.threads_head;
	uint64_t state, back;
	int r;

	while ((r = next(list, address, &state)) > 0) {
		if (fdp_target_read_u64(list->target,
					state + offsets->thread.interpreter,
					&back) < 0 ||
		    back != interpreter) {
			list->whole = false;
			return 0;
		}
		r = add_state(list, state);
		if (r < 0)
			return r;
		address = state + offsets->thread.next;
	}
	return r;
}

static int list_interpreters(struct list *list)
{
	const struct fdp_runtime *runtime = &list->reader->runtime;
	uint64_t address =
		runtime->address + runtime->offsets.runtime.interpreters_head;
	uint64_t interpreter;
	int r;

	while ((r = next(list, address, &interpreter)) > 0) {
		r = list_states(list, interpreter);
		if (r < 0)
			return r;
		address = interpreter + runtime->offsets.interpreter.next;
	}
	return r;
}

/* As python.c has it; what is read for this alone is no part of the list. */
static void decide_head(struct list *list)
{
	struct reader *reader = list->reader;
	struct fdp_python_offsets *offsets = &reader->runtime.offsets;
	struct fdp_ranges *trace = list->target->trace;

	list->target->trace = NULL;
	for (size_t i = 0; i < list->count && !reader->head_decided; i++) {
		struct fdp_python_offsets moved = *offsets;
		uint64_t state = list->states[i];

		fdp_object_head_move(&moved);
		reader->head_decided =
			fdp_object_head_fits(list->target, offsets, state);
		if (!reader->head_decided &&
		    fdp_object_head_fits(list->target, &moved, state)) {
			reader->head_decided = true;
			*offsets = moved;
		}
	}
	list->target->trace = trace;
}

static ssize_t list_stacks(void *argument, struct fdp_target *target,
			   uint64_t **ret_stacks, bool *ret_whole)
{
	struct list list = {
		.reader = argument,
		.target = target,
		.whole = true,
	};
	int r = list_interpreters(&list);

	fdp_table_done(&list.seen);
	if (r < 0) {
		free(list.states);
		return r;
	}
	decide_head(&list);
	*ret_stacks = list.states;
	*ret_whole = list.whole;
	return (ssize_t)list.count;
}

static int walk(void *argument, const struct fdp_memory *memory, uint64_t stack,
		struct fdp_chain *chain)
{
	const struct reader *reader = argument;

	return fdp_chain_walk(&reader->runtime.offsets, memory, stack, chain);
}

static int read_code(struct fdp_codes *codes, const struct fdp_link *link)
{
	const struct fdp_code *code;
	struct fdp_frame frame;
	int r = fdp_codes_find(codes, link->code, &code);

	if (r == 0 && !code->valid)
		r = -EBADMSG;
	return r < 0 ? r
		     : fdp_codes_frame(codes, code, link->instruction, &frame);
}

static int describe(void *argument, struct fdp_target *target,
		    const struct fdp_link *link)
{
	const struct reader *reader = argument;
	struct fdp_codes *codes = NULL;
	struct fdp_report report;
	int r;

	memset(&report, 0, sizeof(report));
	r = fdp_codes_new(target, &reader->runtime.offsets, &report, &codes);
	if (r == 0)
		r = read_code(codes, link);
	/* Something could not be read: it is not as it should be. */
	if (r == 0 && report.capture.missing_count > 0)
		r = -EBADMSG;
	fdp_codes_free(codes);
	fdp_report_done(&report);
	return r;
}

const struct fdp_stacks_ops fdp_python_stacks = {
	.open = open_reader,
	.list = list_stacks,
	.walk = walk,
	.describe = describe,
	.close = close_reader,
};

bool fdp_stacks_move(struct fdp_target *target)
{
	const char *method;

	return fdp_target_fact(target, "capture/method", &method, NULL) == 0 &&
	       strcmp(method, "nonblocking") == 0;
}

enum fdp_stack_state fdp_stack_find_state(struct fdp_target *target,
					  uint64_t stack, uint64_t *ret_first)
{
	const char *value;
	char key[48];

	if (!fdp_stacks_move(target))
		return FDP_STACK_WHOLE;
	snprintf(key, sizeof(key), "stack/%llx", (unsigned long long)stack);
	if (fdp_target_fact(target, key, &value, NULL) < 0)
		return FDP_STACK_WHOLE;
	if (!STARTS_WITH(value, "moves "))
		return FDP_STACK_GONE;
	*ret_first = strtoull(value + strlen("moves "), NULL, 16);
	return FDP_STACK_MOVES;
}

bool fdp_stack_has_gone(struct fdp_target *target, uint64_t stack)
{
	uint64_t first;

	return fdp_stack_find_state(target, stack, &first) == FDP_STACK_GONE;
}

void fdp_stack_say_moving(struct fdp_report *report,
			  const struct fdp_python_stack *stack)
{
	if (stack->frame_count > 0)
		fdp_report_missing(report,
				   "thread %d kept moving: only its outer "
				   "frames, which stood still, are shown (%zu)",
				   (int)stack->tid, stack->frame_count);
	else
		fdp_report_missing(report,
				   "thread %d kept moving: none of its frames "
				   "is shown",
				   (int)stack->tid);
}
