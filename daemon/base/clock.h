/* Time for deadlines: CLOCK_MONOTONIC in nanoseconds. */
#ifndef FDP_BASE_CLOCK_H
#define FDP_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define FDP_NS_PER_MS UINT64_C(1000000)
#define FDP_NS_PER_S UINT64_C(1000000000)

static inline uint64_t fdp_clock_read_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * FDP_NS_PER_S + (uint64_t)now.tv_nsec;
}

static inline uint64_t fdp_clock_now_ns(void)
{
	return fdp_clock_read_ns(CLOCK_MONOTONIC);
}

/* Milliseconds until DEADLINE_NS, rounded up, 0 if it has passed; for poll().
 */
static inline int fdp_clock_left_ms(uint64_t deadline_ns)
{
	uint64_t now = fdp_clock_now_ns();
	uint64_t left = deadline_ns > now ? deadline_ns - now : 0;

	left = (left + FDP_NS_PER_MS - 1) / FDP_NS_PER_MS;
	return left > 3600000 ? 3600000 : (int)left;
}

#endif
