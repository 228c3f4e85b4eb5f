/*
 * What libunwind may ask while it walks a stack: memory, start registers and
 * unwind tables, all from the target.
 *
 * libunwind has no limits of its own: a hostile table can hold a program
 * that never ends.  Each step is therefore given a number of reads, after
 * which every read fails and the step with it.
 */
#ifndef FDP_NATIVE_ACCESSORS_H
#define FDP_NATIVE_ACCESSORS_H

#include <libunwind.h>

#include "../report.h"
#include "../target.h"

/* The argument of the accessors: one walk of one thread. */
struct fdp_unwind_source {
	struct fdp_target *target;
	const struct fdp_report *report; /* for its modules */
	struct fdp_registers registers;	 /* where the walk starts */
	uint32_t step_reads_left;	 /* fdp_unwind_source_refill() */
	uint32_t reads_left;		 /* of the whole walk */
	uint64_t last_read;		 /* address; of a step: its last */

	/*
	 * Set when no unwind table knows a pc.  libunwind then guesses with
	 * checks weaker than guess.c's, so all further reads fail until it is
	 * reset.
	 */
	bool has_no_table;
};

/* libunwind wants it writable, and does not write. */
extern unw_accessors_t fdp_unwind_accessors;

/* Before each step. */
void fdp_unwind_source_refill(struct fdp_unwind_source *source);

/* Before each walk. */
void fdp_unwind_source_reset(struct fdp_unwind_source *source);

#endif
