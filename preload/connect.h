/* Getting a reporter daemon. */
#ifndef FDP_PRELOAD_CONNECT_H
#define FDP_PRELOAD_CONNECT_H

struct fdp_config;

/*
 * Joins the daemon of the parent, if the environment names one that was started
 * with the same settings, or else starts one.  Makes the channel to it
 * (fdp_state.channel), and tells exec'd children in `environ`.  0, or -errno:
 * -ENOENT if there is no such program.  Nothing is left behind then.
 */
int fdp_connect(const struct fdp_config *config);

#endif
