/* Items of a list that are shown once, since all that is said of them is equal.
 */
#ifndef FDP_RENDER_ALIKE_H
#define FDP_RENDER_ALIKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An item, and the first one before it that is like it. */
struct fdp_alike {
	uint64_t hash; /* equal for items that are alike */
	size_t item;   /* its place in the list */
	size_t leader;
};

/*
 * Brings those that are alike together, in the order of their first ones.  Of
 * each of COUNT items hash and item are filled in; IS_ALIKE is asked of two
 * places in LIST.
 */
void fdp_alike_group(struct fdp_alike *items, size_t count,
		     bool (*is_alike)(const void *list, size_t left,
				      size_t right),
		     const void *list);

/* Where the group that begins with item FIRST ends. */
size_t fdp_alike_end(const struct fdp_alike *items, size_t count, size_t first);

#endif
