/*
 * Calls, as the code before a return address shows them, from what x86-64 code
 * looks like.  Another processor is another file with the same functions.
 */
#ifndef FDP_NATIVE_CALLS_H
#define FDP_NATIVE_CALLS_H

#include "../target.h"

/* True if the instruction before ADDRESS can be a call, which returns there. */
bool fdp_is_after_call(struct fdp_target *target, uint64_t address);

/*
 * What the call before ADDRESS calls, past stubs of the dynamic linker; 0 if
 * that was in a register, or the stub has not been resolved.
 */
uint64_t fdp_call_target(struct fdp_target *target, uint64_t address);

/*
 * True if the code from BEGIN to END has a jump into LOW to HIGH: a call at its
 * end that was made one, or a part of the same function that lies elsewhere.
 */
bool fdp_jumps_to(struct fdp_target *target, uint64_t begin, uint64_t end,
		  uint64_t low, uint64_t high);

#endif
