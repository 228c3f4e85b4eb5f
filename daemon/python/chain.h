/*
 * Stacks of a process that runs: as few reads as tell what is on a stack, and
 * whether all of it was there at once.  See daemon/chain.h, and ARCHITECTURE.md
 * for what is checked and why.
 */
#ifndef FDP_PYTHON_CHAIN_H
#define FDP_PYTHON_CHAIN_H

#include "../chain.h"
#include "offsets.h"

/* Of struct fdp_stacks_ops, for a version. */
int fdp_chain_walk(const struct fdp_python_offsets *offsets,
		   const struct fdp_memory *memory, uint64_t state,
		   struct fdp_chain *chain);

#endif
