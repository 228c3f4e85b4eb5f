/*
 * The watcher: a process that looks at another one again and again, as long as
 * that lives, and tells the daemon if it hangs.
 */
#ifndef FDP_WORKER_WATCHER_H
#define FDP_WORKER_WATCHER_H

#include <stdint.h>
#include <sys/types.h>

struct fdp_watching {
	pid_t pid;
	uid_t uid; /* of the process: a root watcher becomes this user */
	gid_t gid;
	int output;	  /* a pipe that keeps messages apart */
	uint64_t time_us; /* FDPRELOAD_WATCH */
	/*
	 * Of which the shim handles some, as long as the process is what it
	 * was: when it has none of them any more the watcher leaves.  0: none.
	 */
	uint64_t signals;
};

/* Called in the forked process. */
void fdp_worker_watch(const struct fdp_watching *watching)
	__attribute__((noreturn));

#endif
