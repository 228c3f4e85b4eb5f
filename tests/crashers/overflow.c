/* Too much stack, and much of it. */
#include <string.h>

#include "crashers.h"

/* Less than a guard page, so that no step jumps over it. */
#define FRAME_BYTES 2048

/* More than any stack limit a test runs under: 2 GiB. */
#define OVERFLOW_DEPTH (1 << 20)

CRASHER int overflow_frame(int depth);
CRASHER int descend(int depth);

CRASHER int overflow_frame(int depth)
{
	volatile char room[FRAME_BYTES];

	room[0] = (char)depth;
	if (depth == 0)
		return 0;
	return HERE(overflow_frame(depth - 1)) + room[0];
}

CRASHER int overflow(void)
{
	return HERE(overflow_frame(OVERFLOW_DEPTH)) + 1;
}

CRASHER int descend(int depth)
{
	if (depth == 0)
		return HERE(null_read()) + 1;
	return HERE(descend(depth - 1)) + 1;
}

CRASHER int native_depth(void)
{
	return HERE(descend(NATIVE_DEPTH)) + 1;
}
