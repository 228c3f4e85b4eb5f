/*
 * Signals that FDPRELOAD_DUMP_SIGNAL has taken: the program sets and reads its
 * dispositions as ever, and what it has set is what the dump is chained to.
 */
#ifndef FDP_PRELOAD_PINNED_H
#define FDP_PRELOAD_PINNED_H

#include <signal.h>
#include <stdbool.h>

#include "state.h"

static inline bool fdp_is_pinned(int signal)
{
	return signal > 0 && signal <= 64 &&
	       (fdp_state.pinned >> (signal - 1) & 1);
}

/* As sigaction(), for a signal that is pinned. */
int fdp_pinned_change(int signal, const struct sigaction *new,
		      struct sigaction *old);

/* From now on SIGNAL, which is registered, stays so. */
void fdp_pin(int signal);

#endif
