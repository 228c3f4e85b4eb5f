/*
 * What a report is about: the fault of which the process died or, where a
 * handler of the program had another one before, that one.
 *
 * The target says how things are now.  The subject is the same as of the fault:
 * its thread is the first, with the registers it had then.
 */
#ifndef FDP_ANALYSIS_SUBJECT_H
#define FDP_ANALYSIS_SUBJECT_H

#include "../report.h"
#include "../target.h"
#include "stack.h"

struct fdp_subject {
	struct fdp_fault fault;
	bool is_noted;		    /* it is target->noted */
	struct fdp_thread *threads; /* the crashed one first */
	size_t thread_count;
	/*
	 * The frames of the first thread up to the signal frame with this stack
	 * pointer are the handler's; 0: there are none.
	 */
	uint64_t handler_context;
};

/*
 * As TARGET is, in the arena of REPORT; there is room for one thread more.  0
 * or -ENOMEM.
 */
int fdp_subject_init(struct fdp_target *target, struct fdp_report *report,
		     struct fdp_subject *ret_subject);

/*
 * Makes the subject what target->noted says, if that holds.  STACKS are those
 * of its threads, with room for one more, and stay in the same order.  1 if the
 * stack of the first thread is to be unwound again; 0 if not.
 */
int fdp_subject_prefer_noted(struct fdp_target *target,
			     struct fdp_native_stack *stacks,
			     struct fdp_subject *subject);

/*
 * The same where no memory can be read, and there are no stacks: what the shim
 * says is believed.
 */
void fdp_subject_believe_noted(struct fdp_target *target,
			       struct fdp_subject *subject);

/*
 * How many of FRAMES, of the first thread, are the handler's and not those of
 * the fault.
 */
size_t fdp_subject_handler_frames(const struct fdp_subject *subject,
				  const struct fdp_frame *frames, size_t count);

#endif
