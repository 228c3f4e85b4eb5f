/*
 * Trying what might not be allowed, in a child: a filter of system calls may
 * kill who asks.
 */
#ifndef FDP_ATTEMPT_H
#define FDP_ATTEMPT_H

#include <stdbool.h>
#include <sys/types.h>

/* Not an errno: the child was killed by a signal, or did not come to an end. */
#define FDP_ATTEMPT_KILLED 1000

/* None takes longer on a machine that works. */
#define FDP_ATTEMPT_MS 5000

/*
 * Calls TRY(argument), which returns 0 or -errno, in a child and returns what
 * it returned, -FDP_ATTEMPT_KILLED, or -errno of fork().  The child's death
 * undoes what it has done, such as tracing.
 */
int fdp_attempt(int (*try)(void *argument), void *argument);

/*
 * A child that stands still until the caller kills it, and that any process of
 * the user may trace as far as it is up to itself.  Its pid, or -errno.  To be
 * ended by fdp_dummy_end().
 */
pid_t fdp_dummy_start(void);
void fdp_dummy_end(pid_t pid);

/*
 * Waits until the child PID has ended, its status as of wait() in *ret_status;
 * kills it after MILLISECONDS.  0, -ETIMEDOUT, or -ECHILD.
 */
int fdp_child_wait(pid_t pid, int milliseconds, int *ret_status);

/* Waits for all children; false if some are left after MILLISECONDS. */
bool fdp_children_wait(int milliseconds);

#endif
