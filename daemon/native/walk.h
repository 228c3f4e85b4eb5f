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

/* The frame of an evaluation of Python code, as one was seen. */
struct fdp_evaluation {
	uint64_t pc; /* 0: none was seen yet */
	bool exact, has_rbp;
	uint64_t anchor_above_sp, rbp_above_sp;
};

struct fdp_unwinder {
	struct fdp_target *target;
	struct fdp_report *report;
	unw_addr_space_t space;
	size_t frames_max;	 /* of one stack */
	const uint64_t *anchors; /* of the stack to come, by address */
	size_t anchor_count;
	bool has_evaluations; /* that have no anchors */
	struct fdp_evaluation evaluation;
};

/* A frame while it is being walked; a million of them must fit. */
struct fdp_place {
	uint64_t pc, low, high;
	bool exact; /* pc is the instruction itself, not a return address */
	bool is_signal_return;
	enum fdp_found found; /* FDP_FOUND_NOT: the step before led to it */
	uint64_t bytes;	      /* of a gap, see struct fdp_frame */
};

/* A stretch of stack that could not be followed, and what is behind it. */
struct fdp_gap {
	enum fdp_found found;
	uint64_t bytes; /* 0: not known */
	struct fdp_place next;
};

enum fdp_outcome { FDP_CALLER, FDP_OUTERMOST, FDP_LOST };

struct fdp_walk {
	struct fdp_unwinder *unwinder;
	struct fdp_unwind_source source;
	unw_cursor_t cursor;
	size_t other_stacks; /* gone on to, or maybe so */
	size_t anchor;	     /* the first that was not met yet */
	size_t trial_steps_left;
	bool ended_by_memory; /* the outermost frame is one because the return
				 address that was read is 0 */
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
