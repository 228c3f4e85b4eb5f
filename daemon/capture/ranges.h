/* Ranges of memory: a growing list of what was, or is to be, read. */
#ifndef FDP_CAPTURE_RANGES_H
#define FDP_CAPTURE_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fdp_range {
	uint64_t address, size;
};

/* All zero is empty. */
struct fdp_ranges {
	struct fdp_range *all; /* malloc'ed */
	size_t count, capacity;
	bool lost; /* memory was out, or there are too many: not all are there
		    */
};

/*
 * Adds a range, up to the end of all memory at most; ranges->lost if that is
 * not possible.
 */
void fdp_ranges_add(struct fdp_ranges *ranges, uint64_t address, uint64_t size);

/* Adds those of OTHER. */
void fdp_ranges_add_all(struct fdp_ranges *ranges,
			const struct fdp_ranges *other);

/*
 * Sorts them, and makes one of those that are no more than GAP bytes apart.
 */
void fdp_ranges_merge(struct fdp_ranges *ranges, uint64_t gap);

/* Empties the list and keeps its memory. */
void fdp_ranges_clear(struct fdp_ranges *ranges);

void fdp_ranges_done(struct fdp_ranges *ranges);

#endif
