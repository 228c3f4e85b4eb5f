/*
 * One walk over a native stack, a step at a time.  For unwind.c, which makes
 * stacks of it, and resume.c, which tries where a walk can go on.
 */
#ifndef FDP_NATIVE_WALK_H
#define FDP_NATIVE_WALK_H

#include <libunwind.h>

#include "../report.h"
#include "../target.h"
#include "accessors.h"

struct fdp_unwinder {
	struct fdp_target *target;
	struct fdp_report *report;
	unw_addr_space_t space;
	size_t frames_max; /* of one stack */
};

/* A frame while it is being walked; a million of them must fit. */
struct fdp_place {
	uint64_t pc, low, high;
	bool exact; /* pc is the instruction itself, not a return address */
	bool is_signal_return;
};

enum fdp_outcome { FDP_CALLER, FDP_OUTERMOST, FDP_LOST };

struct fdp_walk {
	struct fdp_unwinder *unwinder;
	struct fdp_unwind_source source;
	unw_cursor_t cursor;
	size_t other_stacks; /* gone on to, or maybe so */
};

/*
 * Starts WALK over at the registers in its source, whose pc is the instruction
 * itself (EXACT) or a return address.  0 or -ENOENT.
 */
int fdp_walk_start(struct fdp_walk *walk, bool exact);

/*
 * From PLACE, on which WALK stands, to its caller; fills in where PLACE ends.
 * The stack pointer must grow, or the walk could go in circles; only a signal
 * handler and the shim may have had a stack of their own.
 */
enum fdp_outcome fdp_walk_step(struct fdp_walk *walk, struct fdp_place *place,
			       struct fdp_place *ret_caller);

/* The registers that are known at PLACE, on which WALK stands. */
void fdp_walk_registers(struct fdp_walk *walk, const struct fdp_place *place,
			struct fdp_registers *ret_registers);

/*
 * What is kept of an address is about the call that returns there.  A function
 * that stands there has another frame, and was interrupted or has crashed in
 * its first instruction.
 */
void fdp_walk_forget(const struct fdp_unwinder *unwinder);

#endif
