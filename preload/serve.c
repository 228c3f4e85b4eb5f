/* The memory server: the faulting thread answers until it is let go. */
#include "handler.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
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

static uint8_t chunk[FILE_CHUNK];

static enum state answer(int fd, int type, enum state state,
			 uint64_t deadline_ns)
{
	switch (type) {
	case FDP_ACK:
		/* A forked child may have named nobody yet. */
		fdp_tracer_name(packet.ack.pid);
		return ACKNOWLEDGED;
	case FDP_READ:
		fdp_answer_read(fd, &packet.read);
		return state;
	case FDP_FILE:
		fdp_answer_file(fd, &packet.file, deadline_ns, chunk,
				sizeof(chunk));
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
