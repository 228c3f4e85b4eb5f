/*
 * Ranges of memory that are copied from a running process several times, in
 * immediate succession, so that what is the same each time was there at once.
 */
#ifndef FDP_CAPTURE_COPIES_H
#define FDP_CAPTURE_COPIES_H

#include <sys/types.h>

#include "ranges.h"

/* All zero is empty, and can be filled. */
struct fdp_copies {
	struct fdp_ranges ranges; /* ascending, apart */
	uint64_t *at;		  /* where each begins in a copy */
	uint64_t size;		  /* of a copy */
	size_t count;		  /* copies */
	uint8_t *bytes;
};

/*
 * Makes COPIES ready for COUNT copies of RANGES, of which those that are near
 * to each other become one.  0; -ENOMEM; -E2BIG if that is too much.
 */
int fdp_copies_prepare(struct fdp_copies *copies,
		       const struct fdp_ranges *ranges, size_t count);

/*
 * Takes COUNT copies, the FIRST and those after it, in as few system calls as
 * possible.  0; -EFAULT if not all can be read; another -errno.
 */
int fdp_copies_take(struct fdp_copies *copies, pid_t pid, size_t first,
		    size_t count);

/* The bytes of the range in copy NUMBER, or NULL if it does not hold them. */
const uint8_t *fdp_copies_find(const struct fdp_copies *copies, size_t number,
			       uint64_t address, size_t size);

void fdp_copies_done(struct fdp_copies *copies);

#endif
