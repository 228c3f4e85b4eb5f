/*
 * Asking the daemon for something while the program lives.  Only system calls:
 * the handlers of registered signals ask too.
 */
#ifndef FDP_PRELOAD_ASK_H
#define FDP_PRELOAD_ASK_H

#include "../proto/proto.h"

/* Whether somebody waits for what comes of it. */
enum fdp_ask_wait {
	FDP_ASK_AND_GO,	  /* 0 as soon as it is sent */
	FDP_ASK_AND_WAIT, /* the daemon's answer */
};

/*
 * Sends REQUEST, of which operation and arguments are filled in, with OUTPUT
 * (-1: none), and closes neither.  May be called by several threads, and in a
 * forked child.
 *
 * Returns the daemon's result, or -errno: -ENOTCONN, -EPIPE, -ETIMEDOUT,
 * -EBADF (OUTPUT), -EMFILE and the like.
 */
int fdp_ask(struct fdp_request *request, int output, enum fdp_ask_wait wait);

/* The same with an annotation, of which key, value and flags are filled in. */
int fdp_tell(struct fdp_annotation *annotation);

#endif
