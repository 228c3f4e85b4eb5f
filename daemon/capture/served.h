/*
 * The served backend: the faulting thread itself answers, over the session
 * socket.  Needs no right over the process at all.
 */
#ifndef FDP_CAPTURE_SERVED_H
#define FDP_CAPTURE_SERVED_H

#include "../target.h"
#include "procfs.h"

/*
 * A target without threads, maps and fault yet.  SESSION is borrowed, and so is
 * CONTROL, to which the request of a forked child is passed on; PROCFS is
 * owned from now on.  An answer that does not come until DEADLINE_NS ends all
 * further reads with -ETIMEDOUT.  0 or -ENOMEM.
 */
int fdp_served_new(pid_t pid, int session, int control, uint64_t deadline_ns,
		   struct fdp_procfs *procfs, struct fdp_target **ret_target);

/*
 * Asks the shim for one byte at ADDRESS and waits for the answer: by then it
 * has done all that it was told before, such as allowing us to trace it (Yama).
 * 0 or -errno.
 */
int fdp_served_ping(int session, uint64_t address, uint64_t deadline_ns);

/*
 * Has the shim park the other threads of TARGET (a served one) and fills in
 * their registers.  They stay parked until the session says DONE.
 * Returns how many could not be parked, or -errno.
 */
ssize_t fdp_served_park(struct fdp_target *target);

#endif
