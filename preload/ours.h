/* Is it our business?  Asked by every function that stands before libc's. */
#ifndef FDP_PRELOAD_OURS_H
#define FDP_PRELOAD_OURS_H

#include <stdbool.h>
#include <stdint.h>

#include "disposition.h"
#include "state.h"
#include "sys.h"
#include "tracer.h"

static inline bool fdp_is_our_signal(int signal)
{
	return signal > 0 && signal < FDP_SIGNALS &&
	       (fdp_state.signals & FDP_BIT(signal));
}

/*
 * False in a vfork child, which shares our memory and has dispositions and a
 * mask of its own.  A forked child, whose page the kernel has wiped, becomes a
 * process of its own here.  Where a filter forbids getpid, it is our process.
 */
static inline bool fdp_is_our_process(void)
{
	struct fdp_fork_page *page = fdp_state.page;
	long pid = fdp_sys(SYS_getpid);

	if (pid > 0 && !page->pid) {
		page->pid = (uint32_t)pid;
		fdp_tracer_name(fdp_state.tracer);
	}
	return pid <= 0 || page->pid == (uint32_t)pid;
}

#endif
