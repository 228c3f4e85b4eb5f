/*
 * Capture of a process that lives and is not stopped, not for a moment: its
 * memory is read while it runs, again and again, until what was read was there
 * at once.  No registers, so no native stacks.
 */
#ifndef FDP_CAPTURE_NONBLOCKING_H
#define FDP_CAPTURE_NONBLOCKING_H

#include "../chain.h"
#include "../target.h"

/*
 * A stack that moves is tried so often, and so long.  A thread that runs Python
 * code has the GIL for 5 ms, and stands when another wants it too; one that has
 * it for itself is met twice at the same place within some ten tries.
 */
#define FDP_NONBLOCKING_TRIES 4000
#define FDP_NONBLOCKING_STACK_MS 200

/* All stacks together: after that each is tried a few times only. */
#define FDP_NONBLOCKING_ALL_MS 2000
#define FDP_NONBLOCKING_TRIES_LATE 5

/* So often the list of stacks is read, if it changes while it is read. */
#define FDP_NONBLOCKING_LISTS 10

/*
 * Whoever asks waits for the answer of one process, and has the right to read
 * its memory (as for ptrace, but a process that is being traced is fine).  The
 * target's memory holds each stack as it was at one moment; what else is read
 * of it is as it is then.  The facts report/time, capture/method and, of stacks
 * that were not whole, stack/<address> are noted.
 *
 * 0, or -errno: -ESRCH if there is no such process, -EPERM if it may not be
 * read.
 */
int fdp_capture_nonblocking(pid_t pid, const struct fdp_stacks_ops *ops,
			    struct fdp_target **ret_target);

#endif
