/* The memory server: the faulting thread answers until it is let go. */
#include "handler.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include "../proto/decode.h"
#include "state.h"
#include "sys.h"
#include "tracer.h"

/* A daemon that has nothing to say for this long is dead or stuck. */
#define SILENCE_NS UINT64_C(1000000000)

/* Bytes of a /proc file in one answer. */
#define FILE_CHUNK 2048

static union {
	struct fdp_header header;
	struct fdp_ack ack;
	struct fdp_read read;
	struct fdp_park park;
	struct fdp_file file;
	uint8_t bytes[FDP_MESSAGE_MAX];
	uint64_t aligned;
} packet;

/*
 * The kernel copies the bytes: a bad address is its EFAULT, never our fault.
 * Fails when nobody has read for as long as the socket waits (SO_SNDTIMEO).
 */
static long send_data(int fd, uint32_t sequence, uint64_t address,
		      const void *bytes, uint64_t size)
{
	struct fdp_data data = { .address = address, .size = (uint32_t)size };
	struct iovec parts[2] = {
		{ &data, sizeof(data) },
		{ (void *)bytes, size },
	};
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	long r;

	fdp_header_set(&data.header, FDP_DATA, (uint32_t)(sizeof(data) + size),
		       sequence);
	r = fdp_sys(SYS_sendmsg, fd, &message, MSG_NOSIGNAL);
	if (r >= 0 || r == -EAGAIN || r == -EPIPE)
		return r;
	data.error = (int32_t)-r;
	data.size = 0;
	data.header.size = sizeof(data);
	message.msg_iovlen = 1;
	return fdp_sys(SYS_sendmsg, fd, &message, MSG_NOSIGNAL);
}

static void send_file(int fd, const struct fdp_file *question,
		      uint64_t deadline_ns)
{
	static char chunk[FILE_CHUNK];
	char path[sizeof("/proc/self/") + sizeof(question->name)] =
		"/proc/self/";
	uint64_t offset = 0;
	size_t end = sizeof("/proc/self/") - 1;
	long file, got, r;

	for (size_t i = 0; question->name[i]; i++)
		path[end + i] = question->name[i];
	file = fdp_sys(SYS_open, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
	do {
		got = file < 0 ? 0
			       : fdp_sys(SYS_read, file, chunk, sizeof(chunk));
		got = got < 0 ? 0 : got;
		r = send_data(fd, question->header.sequence, offset, chunk,
			      (uint64_t)got);
		offset += (uint64_t)got;
	} while (got > 0 && r >= 0 &&
		 fdp_sys_clock_ns(CLOCK_MONOTONIC) < deadline_ns);
	if (file >= 0)
		fdp_sys(SYS_close, file);
}

/* True if a packet can be received before TIME runs out. */
static bool await_packet(int fd, uint64_t deadline_ns)
{
	uint64_t now = fdp_sys_clock_ns(CLOCK_MONOTONIC);
	uint64_t left = deadline_ns > now ? deadline_ns - now : 0;
	struct pollfd poller = { .fd = fd, .events = POLLIN };
	struct timespec timeout;

	left = left < SILENCE_NS ? left : SILENCE_NS;
	timeout.tv_sec = (long)(left / 1000000000u);
	timeout.tv_nsec = (long)(left % 1000000000u);
	return fdp_sys(SYS_ppoll, &poller, 1, &timeout, NULL, 8) > 0 &&
	       (poller.revents & POLLIN);
}

enum state {
	WAITING,
	ACKNOWLEDGED, /* the daemon has frame 1 */
	FINISHED,     /* DONE */
};

static enum state answer(int fd, int type, enum state state,
			 uint64_t deadline_ns)
{
	switch (type) {
	case FDP_ACK:
		/* A forked child may have named nobody yet. */
		fdp_tracer_name(packet.ack.pid);
		return ACKNOWLEDGED;
	case FDP_READ:
		send_data(fd, packet.header.sequence, packet.read.address,
			  (const void *)packet.read.address, packet.read.size);
		return state;
	case FDP_FILE:
		send_file(fd, &packet.file, deadline_ns);
		return state;
	case FDP_PARK:
		fdp_park(fd, &packet.park, deadline_ns);
		return state;
	case FDP_DONE:
		return FINISHED;
	default:
		return state;
	}
}

bool fdp_serve(int fd, uint64_t deadline_ns)
{
	enum state state = WAITING;

	while (state != FINISHED && await_packet(fd, deadline_ns)) {
		long got = fdp_sys(SYS_recvfrom, fd, &packet, sizeof(packet),
				   MSG_DONTWAIT, NULL, NULL);
		if (got == -EAGAIN || got == -EINTR)
			continue;
		/* The daemon has died, and what it had with it. */
		if (got <= 0)
			return false;
		state = answer(fd, fdp_decode(&packet, (size_t)got), state,
			       deadline_ns);
	}
	return state != WAITING;
}
