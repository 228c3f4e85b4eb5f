/*
 * Whether an address is that of a _PyRuntime, or of the list of interpreters.
 */
#ifndef FDP_PYTHON_VALIDITY_H
#define FDP_PYTHON_VALIDITY_H

#include "../target.h"
#include "offsets.h"

/* More interpreters than any program makes, few enough to walk. */
#define FDP_PYTHON_INTERPRETERS_MAX 4096

enum fdp_validity {
	FDP_INVALID,
	FDP_IDLE,  /* it may be one that has no interpreter or no thread */
	FDP_VALID, /* a thread state was found that points back */
};

enum fdp_validity fdp_validity_of(struct fdp_target *target, uint64_t address,
				  const struct fdp_python_offsets *offsets);

/* True if one of its thread states is the target's first thread. */
bool fdp_validity_knows(struct fdp_target *target, uint64_t address,
			const struct fdp_python_offsets *offsets);

#endif
