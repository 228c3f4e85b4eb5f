/*
 * System calls without libc: usable in a signal handler, in a vfork child and
 * before libc is set up.  Each returns -errno on failure.
 */
#ifndef FDP_PRELOAD_SYS_H
#define FDP_PRELOAD_SYS_H

#include <stddef.h>
#include <sys/syscall.h>
#include <sys/types.h>

#include "arch/x86_64.h"

#define FDP_SYS6(number, a, b, c, d, e, f, ...)                                \
	fdp_syscall6((number), (long)(a), (long)(b), (long)(c), (long)(d),     \
		     (long)(e), (long)(f))

/* fdp_sys(SYS_name, up to six arguments) */
#define fdp_sys(...) FDP_SYS6(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

/* Seconds of CLOCK as nanoseconds. */
static inline uint64_t fdp_sys_clock_ns(int clock)
{
	struct {
		long seconds, nanoseconds;
	} now = { 0, 0 };

	fdp_sys(SYS_clock_gettime, clock, &now);
	return (uint64_t)now.seconds * 1000000000u + (uint64_t)now.nanoseconds;
}

#endif
