/*
 * What a look compares beside what the table of a version has: where frames,
 * code objects and dicts keep it, in GIL builds.
 */
#ifndef FDP_PYTHON_GLANCE_OFFSETS_H
#define FDP_PYTHON_GLANCE_OFFSETS_H

#include "offsets.h"

/* The versions that can be looked at. */
#define FDP_GLANCE_MINOR_FIRST 7
#define FDP_GLANCE_MINOR_LAST 15

struct fdp_glance_offsets {
	int minor;
	/* In a frame: a dict of its variables, or NULL. */
	uint32_t names;
	/*
	 * In a code object, 32 bits each: variables (with those of closures
	 * from 3.11 on), and how deep the stack behind them may be.
	 */
	uint32_t value_count, stack_size;
};

/* In a dict: another number after each change, up to 3.13. */
#define FDP_DICT_CHANGES 24
#define FDP_DICT_CHANGES_MINOR_LAST 13

/* RLocks are mutexes from then on, for which threads are parked. */
#define FDP_PARKED_MINOR_FIRST 14

/* In a type: the size of its objects, and of each item behind that. */
#define FDP_TYPE_SIZE 32
#define FDP_TYPE_ITEM_SIZE 40

/* NULL: that version is not looked at. */
const struct fdp_glance_offsets *
fdp_glance_offsets(const struct fdp_python_offsets *offsets);

#endif
