/*
 * The caller of code that has no unwind table, from what x86-64 code looks
 * like.  Another processor is another file with the same functions.
 */
#ifndef FDP_NATIVE_GUESS_H
#define FDP_NATIVE_GUESS_H

#include "../target.h"

/* True if ADDRESS lies in a mapping whose code may run. */
bool fdp_is_code(const struct fdp_target *target, uint64_t address);

/* True if the code at PC is the kernel's way back from a signal handler. */
bool fdp_is_signal_return(struct fdp_target *target, uint64_t pc);

/*
 * Turns REGISTERS of a frame into those of its caller, by the first that works:
 *
 *   at the return from a signal handler, the context the kernel saved
 *   where the code at the pc only cleans up and returns, what that would do
 *   a chain of frame pointers, if rbp looks like one
 *
 * 0, or -ENOENT if none does; REGISTERS are then untouched.
 */
int fdp_guess_caller(struct fdp_target *target,
		     struct fdp_registers *registers);

/*
 * The same where nothing can be said about the code since the pc itself is bad:
 * it was called, and its return address is on top of the stack.
 */
int fdp_guess_caller_of_bad_pc(struct fdp_target *target,
			       struct fdp_registers *registers);

#endif
