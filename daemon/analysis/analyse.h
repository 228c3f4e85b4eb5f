/*
 * From a target to a report.  Pure: the same target gives the same report.
 */
#ifndef FDP_ANALYSIS_ANALYSE_H
#define FDP_ANALYSIS_ANALYSE_H

#include "../report.h"
#include "../target.h"

struct fdp_analysis_hooks {
	/*
	 * Called once when memory is no longer needed: the capture is
	 * complete and only files are read from here on.  May be NULL.
	 */
	void (*captured)(void *argument);
	void *argument;
	uint64_t deadline_ns; /* CLOCK_MONOTONIC, for symbols; 0: none */
	bool locals;	      /* those of Python's frames too */
	bool guess_names;     /* with their classes, where no code says them */
};

/* Fills REPORT, which was all zero.  0 or -ENOMEM. */
int fdp_analyse(struct fdp_target *target,
		const struct fdp_analysis_hooks *hooks,
		struct fdp_report *report);

struct fdp_dump_options {
	bool native;	      /* native frames too */
	bool exceptions;      /* with their messages, which are values */
	bool locals;	      /* those of Python's frames too */
	bool guess_names;     /* with their classes, where no code says them */
	uint64_t deadline_ns; /* CLOCK_MONOTONIC, for symbols; 0: none */
};

/*
 * The stacks of a process that lives (capture/living.h).  Fills REPORT, which
 * was all zero.  0 or -ENOMEM.
 */
int fdp_analyse_dump(struct fdp_target *target,
		     const struct fdp_dump_options *options,
		     struct fdp_report *report);

/*
 * Reads the memory that fdp_analyse_dump() will want with OPTIONS, a struct
 * fdp_dump_options, and says nothing.
 */
void fdp_analyse_rehearse(struct fdp_target *target, const void *options);

/*
 * A report from frame 1 alone: signal, cause, process, registers, the crashed
 * thread's innermost frame, and REASON why there is no more.
 */
int fdp_analyse_frame(struct fdp_target *target, const char *reason,
		      struct fdp_report *report);

#endif
