#include "fds.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Without close_range (before Linux 5.9): no more numbers than this. */
#define NUMBERS_MAX 65536

static int compare(const void *a, const void *b)
{
	int left = *(const int *)a;
	int right = *(const int *)b;

	return (left > right) - (left < right);
}

static void close_between(unsigned first, unsigned last)
{
	if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
		return;
	for (unsigned fd = first; fd <= last && fd < NUMBERS_MAX; fd++)
		close((int)fd);
}

void fdp_close_all_but(const int *keep, size_t count)
{
	int sorted[FDP_KEEP_MAX];
	unsigned first = 0;

	if (count > FDP_KEEP_MAX)
		abort();
	for (size_t i = 0; i < count; i++)
		sorted[i] = keep[i];
	qsort(sorted, count, sizeof(*sorted), compare);
	for (size_t i = 0; i < count; i++) {
		unsigned fd = (unsigned)sorted[i];

		if (sorted[i] < 0 || fd < first)
			continue;
		if (fd > first)
			close_between(first, fd - 1);
		first = fd + 1;
	}
	close_between(first, UINT_MAX);
}
