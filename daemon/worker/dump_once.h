/* One dump of one process, from its memory to standard output. */
#ifndef FDP_WORKER_DUMP_ONCE_H
#define FDP_WORKER_DUMP_ONCE_H

#include "dump_options.h"
#include "watch.h"

/*
 * STEP: it is one of several, else NULL.  FILE: where what was read is kept, or
 * -1.  FDP_DUMP_OK, FDP_DUMP_NOT_PYTHON, or -errno.
 */
int fdp_dump_once(const struct fdp_dump_command *command,
		  const struct fdp_watch_step *step, int file);

#endif
