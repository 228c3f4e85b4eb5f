/* The report of a death that no handler saw, from what was known before. */
#ifndef FDP_WORKER_DEATH_H
#define FDP_WORKER_DEATH_H

#include "../analyst.h"

/*
 * FACTS: COUNT of them, about the process PID that is gone.  Returns which
 * files of WORKER are complete (enum fdp_rendered), or -errno.
 */
int fdp_worker_death(const struct fdp_worker *worker, pid_t pid,
		     const struct fdp_fact *facts, size_t count,
		     const struct fdp_death *death);

#endif
