/*
 * The threads of a report: native and Python stacks of each, found, paired
 * and merged.
 */
#ifndef FDP_ANALYSIS_THREADS_H
#define FDP_ANALYSIS_THREADS_H

#include "../report.h"
#include "../target.h"
#include "stack.h"

/*
 * Unwinds every thread of TARGET; needs report->modules and reads memory.
 * RET_STACKS has one entry for each thread, in the same order, in the
 * report's arena.  0 or -ENOMEM.
 */
int fdp_threads_unwind(struct fdp_target *target, struct fdp_report *report,
		       struct fdp_native_stack **ret_stacks);

/*
 * Fills report->threads: those of TARGET in their order, then those that only
 * PYTHON knows.  Reads no memory.  0 or -ENOMEM.
 */
int fdp_threads_fill(const struct fdp_target *target, struct fdp_report *report,
		     const struct fdp_native_stack *natives,
		     const struct fdp_python *python);

#endif
