/*
 * A session: the socket of one process, or of one forked child of it.
 */
#ifndef FDP_SESSION_H
#define FDP_SESSION_H

#include <sys/types.h>

#include "../proto/proto.h"
#include "loop.h"

struct fdp_client;
struct fdp_daemon;
struct fdp_job;
struct fdp_sender;

/* A process and its real user, as the kernel vouches for them. */
struct fdp_peer {
	pid_t pid;
	uid_t uid;
	gid_t gid;
};

struct fdp_session {
	struct fdp_source source;
	struct fdp_daemon *daemon;
	int fd;
	int life;		   /* lives.h; -1: none */
	struct fdp_peer peer;	   /* pid 0: not heard of yet */
	struct fdp_client *client; /* the process, while it is watched; NULL */
	struct fdp_job *job;	   /* the report in progress, or NULL */
};

/*
 * Takes SOCKET (also on failure) and listens to it until its end.  The session
 * frees itself.  RET_SESSION may be NULL.  0 or -errno.
 */
int fdp_session_start(struct fdp_daemon *daemon, int socket,
		      const struct fdp_peer *peer,
		      struct fdp_session **ret_session);

/*
 * The same for a socket that came with a JOIN.  -EINVAL if it is not one end of
 * a pair whose other end a client has: our own end of a session, say, which
 * would keep us for ever.
 */
int fdp_session_join(struct fdp_daemon *daemon, int socket,
		     const struct fdp_peer *peer);

/* What HELLO says, wherever it came; takes descriptors from SENDER. */
void fdp_session_hello(struct fdp_session *session,
		       const struct fdp_hello *hello,
		       struct fdp_sender *sender);

/* Frame 1 is safe with us. */
void fdp_session_acknowledge(const struct fdp_session *session);

/* The job has ended and is gone: the session is listened to again. */
void fdp_session_job_done(struct fdp_session *session);

#endif
