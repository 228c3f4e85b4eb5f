/* Starting the reporter daemon so that the application never notices. */
#ifndef FDP_PRELOAD_SPAWN_H
#define FDP_PRELOAD_SPAWN_H

/*
 * Starts the daemon with SOCKET as its descriptor 3.  DAEMON is the path that
 * the user gave, or NULL: then it is looked for beside the shim and in the
 * installed places.
 *
 * The daemon is no child of this process, has its own session, the root as
 * working directory, no descriptor but SOCKET and /dev/null, and neither
 * LD_* nor MALLOC_* in its environment.  Returns 0 once it was exec'd, else
 * -errno; no process is left behind in either case.
 */
int fdp_spawn(int socket, const char *daemon);

#endif
