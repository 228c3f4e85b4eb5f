#include "session.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/util.h"
#include "job.h"
#include "log.h"
#include "wire.h"

/* A program with more children that crash at one time than this is no use. */
#define SESSIONS_MAX 1024

static void session_end(struct fdp_session *session)
{
	fdp_log_debug("process %d: session ends", (int)session->peer.pid);
	fdp_loop_remove(session->loop, session->fd);
	close(session->fd);
	session->loop->clients--;
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

/* A forked child of a client asks for a session of its own. */
static void joined(struct fdp_session *session, struct fdp_sender *sender)
{
	struct fdp_peer peer = peer_of(sender);
	int r;

	if (sender->fds[0] < 0 || peer.pid <= 0)
		return;
	r = fdp_session_start(session->loop, session->settings,
			      TAKE_FD(sender->fds[0]), &peer);
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
	/* The worker talks to the shim now. */
	fdp_loop_remove(session->loop, session->fd);
	r = fdp_job_start(session, crash, TAKE_FD(sender->fds[0]));
	if (r < 0) {
		fdp_log_warning("process %d: no report could be made: %s",
				(int)session->peer.pid, strerror(-r));
		/* At its end the shim knows that it is on its own. */
		session_end(session);
	}
}

static void dispatch(struct fdp_session *session, int type,
		     const union fdp_packet *packet, struct fdp_sender *sender)
{
	switch (type) {
	case FDP_HELLO:
		introduce(session, sender);
		fdp_log_debug("process %d: hello", (int)session->peer.pid);
		break;
	case FDP_JOIN:
		joined(session, sender);
		break;
	case FDP_CRASH:
		crashed(session, &packet->crash, sender);
		break;
	default: /* a late answer to a worker that is gone */
		break;
	}
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
		/* Whoever waits for an answer shall not wait in vain. */
		fdp_wire_send_plain(session->fd, FDP_DONE);
		return;
	}
	dispatch(session, r, &packet, &sender);
	for (size_t i = 0; i < ARRAY_SIZE(sender.fds); i++)
		fdp_close_cleanup(&sender.fds[i]);
}

int fdp_session_start(struct fdp_loop *loop,
		      const struct fdp_settings *settings, int socket,
		      const struct fdp_peer *peer)
{
	_cleanup_close_ int fd = socket;
	_cleanup_free_ struct fdp_session *session =
		calloc(1, sizeof(*session));
	const int on = 1;
	int r;

	if (!session)
		return -ENOMEM;
	if (loop->clients >= SESSIONS_MAX)
		return -EMFILE;
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0)
		return -errno;
	session->source.ready = ready;
	session->loop = loop;
	session->settings = settings;
	session->fd = fd;
	session->peer = *peer;
	r = fdp_loop_add(loop, fd, &session->source);
	if (r < 0)
		return r;
	loop->clients++;
	TAKE_FD(fd);
	TAKE_PTR(session);
	return 0;
}

void fdp_session_job_done(struct fdp_session *session)
{
	session->job = NULL;
	if (fdp_loop_add(session->loop, session->fd, &session->source) < 0)
		session_end(session);
}
