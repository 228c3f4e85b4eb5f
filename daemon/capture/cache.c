#include "cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A power of two, twice FDP_CACHE_PAGES_MAX when fully grown. */
#define SLOTS_FIRST 1024

struct fdp_cache {
	struct fdp_page **slots;
	size_t slot_count;
	size_t page_count;
};

struct fdp_cache *fdp_cache_new(void)
{
	struct fdp_cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return NULL;
	cache->slots = calloc(SLOTS_FIRST, sizeof(*cache->slots));
	cache->slot_count = SLOTS_FIRST;
	if (!cache->slots) {
		free(cache);
		return NULL;
	}
	return cache;
}

void fdp_cache_free(struct fdp_cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < cache->slot_count; i++) {
		if (cache->slots[i])
			free(cache->slots[i]->bytes);
		free(cache->slots[i]);
	}
	free(cache->slots);
	free(cache);
}

/* The slot that holds ADDRESS, or the empty one where it belongs. */
static size_t slot_of(struct fdp_page **slots, size_t count, uint64_t address)
{
	uint64_t hash =
		(address / FDP_PAGE_SIZE) * UINT64_C(0x9e3779b97f4a7c15);
	size_t slot = (hash >> 32) & (count - 1);

	while (slots[slot] && slots[slot]->address != address)
		slot = (slot + 1) & (count - 1);
	return slot;
}

struct fdp_page *fdp_cache_find(struct fdp_cache *cache, uint64_t address)
{
	address -= address % FDP_PAGE_SIZE;
	return cache->slots[slot_of(cache->slots, cache->slot_count, address)];
}

static int grow(struct fdp_cache *cache)
{
	size_t count = cache->slot_count * 2;
	struct fdp_page **slots = calloc(count, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < cache->slot_count; i++) {
		struct fdp_page *page = cache->slots[i];

		if (page)
			slots[slot_of(slots, count, page->address)] = page;
	}
	free(cache->slots);
	cache->slots = slots;
	cache->slot_count = count;
	return 0;
}

static struct fdp_page *page_new(uint64_t address, const uint8_t *bytes)
{
	struct fdp_page *page = calloc(1, sizeof(*page));

	if (!page)
		return NULL;
	page->address = address;
	if (!bytes)
		return page;
	page->bytes = malloc(FDP_PAGE_SIZE);
	if (!page->bytes) {
		free(page);
		return NULL;
	}
	memcpy(page->bytes, bytes, FDP_PAGE_SIZE);
	return page;
}

int fdp_cache_add(struct fdp_cache *cache, uint64_t address,
		  const uint8_t *bytes)
{
	size_t slot;

	if (cache->page_count >= FDP_CACHE_PAGES_MAX)
		return -E2BIG;
	if (cache->page_count * 2 >= cache->slot_count && grow(cache) < 0)
		return -ENOMEM;
	slot = slot_of(cache->slots, cache->slot_count, address);
	if (cache->slots[slot])
		return 0;
	cache->slots[slot] = page_new(address, bytes);
	if (!cache->slots[slot])
		return -ENOMEM;
	cache->page_count++;
	return 0;
}

/*
 * The bytes at ADDRESS and how many of SIZE lie in the same page, or NULL if
 * that is not there.
 */
static uint8_t *bytes_at(struct fdp_cache *cache, uint64_t address, size_t size,
			 size_t *ret_here)
{
	struct fdp_page *page = fdp_cache_find(cache, address);
	size_t offset = address % FDP_PAGE_SIZE;

	if (!page || !page->bytes)
		return NULL;
	*ret_here =
		FDP_PAGE_SIZE - offset < size ? FDP_PAGE_SIZE - offset : size;
	return page->bytes + offset;
}

int fdp_cache_peek(struct fdp_cache *cache, uint64_t address, void *buffer,
		   size_t size)
{
	uint8_t *to = buffer;
	size_t here;

	for (; size > 0; size -= here, address += here, to += here) {
		const uint8_t *bytes = bytes_at(cache, address, size, &here);

		if (!bytes)
			return -EFAULT;
		memcpy(to, bytes, here);
	}
	return 0;
}

int fdp_cache_poke(struct fdp_cache *cache, uint64_t address, const void *bytes,
		   size_t size)
{
	const uint8_t *from = bytes;
	size_t here;

	for (; size > 0; size -= here, address += here, from += here) {
		uint8_t *to = bytes_at(cache, address, size, &here);

		if (!to)
			return -EFAULT;
		memcpy(to, from, here);
	}
	return 0;
}

struct fdp_page *fdp_cache_next(struct fdp_cache *cache, size_t *cursor)
{
	while (*cursor < cache->slot_count) {
		struct fdp_page *page = cache->slots[(*cursor)++];

		if (page)
			return page;
	}
	return NULL;
}
