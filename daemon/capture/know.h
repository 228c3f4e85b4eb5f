/* What each kind of capture asks of the process, and notes. */
#ifndef FDP_CAPTURE_KNOW_H
#define FDP_CAPTURE_KNOW_H

#include "../target.h"

/* The fact thread/<tid>/comm, into the name of THREAD. */
void fdp_know_name(struct fdp_target *target, struct fdp_thread *thread);

/* The fact proc/maps, into the mappings of TARGET.  0 or -errno. */
int fdp_know_maps(struct fdp_target *target);

/* The process, while it can be asked: command line, program, directory... */
void fdp_know_process(struct fdp_target *target);

/*
 * The fact thread/<tid>/syscall of THREAD, whose registers are those with which
 * it waits in the system call NUMBER; -1: it runs.
 */
void fdp_know_system_call(struct fdp_target *target,
			  const struct fdp_thread *thread, int64_t number);

/*
 * The same of a thread that is in a signal handler of ours: what that
 * interrupted.  /proc would tell of the handler, and is not asked.
 */
void fdp_know_interrupted_call(struct fdp_target *target,
			       const struct fdp_thread *thread);

/* That it is now, as the fact report/time. */
void fdp_know_time(struct fdp_target *target);

/* Makes the string VALUE the fact KEY. */
void fdp_know_note(struct fdp_target *target, const char *key,
		   const char *value);

/* The fact report/time: now. */
void fdp_know_time(struct fdp_target *target);

#endif
