#include "ranges.h"

#include <stdlib.h>

/* Of one list: the frames of a stack as deep as is read, and their names. */
#define RANGES_MAX (4 * 1024 * 1024)

void fdp_ranges_add(struct fdp_ranges *ranges, uint64_t address, uint64_t size)
{
	/* What was changing may say anything: it cannot be read, and no more.
	 */
	if (size > UINT64_MAX - address)
		size = UINT64_MAX - address;
	if (ranges->count >= RANGES_MAX) {
		ranges->lost = true;
		return;
	}
	if (ranges->count == ranges->capacity) {
		size_t wanted = ranges->capacity ? ranges->capacity * 2 : 256;
		struct fdp_range *all =
			reallocarray(ranges->all, wanted, sizeof(*all));

		if (!all) {
			ranges->lost = true;
			return;
		}
		ranges->all = all;
		ranges->capacity = wanted;
	}
	ranges->all[ranges->count++] = (struct fdp_range){ address, size };
}

void fdp_ranges_add_all(struct fdp_ranges *ranges,
			const struct fdp_ranges *other)
{
	for (size_t i = 0; i < other->count; i++)
		fdp_ranges_add(ranges, other->all[i].address,
			       other->all[i].size);
	ranges->lost |= other->lost;
}

static int compare(const void *left, const void *right)
{
	const struct fdp_range *a = left;
	const struct fdp_range *b = right;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	return (a->size > b->size) - (a->size < b->size);
}

void fdp_ranges_merge(struct fdp_ranges *ranges, uint64_t gap)
{
	size_t kept = 0;

	if (ranges->count == 0)
		return;
	qsort(ranges->all, ranges->count, sizeof(*ranges->all), compare);
	for (size_t i = 1; i < ranges->count; i++) {
		struct fdp_range *last = &ranges->all[kept];
		const struct fdp_range *next = &ranges->all[i];
		uint64_t end = last->address + last->size;

		if (next->address <= end || next->address - end <= gap) {
			if (next->address + next->size > end)
				last->size = next->address + next->size -
					     last->address;
		} else {
			ranges->all[++kept] = *next;
		}
	}
	ranges->count = kept + 1;
}

void fdp_ranges_clear(struct fdp_ranges *ranges)
{
	ranges->count = 0;
	ranges->lost = false;
}

void fdp_ranges_done(struct fdp_ranges *ranges)
{
	free(ranges->all);
	*ranges = (struct fdp_ranges){ 0 };
}
