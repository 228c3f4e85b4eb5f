/* Getting a reporter daemon. */
#ifndef FDP_PRELOAD_CONNECT_H
#define FDP_PRELOAD_CONNECT_H

#include <stdbool.h>

#include "spawn.h"

struct fdp_config;

struct fdp_connection {
	bool starting;
	uint64_t settings; /* hash of those of this process */
	struct fdp_spawn spawn;
};

/*
 * Joins the daemon of the parent, if the environment names one that was started
 * with the same settings, or else begins to start one, which takes its time.
 * Makes the channel to it (fdp_state.channel).  0, after which
 * one of the next two must be called, or -errno; nothing is left behind then.
 */
int fdp_connect_begin(const struct fdp_config *config,
		      struct fdp_connection *ret_connection);

/*
 * Waits until the daemon is there, and tells exec'd children in `environ`.
 * 0, or -errno: -ENOENT if there is no such program.  Nothing is left behind
 * then.
 */
int fdp_connect_end(const struct fdp_config *config,
		    struct fdp_connection *connection);

/* The daemon is not needed after all: it leaves when it sees nobody. */
void fdp_connect_undo(struct fdp_connection *connection);

#endif
