/*
 * The threads of a report: native and Python stacks of each, found, paired
 * and merged.
 */
#ifndef FDP_ANALYSIS_THREADS_H
#define FDP_ANALYSIS_THREADS_H

#include "../report.h"
#include "../target.h"
#include "stack.h"
#include "subject.h"

/*
 * Unwinds every thread, needs report->modules and reads memory.  SUBJECT is as
 * TARGET when it is called, and becomes what the report is about: its fault is
 * the noted one if the stacks say so.  Where a native stack
 * is lost, it goes on where PYTHON says that its evaluations are.  RET_STACKS
 * has one entry for each of its threads, in the same order, in the report's
 * arena.  0 or -ENOMEM.
 */
int fdp_threads_unwind(struct fdp_target *target, struct fdp_report *report,
		       const struct fdp_python *python,
		       struct fdp_subject *subject,
		       struct fdp_native_stack **ret_stacks);

/*
 * Fills report->threads: those of SUBJECT in their order, then those that only
 * PYTHON knows.  Reads no memory.  0 or -ENOMEM.
 */
int fdp_threads_fill(const struct fdp_subject *subject,
		     struct fdp_report *report,
		     const struct fdp_native_stack *natives,
		     const struct fdp_python *python);

#endif
