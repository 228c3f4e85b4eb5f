#include "details.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "cache.h"

/* Compared and copied at a time. */
#define PIECE 4096

/* Where a code object, and what belongs to it, was read. */
struct known {
	uint64_t code;
	struct fdp_ranges ranges;
	unsigned wanted; /* last by the call with this number */
};

struct fdp_details {
	struct fdp_target *target;
	const struct fdp_stacks_ops *ops;
	void *reader;
	struct known *known; /* by code */
	size_t count, capacity;
	unsigned calls; /* of fdp_details_want() */
	struct fdp_ranges kept;
};

struct fdp_details *fdp_details_new(struct fdp_target *target,
				    const struct fdp_stacks_ops *ops,
				    void *reader)
{
	struct fdp_details *details = calloc(1, sizeof(*details));

	if (!details)
		return NULL;
	details->target = target;
	details->ops = ops;
	details->reader = reader;
	return details;
}

void fdp_details_free(struct fdp_details *details)
{
	if (!details)
		return;
	for (size_t i = 0; i < details->count; i++)
		fdp_ranges_done(&details->known[i].ranges);
	free(details->known);
	fdp_ranges_done(&details->kept);
	free(details);
}

/* Where CODE is, or belongs. */
static size_t place_of(const struct fdp_details *details, uint64_t code)
{
	size_t low = 0;
	size_t high = details->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (details->known[middle].code < code)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_known(const struct fdp_details *details, uint64_t code)
{
	size_t at = place_of(details, code);

	return at < details->count && details->known[at].code == code;
}

static void drop(struct fdp_details *details, uint64_t code)
{
	size_t at = place_of(details, code);

	if (!is_known(details, code))
		return;
	fdp_ranges_done(&details->known[at].ranges);
	details->count--;
	memmove(&details->known[at], &details->known[at + 1],
		(details->count - at) * sizeof(*details->known));
}

static int add(struct fdp_details *details, uint64_t code,
	       const struct fdp_ranges *ranges)
{
	size_t at = place_of(details, code);

	if (details->count == details->capacity) {
		size_t wanted = details->capacity ? details->capacity * 2 : 64;
		struct known *known =
			reallocarray(details->known, wanted, sizeof(*known));

		if (!known)
			return -ENOMEM;
		details->known = known;
		details->capacity = wanted;
	}
	memmove(&details->known[at + 1], &details->known[at],
		(details->count - at) * sizeof(*details->known));
	details->known[at] = (struct known){ code, *ranges, 0 };
	details->count++;
	return 0;
}

static bool is_kept(const struct fdp_details *details, uint64_t address,
		    size_t size)
{
	for (size_t i = 0; i < details->kept.count; i++) {
		const struct fdp_range *range = &details->kept.all[i];

		if (address < range->address + range->size &&
		    range->address < address + size)
			return true;
	}
	/* What is not known to be free is not. */
	return details->kept.lost;
}

bool fdp_details_same(struct fdp_details *details, uint64_t address,
		      const uint8_t *bytes, size_t size)
{
	uint8_t held[PIECE];

	for (size_t at = 0, here; at < size; at += here) {
		here = size - at < PIECE ? size - at : PIECE;
		if (fdp_cache_peek(details->target->cache, address + at, held,
				   here) < 0 ||
		    memcmp(held, bytes + at, here) != 0)
			return false;
	}
	return true;
}

/* The pages that the range is in are in the memory. */
static int make_pages(struct fdp_target *target, uint64_t address, size_t size)
{
	uint64_t page = address - address % FDP_PAGE_SIZE;
	uint8_t byte;
	int r = 0;

	for (; r == 0 && page < address + size; page += FDP_PAGE_SIZE)
		r = fdp_target_read(target, page, &byte, sizeof(byte));
	return r;
}

int fdp_details_put(struct fdp_details *details, uint64_t address,
		    const uint8_t *bytes, size_t size)
{
	int r;

	if (fdp_details_same(details, address, bytes, size))
		return 0;
	if (is_kept(details, address, size))
		return -EAGAIN;
	r = make_pages(details->target, address, size);
	return r < 0 ? r
		     : fdp_cache_poke(details->target->cache, address, bytes,
				      size);
}

static int put_from(struct fdp_details *details, struct fdp_cache *fresh,
		    const struct fdp_range *range)
{
	uint8_t bytes[PIECE];
	int r = 0;

	for (uint64_t at = 0, here; r == 0 && at < range->size; at += here) {
		here = range->size - at < PIECE ? range->size - at : PIECE;
		r = fdp_cache_peek(fresh, range->address + at, bytes, here);
		if (r == 0)
			r = fdp_details_put(details, range->address + at, bytes,
					    here);
	}
	return r;
}

/* As it is now, and not as it was when a page was read for something else. */
static int read_fresh(struct fdp_details *details, const struct fdp_link *link,
		      struct fdp_ranges *ranges)
{
	struct fdp_target *target = details->target;
	struct fdp_cache *memory = target->cache;
	struct fdp_cache *fresh = fdp_cache_new();
	int r;

	if (!fresh)
		return -ENOMEM;
	target->cache = fresh;
	target->trace = ranges;
	r = details->ops->describe(details->reader, target, link);
	target->trace = NULL;
	target->cache = memory;
	fdp_ranges_merge(ranges, 0);
	if (r == 0 && ranges->lost)
		r = -ENOMEM;
	for (size_t i = 0; r == 0 && i < ranges->count; i++)
		r = put_from(details, fresh, &ranges->all[i]);
	fdp_cache_free(fresh);
	return r;
}

static int learn(struct fdp_details *details, const struct fdp_link *link)
{
	struct fdp_ranges ranges = { 0 };
	int r = read_fresh(details, link, &ranges);

	if (r == 0)
		r = add(details, link->code, &ranges);
	if (r < 0)
		fdp_ranges_done(&ranges);
	return r;
}

static int want(struct fdp_details *details, const struct fdp_link *link,
		struct fdp_ranges *ranges)
{
	struct known *known;
	int r = is_known(details, link->code) ? 0 : learn(details, link);

	if (r < 0)
		return r;
	known = &details->known[place_of(details, link->code)];
	/* Once, however often it is on the stack. */
	if (known->wanted != details->calls)
		fdp_ranges_add_all(ranges, &known->ranges);
	known->wanted = details->calls;
	return ranges->lost ? -ENOMEM : 0;
}

int fdp_details_want(struct fdp_details *details, const struct fdp_chain *chain,
		     struct fdp_ranges *ranges)
{
	int r = 0;

	details->calls++;
	for (size_t i = 0; r == 0 && i < chain->count; i++)
		if (chain->links[i].code)
			r = want(details, &chain->links[i], ranges);
	return r;
}

void fdp_details_forget(struct fdp_details *details,
			const struct fdp_chain *chain)
{
	for (size_t i = 0; i < chain->count; i++)
		drop(details, chain->links[i].code);
}

void fdp_details_keep(struct fdp_details *details,
		      const struct fdp_ranges *ranges)
{
	fdp_ranges_add_all(&details->kept, ranges);
}
