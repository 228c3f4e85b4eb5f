/*
 * Capture: from frame 1 and a held process to a target.
 */
#ifndef FDP_CAPTURE_CAPTURE_H
#define FDP_CAPTURE_CAPTURE_H

#include <stdbool.h>

#include "../../proto/proto.h"
#include "../target.h"

struct fdp_capture_request {
	const struct fdp_crash *crash; /* decoded, so its sizes are right */
	pid_t pid;	      /* of the process, vouched for by the kernel */
	int session;	      /* borrowed */
	int control;	      /* to the daemon, borrowed; -1: there is none */
	bool served;	      /* use the memory server even where not needed */
	uint64_t deadline_ns; /* CLOCK_MONOTONIC: reads after it fail */
	const char *id;	      /* of the report to come */
};

/*
 * Picks the highest rung that works, stops the other threads, and reads what
 * does not keep: registers, mappings, names, stacks.  The facts report/id,
 * report/time, capture/method and capture/missing are noted.  0 or -errno.
 */
int fdp_capture_open(const struct fdp_capture_request *request,
		     struct fdp_target **ret_target);

/*
 * A target that knows frame 1 and, where /proc can be read, process facts
 * and mappings; every memory read fails.  0 or -errno.
 */
int fdp_capture_frame(const struct fdp_capture_request *request,
		      struct fdp_target **ret_target);

/*
 * A target that knows the number of a process that is gone, and what is noted:
 * every memory read fails.  0 or -ENOMEM.
 */
int fdp_capture_dead(pid_t pid, struct fdp_target **ret_target);

#endif
