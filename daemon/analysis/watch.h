/*
 * What has not moved from one dump of a process to the next.  Pure.
 *
 * The history is all that is kept of the dumps before: hashes, and no text.  It
 * is one block of memory without pointers, which one process leaves for the
 * next; what is in it is checked, and believed no further than that.
 */
#ifndef FDP_ANALYSIS_WATCH_H
#define FDP_ANALYSIS_WATCH_H

#include "../report.h"
#include "../target.h"

/* Threads that are compared; a history is then 5 MB. */
#define FDP_WATCH_THREADS_MAX 4096

/*
 * Outermost frames that are remembered one by one.  Of deeper stacks the rest
 * is one hash: all or nothing.
 */
#define FDP_WATCH_FRAMES_MAX 128

struct fdp_watched {
	pid_t tid;
	uint64_t started;  /* as /proc has it: tids are used again */
	uint64_t since_ns; /* the stack is what it is now, at least */
	uint64_t since_cpu_ns, cpu_ns; /* UINT64_MAX: not known */
	uint32_t dumps;		       /* with this stack */
	uint32_t frame_count;
	uint64_t stack;			       /* hash of all frames */
	uint64_t frames[FDP_WATCH_FRAMES_MAX]; /* the outermost is the first */
};

/* All zero: there is none. */
struct fdp_watch_history {
	uint64_t time_ns; /* of the dump, CLOCK_MONOTONIC */
	uint32_t count;
	struct fdp_watched threads[FDP_WATCH_THREADS_MAX];
};

/* Asks TARGET how long each thread has run so far: to be called at once. */
void fdp_watch_ask(struct fdp_target *target);

/*
 * Fills `watch` of each thread in REPORT, about TARGET at NOW_NS, with what has
 * changed since BEFORE (all zero at first), and *AFTER with what the next dump
 * is to be compared with.
 */
void fdp_watch_compare(struct fdp_target *target, uint64_t now_ns,
		       const struct fdp_watch_history *before,
		       struct fdp_report *report,
		       struct fdp_watch_history *after);

#endif
