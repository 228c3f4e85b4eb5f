#include "order.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"

#define NONE SIZE_MAX

/*
 * The longest ones that rise, by patience sorting: LAST has, for each length,
 * where the one of that length ends that ends lowest.
 */
struct rising {
	const size_t *numbers;
	size_t *last, *before;
	size_t length;
};

/* How long one is that NUMBER can be put behind. */
static size_t find_length(const struct rising *rising, size_t number)
{
	size_t low = 0, high = rising->length;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (rising->numbers[rising->last[middle]] <= number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void add(struct rising *rising, size_t index)
{
	size_t length = find_length(rising, rising->numbers[index]);

	rising->before[index] = length ? rising->last[length - 1] : NONE;
	rising->last[length] = index;
	if (length == rising->length)
		rising->length++;
}

int fdp_order_keep(const size_t *numbers, size_t count, bool *kept)
{
	_cleanup_free_ size_t *last = calloc(count + 1, sizeof(*last));
	_cleanup_free_ size_t *before = calloc(count + 1, sizeof(*before));
	struct rising rising = { numbers, last, before, 0 };

	if (!last || !before)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		add(&rising, i);
	memset(kept, 0, count * sizeof(*kept));
	for (size_t i = rising.length ? last[rising.length - 1] : NONE;
	     i != NONE; i = before[i])
		kept[i] = true;
	return 0;
}
