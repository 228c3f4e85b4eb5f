/* Who a worker is. */
#ifndef FDP_WORKER_USER_H
#define FDP_WORKER_USER_H

#include <sys/types.h>

/*
 * What a report quotes from files shall be what the process itself could read:
 * one that has given up being root must not read through us.  0 or -errno.
 */
int fdp_worker_become(uid_t uid, gid_t gid);

#endif
