/*
 * What each thread waits for.
 *
 * Known is the system call that it is in; what lies behind the address, the
 * process or the descriptor there is found in memory, without symbols where it
 * can be.  Whoever is said to hold something has held it at the moment of the
 * capture: what was read later says nothing of that.
 */
#ifndef FDP_ANALYSIS_WAITS_H
#define FDP_ANALYSIS_WAITS_H

#include "../python/imports.h"
#include "../python/locks.h"
#include "../report.h"
#include "../system_call.h"
#include "../target.h"
#include "mutex.h"
#include "stack.h"

/* Of one thread: what memory had to be read for. */
struct fdp_wait_reading {
	pid_t tid;
	bool known; /* whether it is in a call, and which */
	struct fdp_system_call call;
	bool has_words; /* of futex() alone */
	uint32_t words[FDP_MUTEX_WORDS];
	const struct fdp_python_gil *gil; /* the address lies in that */
	long gil_holder;		  /* its tid, or FDP_UNKNOWN */
	struct fdp_python_lock lock;
};

struct fdp_wait_readings {
	struct fdp_wait_reading *all; /* in the order of the target's threads */
	size_t count;
	struct fdp_imports imports;
	/* Where there is but one, of a thread that is about to look again. */
	const struct fdp_python_gil *only_gil;
	long only_holder; /* its tid, or FDP_UNKNOWN */
};

/*
 * Reads memory, for each thread of TARGET.  May be called before there are any
 * registers, to find out what will be read.  Everything is in the arena of
 * REPORT.  0 or -ENOMEM.
 */
int fdp_waits_read(struct fdp_target *target, struct fdp_report *report,
		   const struct fdp_python *python,
		   struct fdp_wait_readings *ret_readings);

/*
 * Fills report->threads[].waits, whose frames have names already.  Asks for
 * facts alone.  0 or -ENOMEM.
 */
int fdp_waits_fill(struct fdp_target *target,
		   const struct fdp_wait_readings *readings,
		   struct fdp_report *report);

#endif
