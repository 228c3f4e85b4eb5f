/*
 * Connections by name: from programs that a client has exec'd, and from
 * clients that have lost their channel.
 *
 * Whoever connects is nobody until it has said HELLO with the right token. Such
 * connections are few, have little time, and do not keep the daemon.
 */
#ifndef FDP_LISTENER_H
#define FDP_LISTENER_H

#include <stdint.h>

#include "loop.h"

struct fdp_daemon;

/* Connections that have not proved themselves; the oldest makes room. */
#define FDP_UNPROVEN_MAX 64

/* How long they have. */
#define FDP_UNPROVEN_MS 1000

/* So many descriptors are left to a report, which needs half of them. */
#define FDP_LISTENER_SPARE 16

/* After an accept() that failed for want of descriptors or memory. */
#define FDP_LISTENER_PAUSE_MS 100

struct fdp_listener {
	struct fdp_source source;
	struct fdp_daemon *daemon;
	int fd; /* -1: nobody can connect */
	uint64_t token;
	uint64_t paused_until_ns; /* 0: it is listened to */
	struct fdp_unproven *unproven[FDP_UNPROVEN_MAX]; /* by age */
	int unproven_count;
};

void fdp_listener_init(struct fdp_listener *listener,
		       struct fdp_daemon *daemon);

/*
 * Listens on FD, which it takes in any case; those who connect have to know
 * TOKEN.  0, or -EINVAL if FD is not what a shim sends, -EBUSY if there is a
 * listener, or another -errno.
 */
int fdp_listener_start(struct fdp_listener *listener, int fd, uint64_t token);

/*
 * To be called when nothing is ready: closes those whose time is up.  Returns
 * after how many milliseconds there is something to do again, or
 * FDP_LOOP_FOREVER.
 */
int fdp_listener_quiet(struct fdp_listener *listener);

#endif
