/*
 * FDPRELOAD_WATCH: a watcher for each process of the family, which looks at it
 * from outside and tells us when it hangs; the report is ours.
 */
#ifndef FDP_WATCHERS_H
#define FDP_WATCHERS_H

#include <stdbool.h>
#include <stddef.h>

#include "session.h"

struct fdp_daemon;
struct fdp_watcher;

/* A program with more processes than this has the others unwatched. */
#define FDP_WATCHERS_MAX 128

struct fdp_watchers {
	struct fdp_watcher *first;
	size_t count;
	bool said_full;
};

/*
 * To be called when nothing is ready: starts the watchers of clients that have
 * lived for a moment.  Returns in how many milliseconds to call it again, or
 * FDP_LOOP_FOREVER.
 */
int fdp_watchers_quiet(struct fdp_daemon *daemon);

/* Nobody watches PID any more: it crashes, or is another program by now. */
void fdp_watchers_forget(struct fdp_daemon *daemon, pid_t pid);

/* Ends all of them and waits until they are dead. */
void fdp_watchers_end(struct fdp_daemon *daemon);

#endif
