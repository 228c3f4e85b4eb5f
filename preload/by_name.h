/*
 * Connecting to a daemon by its name.  The signal handler does it too.
 */
#ifndef FDP_PRELOAD_BY_NAME_H
#define FDP_PRELOAD_BY_NAME_H

#include "state.h"

/* How long a daemon may take to accept, and to answer a HELLO. */
#define FDP_BY_NAME_MS 200

/*
 * Connects SOCKET, an AF_UNIX one that stays the caller's, to REPORTER.  The
 * listener must belong to the effective user or to root.  0 or -errno.
 */
int fdp_by_name_connect(int socket, const struct fdp_reporter *reporter);

/* A send of a report that takes longer: the daemon has stopped reading. */
void fdp_set_send_timeout(int socket, long milliseconds);
#define FDP_SEND_TIMEOUT_MS 1000

#endif
