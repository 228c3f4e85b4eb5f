/*
 * The report of a death that no handler saw: who it was, which signal, and why
 * there is no stack.
 */
#ifndef FDP_ANALYSIS_DEATH_H
#define FDP_ANALYSIS_DEATH_H

#include "../report.h"
#include "../target.h"

/* What the kernel was found to have for a signal, past the shim. */
struct fdp_death_foreign {
	int signal;
	uint64_t handler; /* 0: SIG_DFL, 1: SIG_IGN */
	const char *path; /* of what it lies in; "": not known */
	uint64_t offset;  /* from where that is loaded */
};

struct fdp_death {
	const char *id;
	int64_t time_us; /* when it was noticed, since the epoch */
	int signal;	 /* of which it died */
	bool dumped;	 /* the kernel says that it has written a core */
	const struct fdp_death_foreign *foreign;
	size_t foreign_count;
};

/*
 * Fills REPORT, which was all zero, from DEATH and the process facts of TARGET
 * (process.h).  0 or -ENOMEM.
 */
int fdp_analyse_death(struct fdp_target *target, const struct fdp_death *death,
		      struct fdp_report *report);

#endif
