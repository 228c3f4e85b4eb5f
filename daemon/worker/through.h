/*
 * `fdpreload dump` where it may not trace the process: the process's reporter
 * may, which the process has named as who traces it (Yama), or which a filter
 * of system calls does not concern.
 */
#ifndef FDP_WORKER_THROUGH_H
#define FDP_WORKER_THROUGH_H

#include "dump_options.h"

/*
 * Whether it has to be tried: the kernel does not let us read or stop it.  The
 * process is not disturbed.
 */
bool fdp_through_is_needed(pid_t pid);

/*
 * Has the reporter of COMMAND's process make the dump, and prints it.  Needs an
 * unconfined process.  Returns the exit status; what went wrong is on stderr,
 * in one line.
 */
int fdp_through_dump(const struct fdp_dump_command *command);

#endif
