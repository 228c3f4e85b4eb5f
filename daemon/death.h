/*
 * The report of a death that no handler saw: made by the daemon itself, from
 * what it knows of the process.  There is nobody to talk to and no stderr to
 * copy it to, so it is only stored.
 */
#ifndef FDP_DEATH_H
#define FDP_DEATH_H

struct fdp_client;
struct fdp_daemon;

/*
 * Starts the report of CLIENT, whose status is that of a death by a signal.
 * DAEMON stays until it is stored.  0 or -errno.
 */
int fdp_death_start(struct fdp_daemon *daemon, const struct fdp_client *client);

#endif
