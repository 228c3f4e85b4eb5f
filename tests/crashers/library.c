/* Deaths that the C library decides on. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "crashers.h"

static volatile int two = 2;
static char *volatile block;

CRASHER int library_abort(void)
{
	HERE(abort());
}

CRASHER int library_assert(void)
{
	return HERE(({
		assert(two == 3);
		0;
	}));
}

CRASHER int double_free(void)
{
	block = malloc(24);
	free(block);
	HERE(free(block));
	return 0;
}

/*
 * Hits the canary, which stands right behind the array, and nothing beyond:
 * the frames stay readable.  The check is at the end of the function.
 */
CRASHER __attribute__((optimize("stack-protector-all"))) int smash_stack(void)
{
	volatile char room[24];
	volatile char *end = room;
	int i;

	for (i = 0; i < (int)sizeof(room) + 8; i++)
		end[i] = 0x55;
	HERE_ENDS();
	return 0;
}
