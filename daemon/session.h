/*
 * A session: the socket of one process, or of one forked child of it.
 */
#ifndef FDP_SESSION_H
#define FDP_SESSION_H

#include <sys/types.h>

#include "loop.h"
#include "settings.h"

struct fdp_job;

/* A process and its real user, as the kernel vouches for them. */
struct fdp_peer {
	pid_t pid;
	uid_t uid;
	gid_t gid;
};

struct fdp_session {
	struct fdp_source source;
	struct fdp_loop *loop;
	const struct fdp_settings *settings;
	int fd;
	struct fdp_peer peer; /* pid 0: not heard of yet */
	struct fdp_job *job;  /* the report in progress, or NULL */
};

/*
 * Takes SOCKET (also on failure) and listens to it until its end.  The session
 * frees itself.  0 or -errno.
 */
int fdp_session_start(struct fdp_loop *loop,
		      const struct fdp_settings *settings, int socket,
		      const struct fdp_peer *peer);

/* The job has ended and is gone: the session is listened to again. */
void fdp_session_job_done(struct fdp_session *session);

#endif
