/* What arch/ARCH_abort.S asks before it jumps to libc's abort() or raise(). */
#ifndef FDP_PRELOAD_DIRECT_H
#define FDP_PRELOAD_DIRECT_H

#include <stdint.h>

/* As arch/x86_64_abort.S pushes them. */
struct fdp_saved_registers {
	uint64_t r15, r14, r13, r12, rbx, rbp;
	uint64_t return_address;
};

/* Calls FUNCTION with ARGUMENT on another stack, and comes back. */
void fdp_call_on(uint64_t stack, void (*function)(void *), void *argument);

/* Each returns where to jump: to libc's function. */
void *fdp_before_abort(int unused, const struct fdp_saved_registers *saved);
void *fdp_before_raise(int signal, const struct fdp_saved_registers *saved);

#endif
