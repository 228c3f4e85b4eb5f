/* What faulthandler would have written, of a process that is captured. */
#ifndef FDP_WORKER_COMPAT_H
#define FDP_WORKER_COMPAT_H

#include <stdio.h>

#include "../render/compat.h"
#include "../target.h"

/* Reads the Python threads of TARGET and writes them to OUT.  0 or -errno. */
int fdp_worker_compat(struct fdp_target *target,
		      const struct fdp_compat_options *options, FILE *out);

/*
 * The C stack of the thread TID alone, of which nothing of Python is read.  0
 * or -errno.
 */
int fdp_worker_c_stack(struct fdp_target *target, pid_t tid, FILE *out);

#endif
