/* What faulthandler would have written, of a process that is captured. */
#ifndef FDP_WORKER_COMPAT_H
#define FDP_WORKER_COMPAT_H

#include <stdio.h>

#include "../render/compat.h"
#include "../target.h"

/* Reads the Python threads of TARGET and writes them to OUT.  0 or -errno. */
int fdp_worker_compat(struct fdp_target *target,
		      const struct fdp_compat_options *options, FILE *out);

#endif
