#include "unwind.h"

#include <errno.h>
#include <libunwind.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <ucontext.h>

#include "../base/util.h"
#include "accessors.h"
#include "frame_table.h"
#include "guess.h"
#include "modules.h"

/* A recursion through an 8 MiB stack in frames of 16 bytes is half of it. */
#define FRAMES_MAX 1000000

/* Handlers interrupted by handlers: there are 64 signals. */
#define OTHER_STACKS_MAX 64

/* What the kernel saves, without the vector registers above it. */
#define SIGNAL_FRAME_SIZE (sizeof(ucontext_t) + sizeof(siginfo_t))

/* Where the kernel saves a register, from the ucontext on. */
#define CONTEXT_REGISTER(name)                                                 \
	(offsetof(ucontext_t, uc_mcontext.gregs) +                             \
	 REG_##name * sizeof(uint64_t))

/* Register states that are kept, as a power of two: for many threads. */
#define CACHE_SIZE 1024

struct fdp_unwinder {
	struct fdp_target *target;
	struct fdp_report *report;
	unw_addr_space_t space;
	size_t frames_max; /* of one stack */
};

/* A frame while it is being walked; a million of them must fit. */
struct place {
	uint64_t pc, low, high;
	bool exact; /* pc is the instruction itself, not a return address */
	bool is_signal_return;
};

enum outcome { CALLER, OUTERMOST, LOST };

struct walk {
	struct fdp_unwinder *unwinder;
	struct fdp_unwind_source source;
	unw_cursor_t cursor;
	struct place *places;
	size_t count, capacity;
	size_t other_stacks; /* gone on to, or maybe so */
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

void fdp_unwinder_free(struct fdp_unwinder *unwinder)
{
	if (!unwinder)
		return;
	if (unwinder->space)
		unw_destroy_addr_space(unwinder->space);
	free(unwinder);
}

/*
 * What libunwind keeps of an address is about the call that returns there.  A
 * function that stands there has another frame, and was interrupted or has
 * crashed in its first instruction.
 */
static void forget_cached(const struct fdp_unwinder *unwinder)
{
	unw_flush_cache(unwinder->space, 0, 0);
}

/* Starts libunwind over at the registers in WALK's source. */
static int start_cursor(struct walk *walk, bool exact)
{
	uint64_t *pc = &walk->source.registers.general[FDP_REGISTER_PC];

	/*
	 * The call before a return address may be the last of its function, so
	 * that the address itself belongs to the next.  libunwind only knows
	 * that after a step of its own.
	 */
	if (!exact)
		*pc -= 1;
	return unw_init_remote(&walk->cursor, walk->unwinder->space,
			       &walk->source) < 0
		       ? -ENOENT
		       : 0;
}

/* The registers that libunwind knows at the frame it stands on. */
static void get_registers(struct walk *walk, const struct place *place,
			  struct fdp_registers *ret_registers)
{
	*ret_registers = walk->source.registers;
	for (int i = 0; i < FDP_REGISTER_COUNT; i++) {
		unw_word_t value;

		if (unw_get_reg(&walk->cursor, i, &value) == 0)
			ret_registers->general[i] = value;
	}
	ret_registers->general[FDP_REGISTER_PC] = place->pc;
	ret_registers->general[FDP_REGISTER_SP] = place->low;
}

typedef int guess_fn(struct fdp_target *target,
		     struct fdp_registers *registers);

/* A step without libunwind, which starts over at the caller. */
static enum outcome step_by_guess(struct walk *walk, const struct place *place,
				  guess_fn *guess, struct place *ret_caller)
{
	struct fdp_target *target = walk->unwinder->target;
	struct fdp_registers registers;

	get_registers(walk, place, &registers);
	if (guess(target, &registers) < 0)
		return LOST;
	ret_caller->pc = registers.general[FDP_REGISTER_PC];
	ret_caller->low = registers.general[FDP_REGISTER_SP];
	walk->source.registers = registers;
	return start_cursor(walk, ret_caller->exact) < 0 ? LOST : CALLER;
}

static enum outcome step_by_table(struct walk *walk, const struct place *place,
				  struct place *ret_caller)
{
	unw_cursor_t before = walk->cursor;
	unw_word_t pc, sp;
	int r;

	fdp_unwind_source_refill(&walk->source);
	r = unw_step(&walk->cursor);
	if (walk->source.has_no_table) {
		walk->cursor = before;
		walk->source.has_no_table = false;
		return step_by_guess(walk, place, fdp_guess_caller, ret_caller);
	}
	if (r < 0 || unw_get_reg(&walk->cursor, UNW_REG_IP, &pc) < 0 ||
	    unw_get_reg(&walk->cursor, UNW_REG_SP, &sp) < 0)
		return LOST;
	ret_caller->pc = pc;
	ret_caller->low = sp;
	/* A signal handler has a caller, be it one that jumped to 0. */
	return pc == 0 && !ret_caller->exact ? OUTERMOST : CALLER;
}

/*
 * True if the step from PLACE to CALLER went back to what a signal interrupted.
 * The shim has code of its own for that, which is not libc's byte for byte: its
 * table says so.  That is asked only where the step led to what the kernel
 * saved.
 */
static bool is_from_context(struct walk *walk, const struct place *place,
			    const struct place *caller)
{
	struct fdp_target *target = walk->unwinder->target;
	const struct fdp_module *module;
	uint64_t pc, sp;

	if (fdp_target_read_u64(target, place->low + CONTEXT_REGISTER(RIP),
				&pc) < 0 ||
	    pc != caller->pc ||
	    fdp_target_read_u64(target, place->low + CONTEXT_REGISTER(RSP),
				&sp) < 0 ||
	    sp != caller->low)
		return false;
	module = fdp_modules_find(walk->unwinder->report, place->pc);
	return module && fdp_frame_table_is_signal(target, module, place->pc);
}

/* The shim's code goes from the stack it was called on to one of its own. */
static bool is_ours(const struct walk *walk, const struct place *place)
{
	return fdp_module_is_ours(
		fdp_modules_find(walk->unwinder->report, place->pc));
}

/* Whether PLACE can have been called by CALLER, or have interrupted it. */
static bool is_possible(struct walk *walk, const struct place *place,
			const struct place *caller)
{
	bool other_stack = place->is_signal_return;

	/* What was interrupted may well be a jump to nowhere. */
	if (!other_stack && !fdp_is_code(walk->unwinder->target, caller->pc))
		return false;
	if (!other_stack && caller->low <= place->low && is_ours(walk, place))
		other_stack = true;
	if (other_stack)
		return ++walk->other_stacks <= OTHER_STACKS_MAX;
	return caller->low > place->low;
}

/*
 * From PLACE to its caller.  The stack pointer must grow, or the walk could go
 * in circles; only a signal handler and the shim may have had a stack of their
 * own.
 */
static enum outcome step(struct walk *walk, struct place *place,
			 struct place *ret_caller)
{
	struct fdp_target *target = walk->unwinder->target;
	bool is_code = fdp_is_code(target, place->pc);
	bool is_signal = is_code && fdp_is_signal_return(target, place->pc);
	enum outcome outcome;

	*ret_caller = (struct place){ .exact = is_signal };
	outcome =
		is_code ? step_by_table(walk, place, ret_caller)
			: step_by_guess(walk, place, fdp_guess_caller_of_bad_pc,
					ret_caller);
	if (outcome == CALLER && is_code && !is_signal)
		is_signal = is_from_context(walk, place, ret_caller);
	ret_caller->exact = is_signal;
	place->exact |= is_signal;
	place->is_signal_return = is_signal;
	if (outcome == LOST)
		return LOST;
	if (is_signal)
		forget_cached(walk->unwinder);
	place->high =
		is_signal ? place->low + SIGNAL_FRAME_SIZE : ret_caller->low;
	if (outcome == CALLER && !is_possible(walk, place, ret_caller))
		return LOST;
	return outcome;
}

static int add_place(struct walk *walk, const struct place *place)
{
	if (walk->count == walk->capacity) {
		size_t capacity = walk->capacity ? 2 * walk->capacity : 64;
		struct place *grown =
			reallocarray(walk->places, capacity, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		walk->places = grown;
		walk->capacity = capacity;
	}
	walk->places[walk->count++] = *place;
	return 0;
}

/* All places from the registers in WALK's source on.  0 or -ENOMEM. */
static int walk_stack(struct walk *walk, bool *ret_truncated)
{
	const uint64_t *general = walk->source.registers.general;
	struct place place = { .pc = general[FDP_REGISTER_PC],
			       .low = general[FDP_REGISTER_SP],
			       .high = general[FDP_REGISTER_SP],
			       .exact = true };
	enum outcome outcome = start_cursor(walk, true) < 0 ? LOST : CALLER;
	struct place caller;

	while (outcome == CALLER && walk->count < walk->unwinder->frames_max) {
		int r;

		outcome = step(walk, &place, &caller);
		r = add_place(walk, &place);
		if (r < 0)
			return r;
		place = caller;
		place.high = place.low;
	}
	*ret_truncated = outcome != OUTERMOST;
	return 0;
}

/* The stack that belongs to a frame ends with its mapping at the latest. */
static uint64_t clamp_high(const struct fdp_target *target,
			   const struct place *place)
{
	const struct fdp_map *map = fdp_target_map(target, place->low);

	if (place->high < place->low)
		return place->low;
	return map && place->high > map->end ? map->end : place->high;
}

static int give_frames(struct walk *walk, struct fdp_native_stack *stack)
{
	struct fdp_report *report = walk->unwinder->report;
	struct fdp_frame *frames = fdp_arena_array(&report->arena, walk->count,
						   sizeof(*stack->frames));

	if (!frames)
		return -ENOMEM;
	for (size_t i = 0; i < walk->count; i++) {
		const struct place *place = &walk->places[i];
		struct fdp_frame *frame = &frames[i];

		frame->kind = FDP_FRAME_NATIVE;
		frame->line = FDP_UNKNOWN;
		frame->end_line = FDP_UNKNOWN;
		frame->column = FDP_UNKNOWN;
		frame->end_column = FDP_UNKNOWN;
		frame->pc = place->pc;
		frame->exact_pc = place->exact;
		frame->is_signal_return = place->is_signal_return;
		frame->module = fdp_modules_find(report, place->pc);
		frame->stack_low = place->low;
		frame->stack_high = clamp_high(walk->unwinder->target, place);
	}
	stack->frames = frames;
	stack->frame_count = walk->count;
	return 0;
}

int fdp_unwind(struct fdp_unwinder *unwinder, const struct fdp_thread *thread,
	       struct fdp_native_stack *ret_stack)
{
	struct fdp_native_stack stack = { .tid = thread->tid };
	struct walk walk = { .unwinder = unwinder,
			     .source = { .target = unwinder->target,
					 .report = unwinder->report,
					 .registers = thread->registers } };
	int r;

	if (!thread->has_registers)
		return -ENODATA;
	fdp_unwind_source_reset(&walk.source);
	if (thread->crashed)
		forget_cached(unwinder);
	r = walk_stack(&walk, &stack.truncated);
	if (r == 0)
		r = give_frames(&walk, &stack);
	free(walk.places);
	if (r < 0)
		return r;
	*ret_stack = stack;
	return 0;
}
