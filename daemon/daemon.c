#include "daemon.h"

#include <stddef.h>
#include <unistd.h>

#include "session.h"

/* The sooner of two waits, either of which may be FDP_LOOP_FOREVER. */
static int sooner(int left, int right)
{
	if (left == FDP_LOOP_FOREVER || right == FDP_LOOP_FOREVER)
		return left == FDP_LOOP_FOREVER ? right : left;
	return left < right ? left : right;
}

/* Nothing is ready: is there anything to wait for? */
static int quiet(struct fdp_loop *loop)
{
	struct fdp_daemon *daemon =
		(struct fdp_daemon *)((char *)loop -
				      offsetof(struct fdp_daemon, loop));
	int wait = fdp_listener_quiet(&daemon->listener);

	if (loop->clients > 0)
		return wait;
	if (fdp_lives_any(&daemon->lives))
		return sooner(wait, FDP_LIVES_ASK_MS);
	return FDP_LOOP_LEAVE;
}

int fdp_daemon_start(struct fdp_daemon *daemon, int socket)
{
	const struct fdp_peer peer = { .uid = getuid(), .gid = getgid() };
	int r = fdp_loop_init(&daemon->loop, quiet);

	if (r < 0)
		return r;
	fdp_listener_init(&daemon->listener, daemon);
	return fdp_session_start(daemon, socket, &peer, NULL);
}

void fdp_daemon_run(struct fdp_daemon *daemon)
{
	fdp_loop_run(&daemon->loop);
}
