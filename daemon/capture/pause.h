/*
 * Stopping a process that lives, for as short a time as can be had.
 *
 * All threads are seized first, which stops none of them.  Then those that wait
 * for something are stopped, and last those that run, which are also the first
 * to be let go.  All are told to stop before the first is waited for.  Whatever
 * becomes of us, the kernel lets them go on: nothing that has to be undone is
 * ever done to a thread.
 */
#ifndef FDP_CAPTURE_PAUSE_H
#define FDP_CAPTURE_PAUSE_H

#include "../target.h"
#include "procfs.h"

/*
 * A thread that has not stopped after this long goes without: those that wait,
 * and then those that run, which stand no longer than this.
 */
#define FDP_PAUSE_STOP_MS 200

/*
 * How long it is waited for in the end, while all others run, to let it go too:
 * it stops when it gets a processor, or comes back from a device.
 */
#define FDP_PAUSE_LATE_MS 2000

struct fdp_pause;

/*
 * Seizes all threads of TARGET, or the thread ONLY (0: all), and they become
 * its list: the main thread first, the others by tid, with their names.  They
 * run on, but each that gets a signal stops until the end.  SIGCHLD has to be
 * blocked, and no child of ours may end meanwhile.  0, or -errno: -EPERM if
 * none may be traced, -ESRCH if there is no such thread in the process.
 */
int fdp_pause_new(struct fdp_target *target, struct fdp_procfs *procfs,
		  pid_t only, struct fdp_pause **ret_pause);

/*
 * Stops them and fills in their registers.  Returns how many could not be
 * stopped, or are gone.
 */
size_t fdp_pause_stop(struct fdp_pause *pause);

/* How many may not be traced: a debugger has them, say.  They run. */
size_t fdp_pause_refused(const struct fdp_pause *pause);

/*
 * Lets them go.  May be called more than once: one that had not stopped in time
 * may have done so since, and is let go then, or in fdp_pause_free().
 */
void fdp_pause_end(struct fdp_pause *pause);

/*
 * The address that the thread at index AT of the target's waits for in futex(),
 * or 0.
 */
uint64_t fdp_pause_futex(const struct fdp_pause *pause, size_t at);

/* The facts thread/<tid>/syscall of those that stood. */
void fdp_pause_know_calls(struct fdp_pause *pause);

/* How long those that ran stood still, at most. */
uint64_t fdp_pause_ns(const struct fdp_pause *pause);

/*
 * Ends it first, and waits at most FDP_PAUSE_LATE_MS for those that have not
 * stopped yet, to let them go; NULL is fine.
 */
void fdp_pause_free(struct fdp_pause *pause);

#endif
