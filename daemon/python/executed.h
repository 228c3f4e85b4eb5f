/*
 * Whether a frame can run the code object that it points to: memory that was
 * overwritten can lead it to another one, which is as valid.
 */
#ifndef FDP_PYTHON_EXECUTED_H
#define FDP_PYTHON_EXECUTED_H

#include "../target.h"
#include "code.h"
#include "offsets.h"

/* What of the code object at ADDRESS its frames depend on. */
struct fdp_code_extent
fdp_executed_extent(struct fdp_target *target,
		    const struct fdp_python_offsets *offsets, uint64_t address);

/*
 * False if the frame at ADDRESS does not run CODE: its instruction, as for
 * fdp_codes_frame(), is not in there, or (up to 3.10) it was made for a code
 * object with another number of variables.  What cannot be read is no
 * contradiction.
 */
bool fdp_executed_is(struct fdp_target *target,
		     const struct fdp_python_offsets *offsets, uint64_t address,
		     const struct fdp_code *code, uint64_t instruction);

#endif
