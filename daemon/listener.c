#include "listener.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/clock.h"
#include "base/util.h"
#include "daemon.h"
#include "log.h"
#include "looks.h"
#include "session.h"
#include "wire.h"

#define BACKLOG 4096

struct fdp_unproven {
	struct fdp_source source;
	struct fdp_listener *listener;
	int fd;
	uint64_t end_ns;
};

void fdp_listener_init(struct fdp_listener *listener, struct fdp_daemon *daemon)
{
	memset(listener, 0, sizeof(*listener));
	listener->daemon = daemon;
	listener->fd = -1;
}

/* Takes it off the list; its descriptor is the caller's. */
static int unproven_end(struct fdp_unproven *unproven)
{
	struct fdp_listener *listener = unproven->listener;
	int fd = unproven->fd;
	int at = 0;

	while (listener->unproven[at] != unproven)
		at++;
	listener->unproven_count--;
	memmove(&listener->unproven[at], &listener->unproven[at + 1],
		(size_t)(listener->unproven_count - at) *
			sizeof(listener->unproven[0]));
	fdp_loop_remove(&listener->daemon->loop, fd);
	free(unproven);
	return fd;
}

static void refuse(struct fdp_unproven *unproven, const char *why)
{
	fdp_log_debug("a connection is refused: %s", why);
	close(unproven_end(unproven));
}

static void proven(struct fdp_unproven *unproven, const struct fdp_hello *hello,
		   struct fdp_sender *sender)
{
	const struct fdp_peer peer = {
		.pid = sender->pid,
		.uid = sender->uid,
		.gid = sender->gid,
	};
	struct fdp_daemon *daemon = unproven->listener->daemon;
	struct fdp_session *session;
	int r = fdp_session_start(daemon, unproven_end(unproven), &peer,
				  &session);

	if (r < 0)
		fdp_log_warning("process %d: its session cannot be opened: %s",
				(int)peer.pid, strerror(-r));
	else
		fdp_session_hello(session, hello, sender);
}

static void speaks(struct fdp_source *source, uint32_t events)
{
	static union fdp_packet packet;
	struct fdp_unproven *unproven = (struct fdp_unproven *)source;
	struct fdp_daemon *daemon = unproven->listener->daemon;
	struct fdp_sender sender;
	int r = fdp_wire_receive(unproven->fd, &packet, &sender);

	(void)events;
	if (r == -EAGAIN)
		return;
	if (r == FDP_HELLO && packet.hello.token == unproven->listener->token)
		proven(unproven, &packet.hello, &sender);
	else if (r == FDP_LOOK)
		fdp_look_start(daemon, unproven_end(unproven), &packet.look,
			       &sender);
	else
		refuse(unproven, r == FDP_HELLO ? "wrong token" : "no HELLO");
	if (r > 0)
		fdp_sender_done(&sender);
}

/*
 * Root may ask anybody for a report.  A client that has given up being root
 * still knows the token, which nobody else can have.
 */
static bool may_connect(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return false;
	return peer.uid == 0 || geteuid() == 0 || peer.uid == geteuid();
}

/* FD is one of the last that can be had. */
static bool is_scarce(int fd)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	       (rlim_t)fd + FDP_LISTENER_SPARE >= limit.rlim_cur;
}

/* The oldest give way, and the new one moves to where they were. */
static void make_room(struct fdp_listener *listener, int *fd)
{
	if (listener->unproven_count == FDP_UNPROVEN_MAX)
		refuse(listener->unproven[0], "too many at a time");
	while (listener->unproven_count > 0 && is_scarce(*fd)) {
		int lower;

		refuse(listener->unproven[0], "few descriptors are left");
		lower = fcntl(*fd, F_DUPFD_CLOEXEC, 0);
		if (lower < 0)
			return;
		close(*fd);
		*fd = lower;
	}
}

static int add_unproven(struct fdp_listener *listener, int socket)
{
	_cleanup_close_ int fd = socket;
	_cleanup_free_ struct fdp_unproven *unproven =
		calloc(1, sizeof(*unproven));
	int r;

	if (!unproven)
		return -ENOMEM;
	if (!may_connect(fd))
		return -EPERM;
	make_room(listener, &fd);
	unproven->source.ready = speaks;
	unproven->listener = listener;
	unproven->fd = fd;
	unproven->end_ns = fdp_clock_now_ns() + FDP_UNPROVEN_MS * FDP_NS_PER_MS;
	r = fdp_loop_add(&listener->daemon->loop, fd, &unproven->source);
	if (r < 0)
		return r;
	TAKE_FD(fd);
	listener->unproven[listener->unproven_count++] = TAKE_PTR(unproven);
	return 0;
}

/* It would be ready all the time, and nothing could be done about it. */
static void pause_for(struct fdp_listener *listener, int error)
{
	fdp_log_warning("connections have to wait: %s", strerror(error));
	fdp_loop_remove(&listener->daemon->loop, listener->fd);
	listener->paused_until_ns =
		fdp_clock_now_ns() + FDP_LISTENER_PAUSE_MS * FDP_NS_PER_MS;
}

static void connected(struct fdp_source *source, uint32_t events)
{
	struct fdp_listener *listener = (struct fdp_listener *)source;
	int fd =
		accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	int r;

	(void)events;
	if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
		       errno == ENOBUFS))
		pause_for(listener, errno);
	if (fd < 0)
		return;
	r = add_unproven(listener, fd);
	if (r < 0)
		fdp_log_warning("a connection is refused: %s", strerror(-r));
}

/* A sequenced socket with an abstract name that it got from the kernel. */
static bool is_listener(int fd)
{
	struct sockaddr_un address;
	socklen_t size = sizeof(address);
	int type = 0;
	socklen_t type_size = sizeof(type);

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_size) < 0 ||
	    type != SOCK_SEQPACKET ||
	    getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		return false;
	return address.sun_family == AF_UNIX &&
	       size > offsetof(struct sockaddr_un, sun_path) + 1 &&
	       !address.sun_path[0];
}

int fdp_listener_start(struct fdp_listener *listener, int socket,
		       uint64_t token)
{
	_cleanup_close_ int fd = socket;
	const int on = 1;
	int r;

	if (listener->fd >= 0)
		return -EBUSY;
	if (!is_listener(fd))
		return -EINVAL;
	/* From now on it is us whom SO_PEERCRED names. */
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0 ||
	    listen(fd, BACKLOG) < 0)
		return -errno;
	listener->source.ready = connected;
	r = fdp_loop_add(&listener->daemon->loop, fd, &listener->source);
	if (r < 0)
		return r;
	listener->fd = TAKE_FD(fd);
	listener->token = token;
	return 0;
}

static int left_ms(uint64_t end_ns)
{
	int left = fdp_clock_left_ms(end_ns);

	return left > 0 ? left : 1;
}

/* Listens again after a pause; how long it still lasts. */
static int end_pause(struct fdp_listener *listener)
{
	if (!listener->paused_until_ns)
		return FDP_LOOP_FOREVER;
	if (fdp_clock_now_ns() < listener->paused_until_ns)
		return left_ms(listener->paused_until_ns);
	listener->paused_until_ns = 0;
	if (fdp_loop_add(&listener->daemon->loop, listener->fd,
			 &listener->source) < 0) {
		pause_for(listener, ENOMEM);
		return FDP_LISTENER_PAUSE_MS;
	}
	return 0;
}

int fdp_listener_quiet(struct fdp_listener *listener)
{
	uint64_t now = fdp_clock_now_ns();
	int pause = end_pause(listener);

	while (listener->unproven_count > 0 &&
	       listener->unproven[0]->end_ns <= now)
		refuse(listener->unproven[0], "it says nothing");
	if (listener->unproven_count == 0)
		return pause;
	return fdp_loop_sooner(pause, left_ms(listener->unproven[0]->end_ns));
}
