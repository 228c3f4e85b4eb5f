/*
 * Capture of a process that lives and that nobody may trace, by the thread that
 * asks for the dump: it answers for the memory of all while it waits.
 */
#ifndef FDP_CAPTURE_ASKING_H
#define FDP_CAPTURE_ASKING_H

#include "../target.h"

struct fdp_asking {
	pid_t pid, tid;
	uint64_t thread_pointer; /* of that thread */
	int socket;		 /* on which it answers, borrowed */
	uint64_t deadline_ns;	 /* CLOCK_MONOTONIC: reads after it fail */
};

/*
 * A target without registers, whose threads run on: what is read is not of one
 * moment, unless that thread keeps them from running, as one does that has the
 * GIL.  The facts report/time, capture/method and capture/missing are noted.  0
 * or -errno.
 */
int fdp_capture_asking(const struct fdp_asking *asking,
		       struct fdp_target **ret_target);

#endif
