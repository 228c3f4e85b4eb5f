#include "by_name.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "sys.h"

/* A program with a fast timer must not keep us waiting for ever. */
#define INTERRUPTIONS_MAX 4

void fdp_set_send_timeout(int socket, long milliseconds)
{
	const struct timeval timeout = {
		.tv_sec = milliseconds / 1000,
		.tv_usec = milliseconds % 1000 * 1000,
	};

	fdp_sys(SYS_setsockopt, socket, SOL_SOCKET, SO_SNDTIMEO, &timeout,
		sizeof(timeout));
}

/* The name may have gone to somebody else: nobody else may read a report. */
static int check_peer(int socket)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);
	long r = fdp_sys(SYS_getsockopt, socket, SOL_SOCKET, SO_PEERCRED, &peer,
			 &size);

	if (r < 0)
		return (int)r;
	if (peer.uid == 0 || peer.uid == (uid_t)fdp_sys(SYS_geteuid))
		return 0;
	return -EPERM;
}

int fdp_by_name_connect(int socket, const struct fdp_reporter *reporter)
{
	struct sockaddr_un address;
	long r = -EINTR;

	/* Abstract: the name begins with a zero byte and has no end. */
	address.sun_family = AF_UNIX;
	address.sun_path[0] = '\0';
	for (int i = 0; i < FDP_NAME_DIGITS; i++)
		address.sun_path[i + 1] = reporter->name[i];
	/* The queue of a daemon that is stopped may be full. */
	fdp_set_send_timeout(socket, FDP_BY_NAME_MS);
	for (int i = 0; r == -EINTR && i < INTERRUPTIONS_MAX; i++)
		r = fdp_sys(SYS_connect, socket, &address,
			    offsetof(struct sockaddr_un, sun_path) + 1 +
				    FDP_NAME_DIGITS);
	if (r == 0)
		r = check_peer(socket);
	fdp_set_send_timeout(socket, FDP_SEND_TIMEOUT_MS);
	return (int)r;
}
