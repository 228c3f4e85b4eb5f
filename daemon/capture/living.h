/*
 * Capture of a process that lives and is to live on: it is stopped for the
 * moment in which registers, stacks and Python's frames are copied, all at
 * once, and looked at when it runs again.
 */
#ifndef FDP_CAPTURE_LIVING_H
#define FDP_CAPTURE_LIVING_H

#include "../target.h"

struct fdp_living_request {
	pid_t pid;
	pid_t only; /* the one thread that is stopped and looked at; 0: all */
	/*
	 * Reads of the process, while it runs, what will be wanted of it when
	 * it stands: what it asked for is what will be copied.  Called again
	 * to see whether that was all; if it was not, the process is stopped
	 * once more, and for as long as this takes.
	 */
	void (*rehearse)(struct fdp_target *target, const void *argument);
	const void *argument;
};

/*
 * The process runs on when this returns, and memory that was not copied is read
 * from it as it is then.  The facts capture/method, capture/hold-ms and
 * capture/missing are noted.  SIGCHLD has to be blocked, and no child of ours
 * may end meanwhile.
 *
 * 0, or -errno: -ESRCH if there is no such process or thread, -EPERM if it may
 * not be traced.
 */
int fdp_capture_living(const struct fdp_living_request *request,
		       struct fdp_target **ret_target);

#endif
