#include "alike.h"

#include <stdlib.h>

static int compare_items(size_t left, size_t right)
{
	return left < right ? -1 : left > right;
}

static int compare_hashes(const void *left, const void *right)
{
	const struct fdp_alike *a = left;
	const struct fdp_alike *b = right;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return compare_items(a->item, b->item);
}

static int compare_leaders(const void *left, const void *right)
{
	const struct fdp_alike *a = left;
	const struct fdp_alike *b = right;

	if (a->leader != b->leader)
		return compare_items(a->leader, b->leader);
	return compare_items(a->item, b->item);
}

void fdp_alike_group(struct fdp_alike *items, size_t count,
		     bool (*is_alike)(const void *list, size_t left,
				      size_t right),
		     const void *list)
{
	qsort(items, count, sizeof(*items), compare_hashes);
	for (size_t i = 0; i < count; i++) {
		items[i].leader = items[i].item;
		if (i > 0 && items[i].hash == items[i - 1].hash &&
		    is_alike(list, items[i].item, items[i - 1].leader))
			items[i].leader = items[i - 1].leader;
	}
	qsort(items, count, sizeof(*items), compare_leaders);
}

size_t fdp_alike_end(const struct fdp_alike *items, size_t count, size_t first)
{
	size_t end = first + 1;

	while (end < count && items[end].leader == items[first].leader)
		end++;
	return end;
}
