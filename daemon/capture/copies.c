#include "copies.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

/* To name a range costs the kernel about as much as to copy so many bytes. */
#define NEAR 512

/* Of all copies together: the frames of the deepest stack that is read. */
#define BYTES_MAX (UINT64_C(512) * 1024 * 1024)

/* Of one process_vm_readv(). */
#define VECTORS_MAX 1024

int fdp_copies_prepare(struct fdp_copies *copies,
		       const struct fdp_ranges *ranges, size_t count)
{
	fdp_copies_done(copies);
	fdp_ranges_add_all(&copies->ranges, ranges);
	fdp_ranges_merge(&copies->ranges, NEAR);
	if (copies->ranges.lost)
		return -ENOMEM;
	copies->at = calloc(copies->ranges.count + 1, sizeof(*copies->at));
	if (!copies->at)
		return -ENOMEM;
	for (size_t i = 0; i < copies->ranges.count; i++) {
		copies->at[i] = copies->size;
		copies->size += copies->ranges.all[i].size;
		if (copies->size > BYTES_MAX / count)
			return -E2BIG;
	}
	copies->count = count;
	copies->bytes = malloc(copies->size * count + 1);
	if (!copies->bytes)
		return -ENOMEM;
	/* Touched now, so that copying does not have to. */
	memset(copies->bytes, 0, copies->size * count);
	return 0;
}

/* Copies COUNT ranges, from number FIRST on; they follow each other copy by
 * copy, and so do their bytes. */
static int take_some(struct fdp_copies *copies, pid_t pid, size_t first,
		     size_t count)
{
	size_t all = copies->ranges.count;
	struct iovec remote[VECTORS_MAX];
	struct iovec local = {
		.iov_base = copies->bytes + first / all * copies->size +
			    copies->at[first % all],
	};
	ssize_t got;

	for (size_t i = 0; i < count; i++) {
		const struct fdp_range *range =
			&copies->ranges.all[(first + i) % all];

		remote[i].iov_base = (void *)(uintptr_t)range->address;
		remote[i].iov_len = range->size;
		local.iov_len += range->size;
	}
	got = process_vm_readv(pid, &local, 1, remote, count, 0);
	if (got < 0)
		return -errno;
	return (size_t)got == local.iov_len ? 0 : -EFAULT;
}

int fdp_copies_take(struct fdp_copies *copies, pid_t pid, size_t first,
		    size_t count)
{
	size_t at = first * copies->ranges.count;
	size_t end = (first + count) * copies->ranges.count;
	int r = 0;

	while (r == 0 && at < end) {
		size_t here = end - at < VECTORS_MAX ? end - at : VECTORS_MAX;

		r = take_some(copies, pid, at, here);
		at += here;
	}
	return r;
}

/* The last range that begins at or below ADDRESS, or -1. */
static ssize_t range_of(const struct fdp_ranges *ranges, uint64_t address)
{
	size_t low = 0;
	size_t high = ranges->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ranges->all[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return (ssize_t)low - 1;
}

const uint8_t *fdp_copies_find(const struct fdp_copies *copies, size_t number,
			       uint64_t address, size_t size)
{
	ssize_t i = range_of(&copies->ranges, address);
	const struct fdp_range *range;

	if (i < 0)
		return NULL;
	range = &copies->ranges.all[i];
	if (address - range->address > range->size ||
	    size > range->size - (address - range->address))
		return NULL;
	return copies->bytes + number * copies->size + copies->at[i] +
	       (address - range->address);
}

void fdp_copies_done(struct fdp_copies *copies)
{
	fdp_ranges_done(&copies->ranges);
	free(copies->at);
	free(copies->bytes);
	*copies = (struct fdp_copies){ 0 };
}
