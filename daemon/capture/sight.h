/*
 * Looks at a process that is neither stopped nor told: memory and /proc are
 * read as they are, and may change under it.
 */
#ifndef FDP_CAPTURE_SIGHT_H
#define FDP_CAPTURE_SIGHT_H

#include "../target.h"
#include "procfs.h"

/* A target of the process PID with its mappings.  0 or -errno. */
int fdp_capture_mapped(pid_t pid, struct fdp_target **ret_target);

/*
 * A target of the process PID, which PROCFS is of, with the numbers of its
 * threads, and nothing read yet.  0 or -errno.
 */
int fdp_capture_sight(pid_t pid, struct fdp_procfs *procfs,
		      struct fdp_target **ret_target);

#endif
