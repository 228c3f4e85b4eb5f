#include "../target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "cache.h"
#include "facts.h"
#include "ranges.h"

/* Pages read at once on a miss: 64 KiB, what one served answer can hold. */
#define READ_AHEAD_PAGES 16

/* Bytes read at once by a prefetch. */
#define PREFETCH_SIZE (1024 * 1024)

struct fdp_target *fdp_target_new(const struct fdp_target_ops *ops,
				  void *backend)
{
	struct fdp_target *target = calloc(1, sizeof(*target));

	if (!target) {
		ops->free(backend);
		return NULL;
	}
	target->ops = ops;
	target->backend = backend;
	target->cache = fdp_cache_new();
	target->facts = calloc(1, sizeof(*target->facts));
	if (!target->cache || !target->facts) {
		fdp_target_free(target);
		return NULL;
	}
	return target;
}

void fdp_target_free(struct fdp_target *target)
{
	if (!target)
		return;
	target->ops->free(target->backend);
	fdp_cache_free(target->cache);
	free(target->facts);
	fdp_arena_done(&target->arena);
	free(target);
}

const struct fdp_map *fdp_target_map(const struct fdp_target *target,
				     uint64_t address)
{
	size_t low = 0;
	size_t high = target->map_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct fdp_map *map = &target->maps[middle];

		if (address < map->start)
			high = middle;
		else if (address >= map->end)
			low = middle + 1;
		else
			return map;
	}
	return NULL;
}

/* Code and constants are as they were. */
static bool may_change(const struct fdp_target *target, uint64_t page)
{
	const struct fdp_map *map = fdp_target_map(target, page);

	return !map || map->writable;
}

static int keep_page(struct fdp_target *target, uint64_t address,
		     const uint8_t *bytes)
{
	int r;

	if (fdp_cache_find(target->cache, address))
		return 0;
	r = fdp_cache_add(target->cache, address, bytes);
	if (r == 0 && target->running && may_change(target, address))
		fdp_cache_find(target->cache, address)->late = true;
	return r;
}

/* Keeps what was read from PAGE on; bytes after a short read are unreadable. */
static int keep_pages(struct fdp_target *target, uint64_t page,
		      const uint8_t *bytes, size_t size)
{
	for (size_t at = 0; at + FDP_PAGE_SIZE <= size; at += FDP_PAGE_SIZE) {
		int r = keep_page(target, page + at, bytes + at);

		if (r < 0)
			return r;
	}
	if (size < FDP_PAGE_SIZE)
		return keep_page(target, page, NULL);
	return 0;
}

/* How many bytes from PAGE on lie in one mapping, at most LIMIT. */
static size_t readable_size(const struct fdp_target *target, uint64_t page,
			    size_t limit)
{
	const struct fdp_map *map = fdp_target_map(target, page);

	if (!map || !map->readable)
		return FDP_PAGE_SIZE;
	return map->end - page < limit ? (size_t)(map->end - page) : limit;
}

static int fill(struct fdp_target *target, uint64_t page, size_t limit,
		uint8_t *buffer)
{
	size_t size = readable_size(target, page, limit);
	ssize_t got = target->ops->read(target->backend, page, buffer, size);

	if (got < 0)
		return (int)got;
	/* Where there is nothing, nothing has changed. */
	target->late_reads +=
		target->running && got > 0 && may_change(target, page);
	return keep_pages(target, page, buffer, (size_t)got);
}

static int page_at(struct fdp_target *target, uint64_t page,
		   struct fdp_page **ret_page)
{
	uint8_t buffer[READ_AHEAD_PAGES * FDP_PAGE_SIZE];
	struct fdp_page *found = fdp_cache_find(target->cache, page);
	int r;

	if (!found) {
		r = fill(target, page, sizeof(buffer), buffer);
		if (r < 0)
			return r;
		found = fdp_cache_find(target->cache, page);
	}
	if (!found || !found->bytes)
		return -EFAULT;
	found->asked = true;
	*ret_page = found;
	return 0;
}

int fdp_target_read(struct fdp_target *target, uint64_t address, void *buffer,
		    size_t size)
{
	uint8_t *out = buffer;
	uint64_t end;

	if (__builtin_add_overflow(address, size, &end))
		return -EFAULT;
	if (target->trace)
		fdp_ranges_add(target->trace, address, size);
	while (size > 0) {
		uint64_t offset = address % FDP_PAGE_SIZE;
		size_t here = FDP_PAGE_SIZE - offset;
		struct fdp_page *page;
		int r = page_at(target, address - offset, &page);

		if (r < 0)
			return r;
		here = here < size ? here : size;
		memcpy(out, page->bytes + offset, here);
		out += here;
		address += here;
		size -= here;
	}
	return 0;
}

bool fdp_target_is_late(const struct fdp_target *target, uint64_t address)
{
	const struct fdp_page *page = fdp_cache_find(target->cache, address);

	return page && page->late;
}

ssize_t fdp_target_read_some(struct fdp_target *target, uint64_t address,
			     void *buffer, size_t size)
{
	size_t done = 0;

	while (done < size) {
		size_t here = FDP_PAGE_SIZE - (address + done) % FDP_PAGE_SIZE;
		int r;

		here = here < size - done ? here : size - done;
		r = fdp_target_read(target, address + done,
				    (uint8_t *)buffer + done, here);
		if (r == -EFAULT)
			break;
		if (r < 0)
			return r;
		done += here;
	}
	return (ssize_t)done;
}

ssize_t fdp_target_skim(struct fdp_target *target, uint64_t address,
			void *buffer, size_t size)
{
	return target->ops->read(target->backend, address, buffer, size);
}

int fdp_target_read_u64(struct fdp_target *target, uint64_t address,
			uint64_t *ret_value)
{
	return fdp_target_read(target, address, ret_value, sizeof(*ret_value));
}

int fdp_target_read_u32(struct fdp_target *target, uint64_t address,
			uint32_t *ret_value)
{
	return fdp_target_read(target, address, ret_value, sizeof(*ret_value));
}

int fdp_target_read_string(struct fdp_target *target, struct fdp_arena *arena,
			   uint64_t address, size_t limit, char **ret_string)
{
	_cleanup_free_ char *bytes = malloc(limit ? limit : 1);
	ssize_t got;
	char *end;

	if (!bytes)
		return -ENOMEM;
	got = fdp_target_read_some(target, address, bytes, limit);
	if (got < 0)
		return (int)got;
	end = memchr(bytes, '\0', (size_t)got);
	if (!end)
		return (size_t)got == limit ? -E2BIG : -EFAULT;
	end = fdp_arena_copy(arena, bytes, (size_t)(end - bytes));
	if (!end)
		return -ENOMEM;
	*ret_string = end;
	return 0;
}

void fdp_target_prefetch(struct fdp_target *target, uint64_t address,
			 uint64_t size)
{
	_cleanup_free_ uint8_t *buffer = malloc(PREFETCH_SIZE);
	uint64_t end;

	if (!buffer || __builtin_add_overflow(address, size, &end))
		return;
	address -= address % FDP_PAGE_SIZE;
	while (address < end) {
		size_t step = readable_size(target, address, PREFETCH_SIZE);

		if (end - address < step)
			step = (size_t)(end - address + FDP_PAGE_SIZE - 1) /
			       FDP_PAGE_SIZE * FDP_PAGE_SIZE;
		if (fill(target, address, step, buffer) < 0)
			return;
		address += step;
	}
}

int fdp_target_fact(struct fdp_target *target, const char *key,
		    const char **ret_value, size_t *ret_size)
{
	struct fdp_fact *fact = fdp_facts_find(target->facts, key);
	_cleanup_free_ char *value = NULL;
	size_t size = 0;

	if (!fact) {
		if (target->ops->fact(target->backend, key, &value, &size) < 0)
			size = 0;
		fact = fdp_facts_set(target->facts, &target->arena, key, value,
				     size);
	}
	if (!fact)
		return -ENOMEM;
	if (!fact->value)
		return -ENOENT;
	*ret_value = fact->value;
	if (ret_size)
		*ret_size = fact->size;
	return 0;
}

int fdp_target_note(struct fdp_target *target, const char *key,
		    const char *value, size_t size)
{
	return fdp_facts_set(target->facts, &target->arena, key, value, size)
		       ? 0
		       : -ENOMEM;
}
