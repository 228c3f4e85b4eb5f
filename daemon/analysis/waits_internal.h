/* What the parts of waits*.c share. */
#ifndef FDP_ANALYSIS_WAITS_INTERNAL_H
#define FDP_ANALYSIS_WAITS_INTERNAL_H

#include "identity.h"
#include "waits.h"

/* The thread that is looked at, and what is known of all. */
struct fdp_wait_filler {
	struct fdp_target *target;
	struct fdp_report *report;
	struct fdp_identities *identities;
	const struct fdp_wait_readings *readings;
	const struct fdp_wait_reading *reading;
	const struct fdp_report_thread *thread;
};

/* What a thread waits for in futex(). */
struct fdp_wait_found {
	const char *kind;
	uint64_t address;
	pid_t owner;
	const char *what; /* what it is called */
	const char *module;
};

/*
 * waits_text.c: sentences without a subject, in the arena of the report, or
 * NULL: no memory.
 */
char *fdp_wait_say_found(struct fdp_wait_filler *filler,
			 const struct fdp_wait_found *found);
char *fdp_wait_say_wait4(struct fdp_wait_filler *filler);
char *fdp_wait_say_waitid(struct fdp_wait_filler *filler);
char *fdp_wait_say_call(struct fdp_wait_filler *filler, bool descriptor);

#endif
