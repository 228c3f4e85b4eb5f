/*
 * From frame 1 to what a target says about the death.
 */
#ifndef FDP_CAPTURE_CRASH_H
#define FDP_CAPTURE_CRASH_H

#include "../../proto/proto.h"
#include "../target.h"

/*
 * Sets the fault of TARGET, and notes the fact crash/handlers if a handler of
 * the program had to do with it.  CRASH is decoded, so its sizes are right.
 */
void fdp_crash_set_fault(struct fdp_target *target,
			 const struct fdp_crash *crash);

/* Makes THREAD, all zero, the one that CRASH is about. */
void fdp_crash_set_thread(struct fdp_thread *thread,
			  const struct fdp_crash *crash);

/*
 * Takes the fact crash/handlers apart, into what TARGET says about handlers.
 * Without such a fact, or if it is none of ours, nothing is changed.
 */
void fdp_crash_load_handlers(struct fdp_target *target);

#endif
