/*
 * The processes of the family that are known by name: each has said HELLO, and
 * is watched by a pidfd so that its death is noticed if no handler sees it.
 *
 * One that has sent frame 1 is forgotten: its end is the session's business.
 * So is one whose socket has ended while it goes on: it has exec'd something
 * else, or closed all it had.
 */
#ifndef FDP_CLIENTS_H
#define FDP_CLIENTS_H

#include <stdbool.h>

#include "../proto/proto.h"
#include "analyst.h"
#include "loop.h"
#include "session.h"

/* A process that is on its way out is waited for this long. */
#define FDP_CLIENT_WAIT_MS 1000

/* One that ends sooner is not worth a watcher: FDPRELOAD_WATCH. */
#define FDP_CLIENT_WATCH_MS 250

/* What was asked of a process while it could answer. */
#define FDP_CLIENT_FACTS 5

/* Whether the process that has died was what had said HELLO. */
enum fdp_client_image {
	FDP_IMAGE_UNKNOWN,
	FDP_IMAGE_OURS,
	FDP_IMAGE_OTHER, /* it had exec'd something that we do not watch */
};

struct fdp_client {
	struct fdp_source source; /* the pidfd */
	struct fdp_client *next;
	struct fdp_clients *clients;
	struct fdp_session *session; /* NULL: its socket has ended */
	struct fdp_peer peer;
	int pidfd;
	char comm[64];
	uint64_t start_time; /* ending.h */
	uint64_t give_up_ns; /* without a session: when it is forgotten */
	uint64_t watch_ns;   /* when its watcher is started, if at all */
	bool watched;	     /* that was tried */
	bool ended;	     /* the pidfd says so */
	bool outlived;	     /* by its socket: others have that too */
	bool seen_exiting;   /* and not reaped yet */
	enum fdp_client_image image;
	int status; /* as of wait(), if it is known already; or 0 */
	struct fdp_fact facts[FDP_CLIENT_FACTS];
	struct fdp_foreign_notice foreign[FDP_FOREIGN_MAX];
	size_t foreign_count;
};

struct fdp_clients {
	struct fdp_daemon *daemon;
	struct fdp_client *first;
};

void fdp_clients_init(struct fdp_clients *clients, struct fdp_daemon *daemon);

/*
 * Watches the process of SESSION.  NULL if that cannot be had (before Linux
 * 5.3, a process of another namespace): its death will not be reported then.
 */
struct fdp_client *fdp_client_new(struct fdp_clients *clients,
				  struct fdp_session *session);

/* Remembers that a handler of ours was replaced. */
void fdp_client_foreign(struct fdp_client *client,
			const struct fdp_foreign_notice *notice);

/* Its session ends; NULL is fine. */
void fdp_client_ends(struct fdp_client *client);

/* Nobody asks how PID ends. */
void fdp_clients_forget(struct fdp_clients *clients, pid_t pid);

/*
 * To be called when nothing is ready, so that all that the dead have sent was
 * read: starts the reports of those that no handler saw die.  Returns for how
 * many milliseconds somebody still is on his way out, or FDP_LOOP_FOREVER.
 */
int fdp_clients_quiet(struct fdp_clients *clients);

#endif
