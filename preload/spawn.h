/* Starting the reporter daemon so that the application never notices. */
#ifndef FDP_PRELOAD_SPAWN_H
#define FDP_PRELOAD_SPAWN_H

#include <stddef.h>
#include <stdint.h>

struct fdp_plan;

struct fdp_spawn {
	struct fdp_plan *plan;
	size_t size;
	uint64_t mask;	 /* of the calling thread, before */
	int middle;	 /* pid of a process to wait for, or 0 */
	uint32_t daemon; /* after fdp_spawn_end(): its pid, or its parent's */
};

/*
 * Begins to start the daemon with SOCKET as its descriptor 3, which may be
 * closed then.  DAEMON is the path that the user gave, or NULL: then it is
 * looked for beside the shim and in the installed places.
 *
 * The daemon is no child of this process, has its own session, the root as
 * working directory, no descriptor but SOCKET and /dev/null, and neither
 * LD_* nor MALLOC_* in its environment.
 *
 * 0 or -errno.  After 0 all signals are blocked, and a process is under way
 * that has our memory, until fdp_spawn_end() has been called.
 */
int fdp_spawn_begin(int socket, const char *daemon,
		    struct fdp_spawn *ret_spawn);

/*
 * Returns 0 once the daemon was exec'd, else -errno; no process is left behind
 * in either case.
 */
int fdp_spawn_end(struct fdp_spawn *spawn);

#endif
