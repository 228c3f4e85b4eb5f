/*
 * Processes that nobody may trace, and that answer for their memory when they
 * are asked: a signal with our token goes out, and a thread of theirs says
 * ANSWER (preload/answering.h).
 */
#ifndef FDP_ANSWERS_H
#define FDP_ANSWERS_H

#include <stdint.h>
#include <sys/types.h>

#include "../proto/proto.h"

struct fdp_daemon;
struct fdp_sender;
struct fdp_awaited_answer;

/*
 * How long one is waited for: threads that are to get the signal may be
 * computing, and the machine may be busy.
 */
#define FDP_ANSWER_MS 1000

/* Of all processes together. */
#define FDP_ANSWERS_MAX 64

struct fdp_answers {
	struct fdp_awaited_answer *first;
	int count;
};

/* Who answers; a REPLY on the socket ends it, and the socket is closed then. */
struct fdp_answer {
	int socket; /* -1: nobody does */
	pid_t tid;
	uint64_t thread_pointer;
};

/*
 * Asks process PID.  HEARD is called once, with ARGUMENT and an answer that is
 * its own from then on: later, or at once if PID cannot be asked.
 */
void fdp_answer_await(struct fdp_daemon *daemon, pid_t pid,
		      void (*heard)(void *argument, struct fdp_answer answer),
		      void *argument);

/*
 * ANSWER: SENDER's first descriptor is taken by whoever has waited longest for
 * it.  0, or -ESRCH: nobody does.
 */
int fdp_answer_heard(struct fdp_daemon *daemon,
		     const struct fdp_request *request,
		     struct fdp_sender *sender);

#endif
