/* What living processes ask of the daemon: the C API's other end. */
#ifndef FDP_REQUESTS_H
#define FDP_REQUESTS_H

#include "../proto/proto.h"

struct fdp_daemon;
struct fdp_sender;

/*
 * Does what REQUEST says, takes the descriptors of SENDER (the socket for the
 * reply, and the output), and replies, at once or when it is done.
 */
void fdp_request_handle(struct fdp_daemon *daemon,
			const struct fdp_request *request,
			struct fdp_sender *sender);

/* The same for an annotation, which is a message of its own for its size. */
void fdp_request_annotate(struct fdp_daemon *daemon,
			  const struct fdp_annotation *annotation,
			  struct fdp_sender *sender);

/* Sends RESULT on REPLY and closes it; negative: nobody wants to know. */
void fdp_request_reply(int reply, int result);

/* What REQUEST of SENDER wants to see, going to OUTPUT. */
struct fdp_living fdp_request_living(const struct fdp_request *request,
				     const struct fdp_sender *sender,
				     int output);

#endif
