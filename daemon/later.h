/*
 * Dumps that come when a time is over, unless they are cancelled: the timers of
 * dump_traceback_later().  Nothing of them is in the process itself.
 */
#ifndef FDP_LATER_H
#define FDP_LATER_H

#include "../proto/proto.h"

struct fdp_daemon;
struct fdp_sender;

/* Of all processes together. */
#define FDP_LATERS_MAX 4096

struct fdp_laters {
	struct fdp_later *first;
	int count;
};

/*
 * LATER.  Replaces one of that name.  0: SENDER's descriptors are taken as far
 * as they are wanted, and the reply, if it still is there, is the caller's;
 * or -errno.
 */
int fdp_later_set(struct fdp_daemon *daemon, const struct fdp_request *request,
		  struct fdp_sender *sender);

/* CANCEL.  The same; 1 if there was one, 0 if not. */
int fdp_later_cancel(struct fdp_daemon *daemon,
		     const struct fdp_request *request,
		     struct fdp_sender *sender);

#endif
