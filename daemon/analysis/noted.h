/*
 * Whether the fault that the shim noted is the one that the process died of, in
 * the end: its handler still runs, or has just returned.  A handler may also
 * have been left by longjmp() long ago, and then the note is about nothing.
 */
#ifndef FDP_ANALYSIS_NOTED_H
#define FDP_ANALYSIS_NOTED_H

#include "../target.h"
#include "stack.h"

/* Where the fault is found in the stack of its thread. */
struct fdp_noted_place {
	bool is_on_stack;
	/*
	 * Its frames stand behind the signal frame with this stack pointer; 0
	 * if they are all of the stack.
	 */
	uint64_t context;
};

/*
 * STACK is that of the thread target->noted.tid from the registers that it has
 * now; NULL if it is not known.  If it cannot be followed so far, what lies in
 * memory decides.  False: the note is to be dropped.
 */
bool fdp_noted_holds(struct fdp_target *target,
		     const struct fdp_native_stack *stack,
		     struct fdp_noted_place *ret_place);

/*
 * True if the signal of which the process died, and which was sent, was sent by
 * the process itself: of raise() that is sure, for kill() the kernel says who.
 */
bool fdp_noted_is_own_signal(const struct fdp_target *target);

#endif
