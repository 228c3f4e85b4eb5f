/*
 * pthread_mutex_t of glibc on x86-64: whether a thread that sleeps in futex()
 * waits for one, and who holds it.
 */
#ifndef FDP_ANALYSIS_MUTEX_H
#define FDP_ANALYSIS_MUTEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../system_call.h"

/* sizeof(pthread_mutex_t) in words; the first is what is waited for. */
#define FDP_MUTEX_WORDS 10

struct fdp_mutex {
	/* The words are those of a mutex that somebody holds. */
	bool consistent;
	/* No other thing is waited for like this. */
	bool certain;
	uint32_t owner;	    /* its tid, as the process itself knows it; or 0 */
	bool can_hold_self; /* its owner would wait for it, if it asked again */
};

/* What WORDS, at the address that CALL waits for, say. */
struct fdp_mutex fdp_mutex_read(const struct fdp_system_call *call,
				const uint32_t words[FDP_MUTEX_WORDS]);

/* futex() with an operation that sleeps until woken, of whatever lock. */
bool fdp_futex_waits(const struct fdp_system_call *call);

/* It has a time after which it gives up. */
bool fdp_futex_is_timed(const struct fdp_system_call *call);

#endif
