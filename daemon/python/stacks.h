/* Python's stacks, for whoever captures a process that runs (daemon/chain.h).
 */
#ifndef FDP_PYTHON_STACKS_H
#define FDP_PYTHON_STACKS_H

#include "../analysis/stack.h"
#include "../chain.h"

extern const struct fdp_stacks_ops fdp_python_stacks;

/* True if TARGET was not stopped when its stacks were captured. */
bool fdp_stacks_move(struct fdp_target *target);

/* What was noted of a stack that moved while it was captured. */
enum fdp_stack_state {
	FDP_STACK_WHOLE,
	FDP_STACK_MOVES, /* its outer frames are known, or none */
	FDP_STACK_GONE,	 /* the thread has ended meanwhile */
};

/* Of the thread state at STACK; *ret_first is the first frame that is known. */
enum fdp_stack_state fdp_stack_find_state(struct fdp_target *target,
					  uint64_t stack, uint64_t *ret_first);

/* True if that is FDP_STACK_GONE. */
bool fdp_stack_has_gone(struct fdp_target *target, uint64_t stack);

/* Says in REPORT that STACK is not whole, because it moves. */
void fdp_stack_say_moving(struct fdp_report *report,
			  const struct fdp_python_stack *stack);

#endif
