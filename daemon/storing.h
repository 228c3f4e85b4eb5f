/* Files of a report that nobody waits for, on their way to the disk. */
#ifndef FDP_STORING_H
#define FDP_STORING_H

struct fdp_daemon;
struct fdp_outputs;

/*
 * Takes OUTPUTS.  A child syncs and names the files, since a slow disk must not
 * stop the daemon, which stays until it is done.
 */
void fdp_storing_start(struct fdp_daemon *daemon, struct fdp_outputs *outputs);

#endif
