/* What the tests need of the processor: x86-64. */
#ifndef FDP_TESTS_SIGNALS_PROCESSOR_H
#define FDP_TESTS_SIGNALS_PROCESSOR_H

#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

struct modes {
	uint16_t x87_control;
	uint16_t x87_status;
	uint32_t mxcsr;
	bool backwards; /* the direction flag */
};

static inline struct modes modes_get(void)
{
	struct modes modes;
	uint64_t flags;

	__asm__ volatile("fnstcw %0" : "=m"(modes.x87_control));
	__asm__ volatile("fnstsw %0" : "=m"(modes.x87_status));
	__asm__ volatile("stmxcsr %0" : "=m"(modes.mxcsr));
	__asm__ volatile("pushfq\n\tpopq %0" : "=r"(flags));
	modes.backwards = flags & 0x400;
	return modes;
}

/*
 * Odd but harmless: double precision, rounding up, a division by zero noted
 * in both units.
 */
static inline void modes_set_odd(void)
{
	const uint16_t control = 0x0a7f;
	const uint32_t mxcsr = 0x5fa4;

	__asm__ volatile("fninit\n\tfldcw %0\n\tfld1\n\tfldz\n\tfdivrp\n\t"
			 "fstp %%st(0)\n\tldmxcsr %1"
			 :
			 : "m"(control), "m"(mxcsr)
			 : "st", "st(1)");
}

static inline void modes_set_usual(void)
{
	const uint32_t mxcsr = 0x1f80;

	__asm__ volatile("fninit\n\tldmxcsr %0" : : "m"(mxcsr));
}

/*
 * The ways to fault; the program counter is moved over each by skip().  All
 * return ARGUMENT, or what the handler put into the result register.
 */
long fault_read(const void *address);
long fault_write(void *address);
long fault_divide(long argument);
long fault_undefined(long argument);
long fault_breakpoint(long argument);
long fault_privileged(long argument);
/* Reads ADDRESS with the direction flag set: true if it still is afterwards. */
bool fault_backwards(const void *address);

/* Over the instruction that faulted, given what fault it was. */
static inline void skip(int signal, void *context)
{
	greg_t *gregs = ((ucontext_t *)context)->uc_mcontext.gregs;

	/* The pc of a trap and of a filtered call is behind it already. */
	if (signal == SIGTRAP || signal == SIGSYS)
		return;
	/* hlt has one byte, the others two. */
	gregs[REG_RIP] += *(uint8_t *)gregs[REG_RIP] == 0xf4 ? 1 : 2;
}

static inline void set_result(void *context, long value)
{
	((ucontext_t *)context)->uc_mcontext.gregs[REG_RAX] = value;
}

static inline void *program_counter(void *context)
{
	return (void *)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
}

#endif
