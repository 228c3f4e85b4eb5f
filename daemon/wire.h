/*
 * One packet in or out of a session socket, checked by proto/decode.h.
 */
#ifndef FDP_WIRE_H
#define FDP_WIRE_H

#include <stdint.h>
#include <sys/types.h>

#include "../proto/decode.h"

/* Room for the largest message, aligned as the decoder wants it. */
union fdp_packet {
	struct fdp_header header;
	struct fdp_hello hello;
	struct fdp_crash crash;
	struct fdp_foreign_notice foreign;
	struct fdp_request request;
	struct fdp_annotation annotation;
	struct fdp_look look;
	struct fdp_reply reply;
	struct fdp_data data;
	struct fdp_parked parked;
	uint8_t bytes[sizeof(struct fdp_data) + FDP_DATA_MAX];
	uint64_t aligned;
};

struct fdp_sender {
	pid_t pid; /* as the kernel vouches for it; 0: not known */
	uid_t uid; /* real, like the gid; root if not known */
	gid_t gid;
	int fds[2]; /* descriptors that came along, owned by the caller; -1 */
};

/* Closes the descriptors that nobody has taken. */
void fdp_sender_done(struct fdp_sender *sender);

/*
 * Receives one message without blocking into *RET_PACKET.  RET_SENDER may be
 * NULL: descriptors that come along are then closed.
 *
 * Returns its type, 0 at the end of the stream, -EAGAIN if there is none,
 * -EBADMSG and the like from fdp_decode(), or another -errno.  What could not
 * be decoded is in *RET_PACKET all the same, its header zero if it has none.
 */
int fdp_wire_receive(int fd, union fdp_packet *ret_packet,
		     struct fdp_sender *ret_sender);

/* The same, waiting until DEADLINE_NS on CLOCK_MONOTONIC (-ETIMEDOUT). */
int fdp_wire_await(int fd, uint64_t deadline_ns, union fdp_packet *ret_packet,
		   struct fdp_sender *ret_sender);

/* Sends SIZE bytes as one packet without blocking or SIGPIPE.  0 or -errno. */
int fdp_wire_send(int fd, const void *packet, size_t size);

/* Sends a message that is only a header (WAIT, DONE). */
int fdp_wire_send_plain(int fd, enum fdp_message_type type);

#endif
