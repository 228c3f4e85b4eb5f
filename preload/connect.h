/* Getting a reporter daemon. */
#ifndef FDP_PRELOAD_CONNECT_H
#define FDP_PRELOAD_CONNECT_H

#include <stdbool.h>

#include "spawn.h"
#include "state.h"

struct fdp_config;

struct fdp_connection {
	uint64_t settings; /* hash of those of this process */
	bool may_join;
	struct fdp_reporter reporter; /* of the parent */
	bool starting;
	struct fdp_spawn spawn;
};

/*
 * Begins to start a daemon, which takes its time, unless the environment names
 * one of the parent's that was started with the same settings.  0, after which
 * one of the next two must be called, or -errno; nothing is left behind then.
 */
int fdp_connect_begin(const struct fdp_config *config,
		      struct fdp_connection *ret_connection);

/*
 * Joins the parent's daemon or waits until ours is there, and says that we are
 * watched from now on.  Makes the channel (fdp_state.channel), and tells exec'd
 * children in `environ`.  0, or -errno: -ENOENT if there is no such program.
 * Nothing is left behind then.
 */
int fdp_connect_end(const struct fdp_config *config,
		    struct fdp_connection *connection);

/* The daemon is not needed after all: it leaves when it sees nobody. */
void fdp_connect_undo(struct fdp_connection *connection);

#endif
