/* Getting a reporter daemon. */
#ifndef FDP_PRELOAD_CONNECT_H
#define FDP_PRELOAD_CONNECT_H

struct fdp_config;

/*
 * Starts a daemon and makes the channel to it (fdp_state.channel).  0, or
 * -errno: -ENOENT if there is no such program.  Nothing is left behind then.
 */
int fdp_connect(const struct fdp_config *config);

#endif
