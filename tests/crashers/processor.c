/* Instructions that the processor refuses. */
#include "crashers.h"

static volatile int one = 1, zero;

CRASHER int divide(void)
{
	return HERE(one / zero);
}

CRASHER int undefined_instruction(void)
{
	return HERE(({
		__asm__ volatile("ud2");
		0;
	}));
}

CRASHER int breakpoint(void)
{
	return HERE(({
		__asm__ volatile("int3");
		0;
	}));
}
