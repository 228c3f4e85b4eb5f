/*
 * The half of the daemon that makes reports, and brings the libraries for it:
 * a module of its own, so that a daemon starts with libc alone.  Most programs
 * end well, many within milliseconds, and what their daemon does at its start
 * takes time from theirs.
 */
#ifndef FDP_ANALYST_H
#define FDP_ANALYST_H

#include <stddef.h>
#include <sys/types.h>

struct fdp_death;
struct fdp_living;
struct fdp_watching;
struct fdp_worker;

/* The module's file, beside the daemon's, and what it exports. */
#define FDP_ANALYST_FILE "fdpreload-analysis.so"
#define FDP_ANALYST_SYMBOL "fdp_analyst_table"

/* How long the daemon must live before the module is loaded unasked. */
#define FDP_ANALYST_LOAD_MS 250

/* A fact that was read before it was asked for. */
struct fdp_fact {
	const char *key; /* target.h */
	char *value;	 /* NUL-terminated, or NULL */
	size_t size;
};

struct fdp_analyst {
	/*
	 * In the forked process, which they end: worker/worker.h,
	 * worker/living.h, worker/watcher.h.
	 */
	void (*run)(const struct fdp_worker *worker);
	void (*living)(const struct fdp_living *living);
	void (*watch)(const struct fdp_watching *watching);
	/*
	 * What frame 1 gave, and why there is no more; and the report of a
	 * death that no handler saw.  They return which files of WORKER are
	 * complete (enum fdp_rendered), or -errno.
	 */
	int (*frame)(const struct fdp_worker *worker, const char *reason);
	int (*death)(const struct fdp_worker *worker, pid_t pid,
		     const struct fdp_fact *facts, size_t count,
		     const struct fdp_death *death);
	/* worker/decode.h, worker/dump.h */
	int (*decode)(int argc, char **argv);
	int (*dump)(int argc, char **argv);
};

/* Loads the module if need be.  NULL: it cannot be, which is in the log. */
const struct fdp_analyst *fdp_analyst(void);

/* Why fdp_analyst() gave NULL. */
const char *fdp_analyst_error(void);

/*
 * To be called when nothing is ready: loads the module in time, so that a crash
 * need not, on a system that may be short of all by then.  Returns in how many
 * milliseconds it wants to be called again, or FDP_LOOP_FOREVER.
 */
int fdp_analyst_quiet(void);

#endif
