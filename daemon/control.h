/*
 * What a worker tells its daemon, over a SOCK_SEQPACKET pair of their own.
 * The daemon believes none of it beyond its shape.
 */
#ifndef FDP_CONTROL_H
#define FDP_CONTROL_H

#include <stdint.h>

enum fdp_control_type {
	FDP_CONTROL_JOIN = 1, /* a session to open, as a descriptor */
	FDP_CONTROL_DONE = 2, /* all that can be rendered is */
};

/* Which outputs are complete. */
enum fdp_rendered {
	FDP_RENDERED_TEXT = 1,
	FDP_RENDERED_JSON = 2,
	FDP_RENDERED_CAPTURE = 4,
	FDP_RENDERED_ECHO = 8,
};

struct fdp_control_message {
	uint32_t type;
	uint32_t rendered; /* of DONE: enum fdp_rendered, or'ed */
	int32_t pid;	   /* of JOIN: who asked for it */
	uint32_t uid, gid;
};

/* FD, or -1, goes along and stays the caller's.  0 or -errno. */
int fdp_control_send(int control, const struct fdp_control_message *message,
		     int fd);

/*
 * Does not block.  Returns the type, with *ret_fd the caller's or -1; 0 at the
 * end of the stream; -EBADMSG for anything else, or another -errno.
 */
int fdp_control_receive(int control, struct fdp_control_message *ret_message,
			int *ret_fd);

#endif
