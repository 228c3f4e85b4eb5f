#include "daemon.h"

#include <stddef.h>
#include <unistd.h>

#include "analyst.h"
#include "session.h"

/* Nothing is ready: is there anything to wait for? */
static int quiet(struct fdp_loop *loop)
{
	struct fdp_daemon *daemon =
		(struct fdp_daemon *)((char *)loop -
				      offsetof(struct fdp_daemon, loop));
	int wait = fdp_listener_quiet(&daemon->listener);
	int exits = fdp_clients_quiet(&daemon->clients);

	wait = fdp_loop_sooner(wait, exits);
	wait = fdp_loop_sooner(wait, fdp_analyst_quiet());
	wait = fdp_loop_sooner(wait, fdp_dumps_quiet(&daemon->dumps));
	wait = fdp_loop_sooner(wait, fdp_watchers_quiet(daemon));
	if (loop->clients > 0)
		return wait;
	if (fdp_lives_any(&daemon->lives))
		return fdp_loop_sooner(wait, FDP_LIVES_ASK_MS);
	return exits == FDP_LOOP_FOREVER ? FDP_LOOP_LEAVE : wait;
}

int fdp_daemon_start(struct fdp_daemon *daemon, int socket)
{
	const struct fdp_peer peer = { .uid = getuid(), .gid = getgid() };
	int r = fdp_loop_init(&daemon->loop, quiet);

	if (r < 0)
		return r;
	fdp_listener_init(&daemon->listener, daemon);
	fdp_clients_init(&daemon->clients, daemon);
	return fdp_session_start(daemon, socket, &peer, NULL);
}

void fdp_daemon_run(struct fdp_daemon *daemon)
{
	fdp_loop_run(&daemon->loop);
}
