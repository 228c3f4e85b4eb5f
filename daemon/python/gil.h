/* The GIL: one in the runtime up to 3.11, then one or more of interpreters. */
#ifndef FDP_PYTHON_GIL_H
#define FDP_PYTHON_GIL_H

#include "../report.h"
#include "../target.h"
#include "offsets.h"
#include "table.h"

/* One of them, as it is at this moment. */
struct fdp_python_gil {
	uint64_t address, size; /* of struct _gil_runtime_state */
	bool locked;
	uint64_t holder;	/* a thread state, of old if not locked */
	long holder_tid;	/* FDP_UNKNOWN: nobody, or not known */
	uint64_t switch_number; /* how often it went to another thread */
};

struct fdp_python_gils {
	struct fdp_python_gil *all; /* in the report's arena */
	size_t count, capacity;
};

/*
 * Adds the one at ADDRESS, if it is not there yet and can be read; who holds it
 * is not known by then.  0 or -ENOMEM.
 */
int fdp_gils_add(struct fdp_target *target, struct fdp_report *report,
		 const struct fdp_python_offsets *offsets, uint64_t address,
		 struct fdp_python_gils *gils);

/*
 * Whose they are: STATES has the struct fdp_thread of each thread state, under
 * (its address, 0).
 */
void fdp_gils_know_holders(struct fdp_python_gils *gils,
			   const struct fdp_table *states);

#endif
