#include "cause_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"

/*
 * How far from the stack pointer, and from the end of the stack, an overflow
 * may touch: the kernel keeps 1 MiB (stack_guard_gap) free below a growing
 * stack, and an access further away than a large local array is a stray
 * pointer.
 */
#define REACH_MAX ((uint64_t)1 << 20)

/* The stack pointer itself is at most this far above the end of the stack. */
#define LEFT_MAX ((uint64_t)64 << 10)

/*
 * Recursion goes through functions of the interpreter many times for each
 * call of the user's function; one that is seen this much less often than them
 * is not what recurses.
 */
#define INTERPRETER_FRAMES_PER_CALL 20

/* Fewer than that many calls are no recursion to speak of. */
#define RECURSION_MIN 10

static uint64_t distance(uint64_t left, uint64_t right)
{
	return left < right ? right - left : left - right;
}

/* The lowest writable mapping that ends above ADDRESS, or NULL. */
static const struct fdp_map *writable_above(const struct fdp_target *target,
					    uint64_t address)
{
	for (size_t i = 0; i < target->map_count; i++) {
		const struct fdp_map *map = &target->maps[i];

		if (map->end > address && map->writable)
			return map;
	}
	return NULL;
}

/* The stack whose end the faulting access has crossed, or NULL. */
static const struct fdp_map *overflown_stack(const struct fdp_cause *cause)
{
	uint64_t address = cause->fault->address;
	const struct fdp_map *at = fdp_target_map(cause->target, address);
	const struct fdp_map *stack;
	uint64_t sp;

	/* Below a stack lies nothing, or a guard that allows nothing. */
	if (!cause->registers || (at && at->readable))
		return NULL;
	sp = cause->registers->general[FDP_REGISTER_SP];
	stack = writable_above(cause->target, address);
	if (!stack || address >= stack->start)
		return NULL;
	if (stack->start - address > REACH_MAX ||
	    distance(address, sp) > REACH_MAX)
		return NULL;
	if (sp >= stack->end ||
	    (sp >= stack->start && sp - stack->start > LEFT_MAX))
		return NULL;
	return stack;
}

static int compare_strings(const char *left, const char *right)
{
	if (!left || !right)
		return (left != NULL) - (right != NULL);
	return left == right ? 0 : strcmp(left, right);
}

/* Orders frames so that those of one function stand together. */
static int compare_functions(const void *left, const void *right)
{
	const struct fdp_frame *a = *(const struct fdp_frame *const *)left;
	const struct fdp_frame *b = *(const struct fdp_frame *const *)right;
	int r;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	r = compare_strings(a->function, b->function);
	if (r == 0 && a->kind == FDP_FRAME_PYTHON)
		return compare_strings(a->file, b->file);
	if (r == 0 && !a->function)
		return a->pc < b->pc ? -1 : a->pc > b->pc;
	return r;
}

struct recursion {
	const struct fdp_frame *frame;
	size_t count;
};

static void note_count(struct recursion *best, const struct fdp_frame *frame,
		       size_t count)
{
	if (count > best->count)
		*best = (struct recursion){ frame, count };
}

static struct recursion most_frequent(const struct fdp_frame **sorted,
				      size_t count)
{
	struct recursion interpreter = { NULL, 0 };
	struct recursion others = { NULL, 0 };

	for (size_t first = 0, next; first < count; first = next) {
		const struct fdp_frame *frame = sorted[first];

		for (next = first + 1; next < count; next++) {
			if (compare_functions(&sorted[first], &sorted[next]))
				break;
		}
		if (frame->module && frame->module->is_interpreter)
			note_count(&interpreter, frame, next - first);
		else
			note_count(&others, frame, next - first);
	}
	if (others.count >= interpreter.count / INTERPRETER_FRAMES_PER_CALL)
		return others;
	return interpreter;
}

static int find_recursion(const struct fdp_report_thread *thread,
			  struct recursion *ret_recursion)
{
	_cleanup_free_ const struct fdp_frame **sorted =
		calloc(thread->frame_count + 1, sizeof(*sorted));

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < thread->frame_count; i++)
		sorted[i] = &thread->frames[i];
	qsort(sorted, thread->frame_count, sizeof(*sorted), compare_functions);
	*ret_recursion = most_frequent(sorted, thread->frame_count);
	return 0;
}

/* "; `f` of mod.so appears 43,201 times among its 43,310 frames", or "". */
static int describe_recursion(const struct fdp_cause *cause, char *buffer,
			      size_t size)
{
	char name[FDP_CAUSE_NAME_SIZE];
	char count[32];
	char total[32];
	struct recursion recursion;
	int r;

	buffer[0] = '\0';
	if (!cause->thread)
		return 0;
	r = find_recursion(cause->thread, &recursion);
	if (r < 0 || recursion.count < RECURSION_MIN)
		return r;
	fdp_cause_name(recursion.frame, name);
	fdp_cause_count(recursion.count, count);
	fdp_cause_count(cause->thread->frame_count, total);
	if (recursion.count == cause->thread->frame_count)
		snprintf(buffer, size, "; %s appears %s times in a row", name,
			 count);
	else
		snprintf(buffer, size, "; %s appears %s times among %s frames",
			 name, count, total);
	return 0;
}

int fdp_cause_stack_overflow(struct fdp_cause *cause)
{
	const struct fdp_map *stack = overflown_stack(cause);
	char recursion[FDP_CAUSE_NAME_SIZE + 96];
	int r;

	if (!stack)
		return 0;
	r = describe_recursion(cause, recursion, sizeof(recursion));
	if (r < 0)
		return r;
	r = fdp_cause_say(cause, "stack-overflow",
			  "Stack overflow: the stack of this thread (%llu KiB, "
			  "0x%llx to 0x%llx) is used up, it needed address "
			  "0x%llx%s.",
			  (unsigned long long)(stack->end - stack->start) /
				  1024,
			  (unsigned long long)stack->start,
			  (unsigned long long)stack->end,
			  (unsigned long long)cause->fault->address, recursion);
	return r < 0 ? r : 1;
}
