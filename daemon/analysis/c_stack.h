/*
 * The C stack of one thread as faulthandler shows it from Python 3.14 on: what
 * backtrace() and dladdr() would say in the process itself.
 */
#ifndef FDP_ANALYSIS_C_STACK_H
#define FDP_ANALYSIS_C_STACK_H

#include "../report.h"
#include "../target.h"

/* BACKTRACE_SIZE of traceback.c. */
#define FDP_C_STACK_MAX 32

struct fdp_c_stack {
	struct fdp_frame *frames; /* native; most recent call first */
	size_t count;		  /* at most FDP_C_STACK_MAX */
	bool truncated;		  /* there are more */
};

/*
 * That of the thread TID of TARGET, in the arena of REPORT, whose modules must
 * have been read.  `function` is the name that the module exports, as it stands
 * there, or NULL.  Frames of the shim at the top, which asks for it, are left
 * out.  A thread that is not known, or whose registers are not, has no frames.
 * 0 or -ENOMEM.
 */
int fdp_c_stack_read(struct fdp_target *target, struct fdp_report *report,
		     pid_t tid, struct fdp_c_stack *ret_stack);

/*
 * The same of a thread of a report, whose frames are merged; it and the modules
 * of its frames stay as they are.
 */
int fdp_c_stack_of(struct fdp_target *target, struct fdp_report *report,
		   const struct fdp_report_thread *thread,
		   struct fdp_c_stack *ret_stack);

/* Reads what fdp_c_stack_read() will want beside the stack. */
void fdp_c_stack_rehearse(struct fdp_target *target, const void *argument);

#endif
