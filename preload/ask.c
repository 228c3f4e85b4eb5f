#include "ask.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include "../proto/decode.h"
#include "by_name.h"
#include "handler.h"
#include "state.h"
#include "sys.h"
#include "tracer.h"

/*
 * For what the daemon does beside the dump itself: it bounds that by the same
 * deadline.
 */
#define SLACK_NS UINT64_C(2000000000)

/* Bytes of a /proc file in one answer, on whatever stack a handler has. */
#define FILE_CHUNK 512

/* One packet with up to two descriptors.  Bytes, or -errno. */
static long send_packet(int socket, struct fdp_header *packet, const int fds[2])
{
	struct {
		struct cmsghdr header;
		int fds[2];
	} control = {
		.header = { .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS },
	};
	struct iovec part = { packet, packet->size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	size_t count = 0;

	for (int i = 0; i < 2; i++)
		if (fds[i] >= 0)
			control.fds[count++] = fds[i];
	control.header.cmsg_len = CMSG_LEN(count * sizeof(int));
	if (count) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
	}
	return fdp_sys(SYS_sendmsg, socket, &message, MSG_NOSIGNAL);
}

/*
 * The way to the daemon for a process that has lost its channel: a connection
 * for this one request.
 */
static int connect_again(uint32_t pid)
{
	struct fdp_hello hello = {
		.pid = pid,
		.token = fdp_state.reporter.token,
	};
	int fd, r;

	if (!fdp_state.reporter.name[0])
		return -ENOTCONN;
	fd = (int)fdp_sys(SYS_socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC,
			  0);
	if (fd < 0)
		return fd;
	fdp_header_set(&hello.header, FDP_HELLO, sizeof(hello), 0);
	r = fdp_by_name_connect(fd, &fdp_state.reporter);
	if (r == 0)
		r = (int)fdp_sys(SYS_sendto, fd, &hello, sizeof(hello),
				 MSG_NOSIGNAL, NULL, 0);
	if (r >= 0)
		return fd;
	fdp_sys(SYS_close, fd);
	return r == -ECONNREFUSED ? -EPIPE : r;
}

static int send_with(struct fdp_header *packet, const int fds[2])
{
	uint32_t pid = (uint32_t)fdp_sys(SYS_getpid);
	bool have_channel = fdp_channel_is_ours();
	int socket = have_channel ? fdp_state.channel : connect_again(pid);
	long r;

	if (socket < 0)
		return socket;
	do
		r = send_packet(socket, packet, fds);
	while (r == -EINTR);
	if (!have_channel)
		fdp_sys(SYS_close, socket);
	if (r == -EAGAIN)
		return -ETIMEDOUT; /* the daemon has stopped reading */
	if (r == -ECONNRESET)
		return -EPIPE;
	return r < 0 ? (int)r : 0;
}

/* 0, or -ETIMEDOUT; signals of the program are handled meanwhile. */
static int await(int fd, uint64_t end_ns)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };
	long r = -EINTR;

	while (r == -EINTR) {
		uint64_t now = fdp_sys_clock_ns(CLOCK_MONOTONIC);
		uint64_t left = end_ns > now ? end_ns - now : 0;
		struct timespec timeout = {
			.tv_sec = (long)(left / 1000000000u),
			.tv_nsec = (long)(left % 1000000000u),
		};

		r = fdp_sys(SYS_ppoll, &poller, 1, &timeout, NULL, 8);
	}
	return r < 0 ? (int)r : r == 0 ? -ETIMEDOUT : 0;
}

/* What may come while a reply is awaited: a worker that may not trace us. */
union packet {
	struct fdp_header header;
	struct fdp_reply reply;
	struct fdp_read read;
	struct fdp_file file;
	uint64_t aligned;
};

/* True if it was a question, and is answered. */
static bool serve(int fd, int type, const union packet *packet, uint64_t end_ns)
{
	uint8_t chunk[FILE_CHUNK];

	if (type != FDP_READ && type != FDP_FILE)
		return false;
	/* The worker may have died; the daemon then ends it all. */
	fdp_set_send_timeout(fd, FDP_SEND_TIMEOUT_MS);
	if (type == FDP_READ)
		fdp_answer_read(fd, &packet->read);
	else
		fdp_answer_file(fd, &packet->file, end_ns, chunk,
				sizeof(chunk));
	return true;
}

static int receive(int fd)
{
	uint64_t end = fdp_sys_clock_ns(CLOCK_MONOTONIC) +
		       (uint64_t)fdp_state.deadline_ms * 1000000u + SLACK_NS;
	union packet packet;
	int type;

	do {
		int r = await(fd, end);
		long got;

		if (r < 0)
			return r;
		got = fdp_sys(SYS_recvfrom, fd, &packet, sizeof(packet),
			      MSG_DONTWAIT, NULL, NULL);
		/* Nobody has the other end any more. */
		if (got <= 0)
			return -EPIPE;
		type = fdp_decode(&packet, (size_t)got);
	} while (serve(fd, type, &packet, end));
	return type == FDP_REPLY ? packet.reply.result : -EPROTO;
}

static int send_and_wait(struct fdp_header *packet, int output,
			 enum fdp_ask_wait wait)
{
	int pair[2] = { -1, -1 };
	int fds[2];
	int r = 0;

	if (!fdp_state.watching)
		return -ENOTCONN;
	/* A forked child does not come here before it has named somebody. */
	fdp_tracer_name(fdp_state.tracer);
	r = (int)fdp_sys(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC,
			 0, pair);
	if (r < 0)
		return r;
	fds[0] = pair[1];
	fds[1] = output;
	r = send_with(packet, fds);
	fdp_sys(SYS_close, pair[1]);
	if (r == 0 && wait == FDP_ASK_AND_WAIT)
		r = receive(pair[0]);
	fdp_sys(SYS_close, pair[0]);
	return r;
}

int fdp_ask(struct fdp_request *request, int output, enum fdp_ask_wait wait)
{
	request->tid = (uint32_t)fdp_sys(SYS_gettid);
	if ((request->operation == FDP_DUMP && wait == FDP_ASK_AND_WAIT) ||
	    request->operation == FDP_ANSWER)
		request->thread_pointer = fdp_thread_pointer_here();
	fdp_header_set(&request->header, FDP_REQUEST, sizeof(*request), 0);
	return send_and_wait(&request->header, output, wait);
}

int fdp_tell(struct fdp_annotation *annotation)
{
	fdp_header_set(&annotation->header, FDP_ANNOTATION, sizeof(*annotation),
		       0);
	return send_and_wait(&annotation->header, -1, FDP_ASK_AND_WAIT);
}
