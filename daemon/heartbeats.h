/* Those who say that they are alive, and are missed if they do not. */
#ifndef FDP_HEARTBEATS_H
#define FDP_HEARTBEATS_H

#include "../proto/proto.h"

struct fdp_daemon;
struct fdp_sender;

/* Of all processes together. */
#define FDP_HEARTBEATS_MAX 4096

struct fdp_heartbeats {
	struct fdp_heartbeat *first;
	int count;
};

/*
 * HEARTBEAT: NAME has been heard, and shall be again within the time; 0: it
 * need not any more.  0 or more, or -errno.
 */
int fdp_heartbeat_heard(struct fdp_daemon *daemon,
			const struct fdp_request *request,
			const struct fdp_sender *sender);

#endif
