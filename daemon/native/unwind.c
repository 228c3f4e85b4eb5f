#include "unwind.h"

#include <errno.h>
#include <stdlib.h>

#include "../base/util.h"
#include "modules.h"
#include "resume.h"
#include "scan.h"
#include "walk.h"

/* A recursion through an 8 MiB stack in frames of 16 bytes is half of it. */
#define FRAMES_MAX 1000000

/* Of one stack: whoever has smashed more has smashed it all. */
#define GAPS_MAX 16

/* Register states that are kept, as a power of two: for many threads. */
#define CACHE_SIZE 1024

/* A stack while it is being walked over. */
struct stack {
	struct fdp_walk walk;
	struct fdp_place *places;
	size_t count, capacity;
	size_t gaps, guessed;
};

int fdp_unwinder_new(struct fdp_target *target, struct fdp_report *report,
		     struct fdp_unwinder **ret_unwinder)
{
	struct fdp_unwinder *unwinder = calloc(1, sizeof(*unwinder));

	if (!unwinder)
		return -ENOMEM;
	unwinder->target = target;
	unwinder->report = report;
	unwinder->frames_max = FRAMES_MAX;
	unwinder->space = unw_create_addr_space(&fdp_unwind_accessors, 0);
	if (!unwinder->space) {
		fdp_unwinder_free(unwinder);
		return -ENOMEM;
	}
	unw_set_caching_policy(unwinder->space, UNW_CACHE_GLOBAL);
	unw_set_cache_size(unwinder->space, CACHE_SIZE, 0);
	*ret_unwinder = unwinder;
	return 0;
}

void fdp_unwinder_limit(struct fdp_unwinder *unwinder, size_t frames)
{
	unwinder->frames_max = frames;
}

void fdp_unwinder_anchors(struct fdp_unwinder *unwinder,
			  const uint64_t *anchors, size_t count, bool evaluates)
{
	unwinder->anchors = anchors;
	unwinder->anchor_count = count;
	unwinder->has_evaluations = evaluates && count == 0;
}

bool fdp_unwinder_has_learned(const struct fdp_unwinder *unwinder)
{
	return unwinder->evaluation.pc != 0;
}

void fdp_unwinder_free(struct fdp_unwinder *unwinder)
{
	if (!unwinder)
		return;
	if (unwinder->space)
		unw_destroy_addr_space(unwinder->space);
	free(unwinder);
}

static int add_place(struct stack *stack, const struct fdp_place *place)
{
	if (stack->count == stack->capacity) {
		size_t capacity = stack->capacity ? 2 * stack->capacity : 64;
		struct fdp_place *grown =
			reallocarray(stack->places, capacity, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		stack->places = grown;
		stack->capacity = capacity;
	}
	stack->places[stack->count++] = *place;
	return 0;
}

/* One step, and what it says about the anchors. */
static enum fdp_outcome step(struct fdp_walk *walk, struct fdp_place *place,
			     struct fdp_place *ret_caller)
{
	bool watched = walk->anchor < walk->unwinder->anchor_count;
	struct fdp_registers registers = { 0 };
	enum fdp_outcome outcome;

	if (watched && !walk->unwinder->evaluation.pc)
		fdp_walk_registers(walk, place, &registers);
	outcome = fdp_walk_step(walk, place, ret_caller);
	if (watched && outcome == FDP_CALLER)
		fdp_resume_note(walk, place, &registers);
	if (outcome == FDP_OUTERMOST && fdp_resume_expected(walk, place))
		return FDP_LOST;
	return outcome;
}

/*
 * Whether more is to be looked for: always where the walk was lost.  Stacks
 * that a program has made itself end with a 0, and so does one that was
 * overwritten with zeros.
 */
static bool is_doubtful(const struct fdp_walk *walk, enum fdp_outcome outcome)
{
	return outcome == FDP_LOST ||
	       (outcome == FDP_OUTERMOST && walk->ended_by_memory &&
		walk->unwinder->has_evaluations);
}

/* From PLACE, where the walk is lost, to what RET_NEXT is.  0 or -ENOMEM. */
static int go_on(struct stack *stack, const struct fdp_place *place,
		 enum fdp_outcome *outcome, struct fdp_place *ret_next)
{
	struct fdp_place between = { .low = place->high, .high = place->high };
	struct fdp_gap gap;
	int r;

	if (stack->gaps == GAPS_MAX)
		return 0;
	r = fdp_resume(&stack->walk, place, &gap);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	stack->gaps++;
	stack->guessed += gap.found == FDP_FOUND_SCAN;
	between.found = gap.found;
	between.bytes = gap.bytes;
	if (gap.bytes)
		between.high = gap.next.low;
	*ret_next = gap.next;
	*outcome = FDP_CALLER;
	return add_place(stack, &between);
}

/* All places from the registers in STACK's source on.  0 or -ENOMEM. */
static int walk_stack(struct stack *stack, bool *ret_truncated)
{
	struct fdp_walk *walk = &stack->walk;
	const uint64_t *general = walk->source.registers.general;
	struct fdp_place place = { .pc = general[FDP_REGISTER_PC],
				   .low = general[FDP_REGISTER_SP],
				   .high = general[FDP_REGISTER_SP],
				   .exact = true };
	enum fdp_outcome outcome =
		fdp_walk_start(walk, true) < 0 ? FDP_LOST : FDP_CALLER;
	struct fdp_place caller;

	while (outcome == FDP_CALLER &&
	       stack->count < walk->unwinder->frames_max) {
		int r;

		outcome = step(walk, &place, &caller);
		r = add_place(stack, &place);
		if (r == 0 && is_doubtful(walk, outcome))
			r = go_on(stack, &place, &outcome, &caller);
		if (r < 0)
			return r;
		place = caller;
		place.high = place.low;
	}
	*ret_truncated = outcome != FDP_OUTERMOST;
	return 0;
}

/* The stack that belongs to a frame ends with its mapping at the latest. */
static uint64_t clamp_high(const struct fdp_target *target,
			   const struct fdp_place *place)
{
	const struct fdp_map *map = fdp_target_map(target, place->low);

	if (place->high < place->low)
		return place->low;
	return map && place->high > map->end ? map->end : place->high;
}

static int give_frames(struct stack *stack, struct fdp_native_stack *native)
{
	struct fdp_unwinder *unwinder = stack->walk.unwinder;
	struct fdp_report *report = unwinder->report;
	struct fdp_frame *frames =
		fdp_arena_array(&report->arena, stack->count, sizeof(*frames));

	if (!frames)
		return -ENOMEM;
	for (size_t i = 0; i < stack->count; i++) {
		const struct fdp_place *place = &stack->places[i];
		struct fdp_frame *frame = &frames[i];

		frame->kind = place->found ? FDP_FRAME_GAP : FDP_FRAME_NATIVE;
		frame->line = FDP_UNKNOWN;
		frame->end_line = FDP_UNKNOWN;
		frame->column = FDP_UNKNOWN;
		frame->end_column = FDP_UNKNOWN;
		frame->pc = place->pc;
		frame->exact_pc = place->exact;
		frame->is_signal_return = place->is_signal_return;
		frame->module = fdp_modules_find(report, place->pc);
		frame->stack_low = place->low;
		frame->stack_high = clamp_high(unwinder->target, place);
		frame->found = place->found;
		frame->gap_bytes = place->bytes;
	}
	native->frames = frames;
	native->frame_count = stack->count;
	native->gaps = stack->gaps;
	native->guessed = stack->guessed;
	return 0;
}

int fdp_unwind(struct fdp_unwinder *unwinder, const struct fdp_thread *thread,
	       struct fdp_native_stack *ret_stack)
{
	struct fdp_native_stack native = { .tid = thread->tid };
	struct stack stack = {
		.walk = { .unwinder = unwinder,
			  .source = { .target = unwinder->target,
				      .report = unwinder->report,
				      .registers = thread->registers } },
	};
	int r;

	if (!thread->has_registers)
		return -ENODATA;
	stack.walk.trial_steps_left = FDP_TRIAL_STEPS_MAX;
	fdp_unwind_source_reset(&stack.walk.source);
	if (thread->crashed)
		fdp_walk_forget(unwinder);
	r = walk_stack(&stack, &native.truncated);
	if (r == 0)
		r = give_frames(&stack, &native);
	free(stack.places);
	if (r < 0)
		return r;
	*ret_stack = native;
	return 0;
}
