/* How the daemon makes the process exit. */
#ifndef FDP_PRELOAD_API_EXIT_H
#define FDP_PRELOAD_API_EXIT_H

#include "../proto/proto.h"

/*
 * Says in REQUEST which signal is for that; from then on it has a handler.  0,
 * or -EAGAIN: there is no signal left.
 */
int fdp_exit_arrange(struct fdp_request *request);

#endif
