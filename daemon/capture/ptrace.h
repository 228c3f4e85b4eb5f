/*
 * Stopping the other threads with ptrace, and their registers.
 */
#ifndef FDP_CAPTURE_PTRACE_H
#define FDP_CAPTURE_PTRACE_H

#include "../target.h"

/*
 * Stops every thread of TARGET but the crashed one (the first) and fills in
 * their registers.  They stay stopped until this process exits, or for good
 * if the process dies first, which is what it is about to do.
 *
 * Returns how many could not be stopped within 200 ms, or -EPERM and the
 * like if not even one may be traced; nothing is then stopped.
 */
ssize_t fdp_ptrace_stop(struct fdp_target *target);

#endif
