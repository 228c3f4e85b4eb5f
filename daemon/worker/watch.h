/* `fdpreload dump --watch`: the same dump again and again. */
#ifndef FDP_WORKER_WATCH_H
#define FDP_WORKER_WATCH_H

#include "../analysis/watch.h"
#include "dump_options.h"

/* A day: who looks less often does not watch. */
#define FDP_WATCH_SECONDS_MAX 86400

/*
 * A dump that takes so long is ended; by its limit of processor time, of 30 s,
 * it would be anyway, unless it waits for something.
 */
#define FDP_WATCH_DUMP_SECONDS 120

/* Processes of a tree that have a history; of others nothing is marked. */
#define FDP_WATCH_PROCESSES_MAX 256

/* One dump of one process. */
struct fdp_watch_step {
	const struct fdp_watch_history *before;
	struct fdp_watch_history *after;
	bool first; /* of all dumps */
	bool leads; /* of those that are dumped together it is the first */
};

/*
 * Dumps COMMAND's process, and with --all its descendants, every
 * command->watch_s seconds, each time in a process of its own by DUMP, which
 * returns an exit status.  Ends with SIGINT, SIGTERM, the process, or whoever
 * reads: FDP_DUMP_OK; or with the status of the first dump if that says that
 * there is nothing to watch.  SIGCHLD has to be blocked.
 */
int fdp_watch_run(const struct fdp_dump_command *command,
		  int (*dump)(const struct fdp_dump_command *command,
			      const struct fdp_watch_step *step));

#endif
