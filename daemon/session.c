#include "session.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/clock.h"
#include "base/util.h"
#include "daemon.h"
#include "job.h"
#include "log.h"
#include "requests.h"
#include "wire.h"

/* A program with more children that crash at one time than this is no use. */
#define SESSIONS_MAX 1024

static void session_end(struct fdp_session *session)
{
	struct fdp_daemon *daemon = session->daemon;

	fdp_log_debug("process %d: session ends", (int)session->peer.pid);
	fdp_loop_remove(&daemon->loop, session->fd);
	close(session->fd);
	fdp_lives_add(&daemon->lives, session->life);
	fdp_client_ends(session->client);
	daemon->loop.clients--;
	free(session);
}

static struct fdp_peer peer_of(const struct fdp_sender *sender)
{
	return (struct fdp_peer){
		.pid = sender->pid,
		.uid = sender->uid,
		.gid = sender->gid,
	};
}

/* A message from before SO_PASSCRED says nothing: what JOIN said is kept. */
static void introduce(struct fdp_session *session,
		      const struct fdp_sender *sender)
{
	if (sender->pid > 0)
		session->peer = peer_of(sender);
}

static bool is_socket(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

/* The channel brings the socket to listen on, every client its life. */
static void take_fds(struct fdp_session *session, const struct fdp_hello *hello,
		     struct fdp_sender *sender)
{
	struct fdp_listener *listener = &session->daemon->listener;

	for (size_t i = 0; i < ARRAY_SIZE(sender->fds); i++) {
		int r = 0;

		if (sender->fds[i] < 0)
			continue;
		if (is_socket(sender->fds[i]))
			r = fdp_listener_start(listener,
					       TAKE_FD(sender->fds[i]),
					       hello->token);
		else if (session->life >= 0)
			r = -EBUSY;
		else if ((r = fdp_life_check(sender->fds[i])) == 0)
			session->life = TAKE_FD(sender->fds[i]);
		if (r < 0)
			fdp_log_debug("process %d: a descriptor is not taken: "
				      "%s",
				      (int)session->peer.pid, strerror(-r));
	}
}

void fdp_session_acknowledge(const struct fdp_session *session)
{
	struct fdp_ack ack = {
		.header = fdp_header_make(FDP_ACK, sizeof(ack), 0),
		.pid = (uint32_t)getpid(),
	};

	fdp_wire_send(session->fd, &ack, sizeof(ack));
}

void fdp_session_hello(struct fdp_session *session,
		       const struct fdp_hello *hello, struct fdp_sender *sender)
{
	introduce(session, sender);
	take_fds(session, hello, sender);
	/* A program that starts is waiting. */
	if (hello->flags & FDP_HELLO_ANSWER)
		fdp_session_acknowledge(session);
	/* A process that only comes to crash sends nothing with its HELLO. */
	if (session->life >= 0 && !session->client)
		session->client =
			fdp_client_new(&session->daemon->clients, session);
	fdp_log_debug("process %d: hello", (int)session->peer.pid);
}

/* A forked child of a client asks for a session of its own. */
static void joined(struct fdp_session *session, struct fdp_sender *sender)
{
	struct fdp_peer peer = peer_of(sender);
	int r;

	if (sender->fds[0] < 0 || peer.pid <= 0)
		return;
	r = fdp_session_join(session->daemon, TAKE_FD(sender->fds[0]), &peer);
	if (r < 0)
		fdp_log_warning("process %d: its session cannot be opened: %s",
				(int)sender->pid, strerror(-r));
}

static void crashed(struct fdp_session *session, const struct fdp_crash *crash,
		    struct fdp_sender *sender)
{
	uint64_t now = fdp_clock_now_ns();
	int r;

	if (now > crash->monotonic_ns)
		fdp_log_debug(
			"process %d: frame 1 after %llu us", (int)sender->pid,
			(unsigned long long)(now - crash->monotonic_ns) / 1000);
	if (session->job)
		return;
	introduce(session, sender);
	/* How it ends is known: nobody has to look. */
	fdp_clients_forget(&session->daemon->clients, session->peer.pid);
	fdp_watchers_forget(session->daemon, session->peer.pid);
	/* The worker talks to the shim now. */
	fdp_loop_remove(&session->daemon->loop, session->fd);
	r = fdp_job_start(session, crash, TAKE_FD(sender->fds[0]));
	if (r < 0) {
		fdp_log_warning("process %d: no report could be made: %s",
				(int)session->peer.pid, strerror(-r));
		/* At its end the shim knows that it is on its own. */
		session_end(session);
	}
}

static void foreign(struct fdp_session *session,
		    const struct fdp_foreign_notice *notice,
		    const struct fdp_sender *sender)
{
	if (session->client && sender->pid == session->peer.pid)
		fdp_client_foreign(session->client, notice);
}

static void dispatch(struct fdp_session *session, int type,
		     const union fdp_packet *packet, struct fdp_sender *sender)
{
	switch (type) {
	case FDP_HELLO:
		fdp_session_hello(session, &packet->hello, sender);
		break;
	case FDP_JOIN:
		joined(session, sender);
		break;
	case FDP_CRASH:
		crashed(session, &packet->crash, sender);
		break;
	case FDP_FOREIGN:
		foreign(session, &packet->foreign, sender);
		break;
	case FDP_REQUEST:
		fdp_request_handle(session->daemon, &packet->request, sender);
		break;
	case FDP_ANNOTATION:
		fdp_request_annotate(session->daemon, &packet->annotation,
				     sender);
		break;
	default: /* a late answer to a worker that is gone */
		break;
	}
}

/*
 * Whoever waits for an answer shall not wait in vain.  Others would take one
 * for that to what they ask next.
 */
static void answer_unknown(struct fdp_session *session,
			   const struct fdp_header *header)
{
	if (header->magic == FDP_PROTO_MAGIC &&
	    (header->type == FDP_CRASH || header->type == FDP_REQUEST))
		fdp_wire_send_plain(session->fd, FDP_DONE);
}

static void ready(struct fdp_source *source, uint32_t events)
{
	static union fdp_packet packet;
	struct fdp_session *session = (struct fdp_session *)source;
	struct fdp_sender sender;
	int r = fdp_wire_receive(session->fd, &packet, &sender);

	if (r == -EAGAIN && !(events & (EPOLLHUP | EPOLLERR)))
		return;
	if (r == 0 || r == -EAGAIN || r == -ECONNRESET) {
		session_end(session);
		return;
	}
	if (r < 0) {
		fdp_log_warning("process %d: a message is not understood: %s",
				(int)session->peer.pid, strerror(-r));
		answer_unknown(session, &packet.header);
		return;
	}
	dispatch(session, r, &packet, &sender);
	fdp_sender_done(&sender);
}

/*
 * Our ends of sessions have names, those of clients have none: so the peer of a
 * socket says whether both ends of a session would be ours.  A connection by
 * name has it already.
 */
static void give_name(int fd)
{
	const sa_family_t family = AF_UNIX;

	if (bind(fd, (const struct sockaddr *)&family, sizeof(family)) < 0)
		fdp_log_debug("a session has no name: %s", strerror(errno));
}

int fdp_session_start(struct fdp_daemon *daemon, int socket,
		      const struct fdp_peer *peer,
		      struct fdp_session **ret_session)
{
	_cleanup_close_ int fd = socket;
	_cleanup_free_ struct fdp_session *session =
		calloc(1, sizeof(*session));
	const int on = 1;
	int r;

	if (!session)
		return -ENOMEM;
	if (daemon->loop.clients >= SESSIONS_MAX)
		return -EMFILE;
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0)
		return -errno;
	give_name(fd);
	session->source.ready = ready;
	session->daemon = daemon;
	session->fd = fd;
	session->life = -1;
	session->peer = *peer;
	r = fdp_loop_add(&daemon->loop, fd, &session->source);
	if (r < 0)
		return r;
	daemon->loop.clients++;
	TAKE_FD(fd);
	if (ret_session)
		*ret_session = session;
	TAKE_PTR(session);
	return 0;
}

int fdp_session_join(struct fdp_daemon *daemon, int socket,
		     const struct fdp_peer *peer)
{
	_cleanup_close_ int fd = socket;
	struct sockaddr_un other;
	socklen_t size = sizeof(other);

	if (!is_socket(fd) ||
	    getpeername(fd, (struct sockaddr *)&other, &size) < 0 ||
	    other.sun_family != AF_UNIX || size != sizeof(other.sun_family))
		return -EINVAL;
	return fdp_session_start(daemon, TAKE_FD(fd), peer, NULL);
}

void fdp_session_job_done(struct fdp_session *session)
{
	session->job = NULL;
	if (fdp_loop_add(&session->daemon->loop, session->fd,
			 &session->source) < 0)
		session_end(session);
}
