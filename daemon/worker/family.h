/* A process and all that descend from it, as far as their parents live. */
#ifndef FDP_WORKER_FAMILY_H
#define FDP_WORKER_FAMILY_H

#include <sys/types.h>

/*
 * The pids of ROOT and its descendants, parents before their children and these
 * by pid; malloc'ed.  How many, at least 1, or -errno.
 */
ssize_t fdp_family_list(pid_t root, pid_t **ret_pids);

#endif
