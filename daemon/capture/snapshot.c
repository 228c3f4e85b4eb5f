#include "snapshot.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "../base/util.h"
#include "cache.h"

/* Of one process_vm_readv(). */
#define VECTORS_MAX 1024

struct range {
	uint64_t address, size; /* whole pages */
	uint64_t at;		/* in the pool */
	uint64_t got;
};

struct fdp_snapshot {
	pid_t pid;
	struct range *ranges;
	size_t count, capacity;
	uint64_t size; /* of all ranges */
	uint8_t *pool;
	uint64_t pool_size;
};

struct fdp_snapshot *fdp_snapshot_new(pid_t pid)
{
	struct fdp_snapshot *snapshot = calloc(1, sizeof(*snapshot));

	if (snapshot)
		snapshot->pid = pid;
	return snapshot;
}

static int reserve(struct fdp_snapshot *snapshot)
{
	size_t wanted = snapshot->capacity ? snapshot->capacity * 2 : 1024;
	struct range *ranges;

	if (snapshot->count < snapshot->capacity)
		return 0;
	ranges = reallocarray(snapshot->ranges, wanted, sizeof(*ranges));
	if (!ranges)
		return -ENOMEM;
	snapshot->ranges = ranges;
	snapshot->capacity = wanted;
	return 0;
}

int fdp_snapshot_add(struct fdp_snapshot *snapshot, uint64_t address,
		     uint64_t size)
{
	uint64_t start = address - address % FDP_PAGE_SIZE;
	uint64_t end;
	int r = reserve(snapshot);

	if (r < 0)
		return r;
	if (__builtin_add_overflow(address, size, &end) ||
	    __builtin_add_overflow(end, FDP_PAGE_SIZE - 1, &end))
		return 0;
	end -= end % FDP_PAGE_SIZE;
	snapshot->ranges[snapshot->count++] = (struct range){
		.address = start,
		.size = end - start,
		.at = snapshot->size,
	};
	snapshot->size += end - start;
	return 0;
}

int fdp_snapshot_prepare(struct fdp_snapshot *snapshot, uint64_t extra)
{
	void *pool =
		mmap(NULL, snapshot->size + extra + 1, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (pool == MAP_FAILED)
		return -ENOMEM;
	snapshot->pool = pool;
	snapshot->pool_size = snapshot->size + extra + 1;
	return 0;
}

/* More than was thought of: moved, or left out. */
static void make_room(struct fdp_snapshot *snapshot)
{
	void *pool;

	if (snapshot->size <= snapshot->pool_size)
		return;
	pool = mremap(snapshot->pool, snapshot->pool_size, snapshot->size,
		      MREMAP_MAYMOVE);
	if (pool != MAP_FAILED) {
		snapshot->pool = pool;
		snapshot->pool_size = snapshot->size;
		return;
	}
	while (snapshot->count > 0 &&
	       snapshot->ranges[snapshot->count - 1].at +
			       snapshot->ranges[snapshot->count - 1].size >
		       snapshot->pool_size)
		snapshot->count--;
}

/* Copies the COUNT ranges from FIRST on.  How many of them have been tried. */
static size_t take_some(struct fdp_snapshot *snapshot, size_t first,
			size_t count)
{
	struct range *ranges = snapshot->ranges + first;
	struct iovec remote[VECTORS_MAX];
	struct iovec local = { .iov_base = snapshot->pool + ranges[0].at };
	ssize_t got;
	size_t i;

	for (i = 0; i < count; i++) {
		remote[i].iov_base = (void *)(uintptr_t)ranges[i].address;
		remote[i].iov_len = ranges[i].size;
		local.iov_len += ranges[i].size;
	}
	got = process_vm_readv(snapshot->pid, &local, 1, remote, count, 0);
	for (i = 0; i < count && got > 0; i++) {
		ranges[i].got = (uint64_t)got < ranges[i].size ? (uint64_t)got
							       : ranges[i].size;
		got -= (ssize_t)ranges[i].got;
	}
	/* The one that it ended in is not tried again. */
	return i < count && (i == 0 || ranges[i - 1].got == ranges[i - 1].size)
		       ? i + 1
		       : i;
}

void fdp_snapshot_take(struct fdp_snapshot *snapshot)
{
	size_t first = 0;

	make_room(snapshot);
	while (first < snapshot->count) {
		size_t count = snapshot->count - first;

		first += take_some(snapshot, first,
				   count < VECTORS_MAX ? count : VECTORS_MAX);
	}
}

int fdp_snapshot_apply(const struct fdp_snapshot *snapshot,
		       struct fdp_target *target)
{
	for (size_t i = 0; i < snapshot->count; i++) {
		const struct range *range = &snapshot->ranges[i];

		for (uint64_t at = 0; at + FDP_PAGE_SIZE <= range->got;
		     at += FDP_PAGE_SIZE) {
			int r = fdp_cache_add(target->cache,
					      range->address + at,
					      snapshot->pool + range->at + at);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

void fdp_snapshot_free(struct fdp_snapshot *snapshot)
{
	if (!snapshot)
		return;
	if (snapshot->pool)
		munmap(snapshot->pool, snapshot->pool_size);
	free(snapshot->ranges);
	free(snapshot);
}
