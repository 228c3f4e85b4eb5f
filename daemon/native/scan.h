/*
 * Looking for frames on a stretch of stack that says nothing by itself.
 *
 * A word that is the address behind a call may be a return address, if the
 * tables lead on from it, call by call.  It may also be what an earlier call
 * has left in memory that nobody has written since: then its chain of calls
 * comes to a frame that has called somebody else meanwhile.  So all that leads
 * on is collected; what the chains have in common is believed, and from there
 * inward one of them: in which each call that says whom it calls was of that
 * function.  It is a guess all the same, and said to be one.
 */
#ifndef FDP_NATIVE_SCAN_H
#define FDP_NATIVE_SCAN_H

#include "walk.h"

/* Steps of all trials of one stack: some ten milliseconds of an analysis. */
#define FDP_TRIAL_STEPS_MAX 8192

/*
 * The innermost frame that is believed between LOW and HIGH, below ANCHOR (an
 * address in an evaluation of Python code; 0: none).  LOST is where WALK stood.
 * 0; -ENOENT; -ENOMEM.
 */
int fdp_scan(struct fdp_walk *walk, const struct fdp_place *lost, uint64_t low,
	     uint64_t high, uint64_t anchor,
	     struct fdp_registers *ret_registers);

/*
 * Whether the tables lead on from REGISTERS, of a frame that has made a call,
 * to a frame of the interpreter that holds ANCHOR; without one, far enough.
 */
bool fdp_leads_on(struct fdp_walk *walk, const struct fdp_registers *registers,
		  uint64_t anchor);

/* Whether CALLER can have been reached by a call, or by a signal. */
bool fdp_is_called(struct fdp_walk *walk, const struct fdp_place *caller);

#endif
