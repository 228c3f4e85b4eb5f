/*
 * Native stacks: libunwind over the target's memory, with our own accessors.
 *
 * Unwind tables come from .eh_frame_hdr of each module as mapped in the
 * target's memory.  Pure: only fdp_target_read*(), so a replay unwinds the
 * same.
 */
#ifndef FDP_NATIVE_UNWIND_H
#define FDP_NATIVE_UNWIND_H

#include "../analysis/stack.h"
#include "../report.h"
#include "../target.h"

struct fdp_unwinder;

/* Needs report->modules.  0 or -ENOMEM. */
int fdp_unwinder_new(struct fdp_target *target, struct fdp_report *report,
		     struct fdp_unwinder **ret_unwinder);

/* At most so many frames of each stack from now on, which is then truncated. */
void fdp_unwinder_limit(struct fdp_unwinder *unwinder, size_t frames);

/*
 * Of the stacks to come: COUNT addresses on them, ascending, which lie in the
 * frames of evaluations of Python code.  They stay the caller's.  EVALUATES:
 * there are evaluations, with addresses or without.
 */
void fdp_unwinder_anchors(struct fdp_unwinder *unwinder,
			  const uint64_t *anchors, size_t count,
			  bool evaluates);

/* True when a walk went over an evaluation with an anchor, so that another
 * could now go on at one. */
bool fdp_unwinder_has_learned(const struct fdp_unwinder *unwinder);

/*
 * The native frames of THREAD, most recent first, with pc, module, stack_low
 * and stack_high (the CFA) set and function NULL; in the report's arena.  A pc
 * that points nowhere executable (a call through a bad pointer) is the first
 * frame, and the walk goes on at the return address at [sp].
 *
 * Where a frame's caller cannot be found the walk goes on further out (see
 * resume.h), and a frame of kind FDP_FRAME_GAP stands between.
 *
 * 0, with ret_stack->truncated telling whether it ended before the thread's
 * outermost frame; -ENODATA if the thread has no registers; -ENOMEM.
 */
int fdp_unwind(struct fdp_unwinder *unwinder, const struct fdp_thread *thread,
	       struct fdp_native_stack *ret_stack);

void fdp_unwinder_free(struct fdp_unwinder *unwinder);

#endif
