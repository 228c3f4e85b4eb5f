#include "walk.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <ucontext.h>

#include "frame_table.h"
#include "guess.h"
#include "modules.h"

/* Handlers interrupted by handlers: there are 64 signals. */
#define OTHER_STACKS_MAX 64

/* What the kernel saves, without the vector registers above it. */
#define SIGNAL_FRAME_SIZE (sizeof(ucontext_t) + sizeof(siginfo_t))

/* Where the kernel saves a register, from the ucontext on. */
#define CONTEXT_REGISTER(name)                                                 \
	(offsetof(ucontext_t, uc_mcontext.gregs) +                             \
	 REG_##name * sizeof(uint64_t))

void fdp_walk_forget(const struct fdp_unwinder *unwinder)
{
	unw_flush_cache(unwinder->space, 0, 0);
}

int fdp_walk_start(struct fdp_walk *walk, bool exact)
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

void fdp_walk_registers(struct fdp_walk *walk, const struct fdp_place *place,
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
static enum fdp_outcome step_by_guess(struct fdp_walk *walk,
				      const struct fdp_place *place,
				      guess_fn *guess,
				      struct fdp_place *ret_caller)
{
	struct fdp_target *target = walk->unwinder->target;
	struct fdp_registers registers;

	fdp_walk_registers(walk, place, &registers);
	if (guess(target, &registers) < 0)
		return FDP_LOST;
	ret_caller->pc = registers.general[FDP_REGISTER_PC];
	ret_caller->low = registers.general[FDP_REGISTER_SP];
	walk->source.registers = registers;
	return fdp_walk_start(walk, ret_caller->exact) < 0 ? FDP_LOST
							   : FDP_CALLER;
}

static enum fdp_outcome step_by_table(struct fdp_walk *walk,
				      const struct fdp_place *place,
				      struct fdp_place *ret_caller)
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
		return FDP_LOST;
	ret_caller->pc = pc;
	ret_caller->low = sp;
	/* It is read last, and not at all if the table says there is none. */
	walk->ended_by_memory = walk->source.last_read == sp - sizeof(uint64_t);
	/* A signal handler has a caller, be it one that jumped to 0. */
	return pc == 0 && !ret_caller->exact ? FDP_OUTERMOST : FDP_CALLER;
}

/*
 * True if the step from PLACE to FDP_CALLER went back to what a signal
 * interrupted. The shim has code of its own for that, which is not libc's byte
 * for byte: its table says so.  That is asked only where the step led to what
 * the kernel saved.
 */
static bool is_from_context(struct fdp_walk *walk,
			    const struct fdp_place *place,
			    const struct fdp_place *caller)
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
static bool is_ours(const struct fdp_walk *walk, const struct fdp_place *place)
{
	return fdp_module_is_ours(
		fdp_modules_find(walk->unwinder->report, place->pc));
}

/* Whether PLACE can have been called by FDP_CALLER, or have interrupted it. */
static bool is_possible(struct fdp_walk *walk, const struct fdp_place *place,
			const struct fdp_place *caller)
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

enum fdp_outcome fdp_walk_step(struct fdp_walk *walk, struct fdp_place *place,
			       struct fdp_place *ret_caller)
{
	struct fdp_target *target = walk->unwinder->target;
	bool is_code = fdp_is_code(target, place->pc);
	bool is_signal = is_code && fdp_is_signal_return(target, place->pc);
	enum fdp_outcome outcome;

	*ret_caller = (struct fdp_place){ .exact = is_signal };
	outcome =
		is_code ? step_by_table(walk, place, ret_caller)
			: step_by_guess(walk, place, fdp_guess_caller_of_bad_pc,
					ret_caller);
	if (outcome == FDP_CALLER && is_code && !is_signal)
		is_signal = is_from_context(walk, place, ret_caller);
	ret_caller->exact = is_signal;
	place->exact |= is_signal;
	place->is_signal_return = is_signal;
	if (outcome == FDP_LOST)
		return FDP_LOST;
	if (is_signal)
		fdp_walk_forget(walk->unwinder);
	place->high =
		is_signal ? place->low + SIGNAL_FRAME_SIZE : ret_caller->low;
	if (outcome == FDP_CALLER && !is_possible(walk, place, ret_caller))
		return FDP_LOST;
	return outcome;
}
