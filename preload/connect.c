#include "connect.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "../proto/decode.h"
#include "by_name.h"
#include "channel.h"
#include "config.h"
#include "environment.h"
#include "life.h"
#include "spawn.h"
#include "sys.h"
#include "tracer.h"

/* Clients that have connected and wait; the kernel takes less if it must. */
#define BACKLOG 4096

static void close_fd(int fd)
{
	if (fd >= 0)
		fdp_sys(SYS_close, fd);
}

/* True if a packet, or the end, is there before END_NS. */
static bool await_packet(int socket, uint64_t end_ns)
{
	struct pollfd poller = { .fd = socket, .events = POLLIN };
	struct timespec left;
	uint64_t now;
	long r;

	do {
		now = fdp_sys_clock_ns(CLOCK_MONOTONIC);
		if (now >= end_ns)
			return false;
		left.tv_sec = (long)((end_ns - now) / 1000000000u);
		left.tv_nsec = (long)((end_ns - now) % 1000000000u);
		r = fdp_sys(SYS_ppoll, &poller, 1, &left, NULL, 8);
	} while (r == -EINTR);
	return r > 0;
}

/* Where the listener has no number its daemon's would be somebody else's. */
static bool sees_numbers(int socket)
{
	struct ucred peer = { .pid = 0 };
	socklen_t size = sizeof(peer);

	fdp_sys(SYS_getsockopt, socket, SOL_SOCKET, SO_PEERCRED, &peer, &size);
	return peer.pid != 0;
}

static int await_ack(int socket)
{
	uint64_t end = fdp_sys_clock_ns(CLOCK_MONOTONIC) +
		       FDP_BY_NAME_MS * UINT64_C(1000000);
	struct fdp_ack ack;
	long got;

	if (!await_packet(socket, end))
		return -ETIMEDOUT;
	got = fdp_sys(SYS_recvfrom, socket, &ack, sizeof(ack), MSG_DONTWAIT,
		      NULL, NULL);
	if (got < 0)
		return (int)got;
	if (fdp_decode(&ack, (size_t)got) != FDP_ACK)
		return -EPROTO;
	fdp_state.tracer = sees_numbers(socket) ? ack.pid : 0;
	return 0;
}

/* A client of REPORTER from now on, or nothing has happened.  0 or -errno. */
static int join(const struct fdp_reporter *reporter)
{
	int life, r;
	int socket = (int)fdp_sys(SYS_socket, AF_UNIX,
				  SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (socket < 0)
		return socket;
	r = fdp_by_name_connect(socket, reporter);
	if (r == 0) {
		life = fdp_life_begin();
		r = fdp_channel_hello(socket, reporter->token, FDP_HELLO_ANSWER,
				      (const int[]){ life, -1 });
		close_fd(life);
	}
	if (r == 0)
		r = await_ack(socket);
	if (r < 0) {
		fdp_life_end();
		close_fd(socket);
		return r;
	}
	fdp_channel_adopt(socket);
	fdp_state.reporter = *reporter;
	return 0;
}

/* What the kernel calls it: a zero byte and five digits.  0 or -errno. */
static int read_name(int listener, char name[static FDP_NAME_DIGITS + 1])
{
	const socklen_t expected =
		offsetof(struct sockaddr_un, sun_path) + 1 + FDP_NAME_DIGITS;
	struct sockaddr_un address;
	socklen_t size = sizeof(address);
	long r = fdp_sys(SYS_getsockname, listener, &address, &size);

	if (r < 0)
		return (int)r;
	if (size != expected)
		return -EINVAL;
	for (int i = 0; i < FDP_NAME_DIGITS; i++)
		name[i] = address.sun_path[i + 1];
	return 0;
}

/*
 * The socket by which the daemon will be found.  It listens at once: whoever
 * comes before the daemon is up waits in its queue.
 */
static int make_listener(char name[static FDP_NAME_DIGITS + 1])
{
	const sa_family_t family = AF_UNIX; /* alone: choose a name */
	const int on = 1;
	int fd = (int)fdp_sys(SYS_socket, AF_UNIX,
			      SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	long r;

	if (fd < 0)
		return fd;
	fdp_sys(SYS_setsockopt, fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	r = fdp_sys(SYS_bind, fd, &family, sizeof(family));
	if (r == 0)
		r = fdp_sys(SYS_listen, fd, BACKLOG);
	if (r == 0)
		r = read_name(fd, name);
	if (r == 0)
		return fd;
	fdp_sys(SYS_close, fd);
	return (int)r;
}

/* Without a token there is no name: anybody could give an empty one. */
static int name_reporter(struct fdp_reporter *reporter)
{
	int fd = -EAGAIN;

	*reporter = (struct fdp_reporter){ .name = "" };
	if (fdp_sys(SYS_getrandom, &reporter->token, sizeof(reporter->token),
		    GRND_NONBLOCK) == sizeof(reporter->token))
		fd = make_listener(reporter->name);
	if (fd < 0)
		*reporter = (struct fdp_reporter){ .name = "" };
	return fd;
}

/* Without the descriptors (too many are on their way) less can be had. */
static int introduce(void)
{
	const int none[2] = { -1, -1 };
	int fds[2];
	int r;

	fds[0] = fdp_life_begin();
	fds[1] = name_reporter(&fdp_state.reporter);
	r = fdp_channel_hello(fdp_state.channel, fdp_state.reporter.token, 0,
			      fds);
	close_fd(fds[0]);
	close_fd(fds[1]);
	if (r == 0)
		return 0;
	fdp_life_end();
	fdp_state.reporter.name[0] = '\0';
	return fdp_channel_hello(fdp_state.channel, 0, 0, none);
}

static void disconnect(void)
{
	fdp_life_end();
	fdp_channel_close();
	fdp_state.reporter.name[0] = '\0';
}

void fdp_connect_undo(struct fdp_connection *connection)
{
	if (!connection->starting)
		return;
	disconnect();
	fdp_spawn_end(&connection->spawn);
}

/* A channel, and a daemon at its other end, which reads what it is told later.
 */
static int start(const struct fdp_config *config,
		 struct fdp_connection *connection)
{
	int pair[2];
	int r = fdp_channel_pair(pair);

	if (r < 0)
		return r;
	r = fdp_spawn_begin(pair[1], config->daemon, &connection->spawn);
	fdp_sys(SYS_close, pair[1]);
	if (r < 0) {
		fdp_sys(SYS_close, pair[0]);
		return r;
	}
	connection->starting = true;
	fdp_channel_adopt(pair[0]);
	return 0;
}

/*
 * The page that shows that we live is made after the first process: a middle
 * one that stays must not have it.
 */
static int finish_start(struct fdp_connection *connection)
{
	int said = introduce();
	int r = fdp_spawn_end(&connection->spawn);

	fdp_state.tracer = connection->spawn.daemon;
	/* Where there is no daemon nobody hears us either. */
	return r < 0 ? r : said;
}

int fdp_connect_begin(const struct fdp_config *config,
		      struct fdp_connection *ret_connection)
{
	if (!fdp_channel_is_affordable())
		return -EMFILE;
	ret_connection->settings = fdp_environment_settings();
	ret_connection->starting = false;
	ret_connection->may_join = fdp_environment_reporter(
		ret_connection->settings, &ret_connection->reporter);
	return ret_connection->may_join ? 0 : start(config, ret_connection);
}

/* Joins, or else starts late. */
static int join_or_start(const struct fdp_config *config,
			 struct fdp_connection *connection)
{
	int r = 0;

	if (connection->may_join && join(&connection->reporter) == 0)
		return 0;
	if (!connection->starting)
		r = start(config, connection);
	return r < 0 ? r : finish_start(connection);
}

int fdp_connect_end(const struct fdp_config *config,
		    struct fdp_connection *connection)
{
	int r = join_or_start(config, connection);

	if (r < 0) {
		disconnect();
		return r;
	}
	if (fdp_state.tracer_chosen)
		fdp_state.page->tracer = FDP_TRACER_CHOSEN;
	fdp_tracer_name(fdp_state.tracer);
	if (!config->children)
		fdp_environment_forget();
	else if (fdp_state.reporter.name[0])
		fdp_environment_tell(&fdp_state.reporter, connection->settings);
	return 0;
}
