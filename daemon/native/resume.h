/*
 * Where a walk over a native stack goes on when it is lost: behind memory that
 * was overwritten or cannot be read, or code that nothing says how to unwind.
 *
 * From the place that is lost outward, by a scan (see scan.h) or at an anchor:
 * an address on the C stack in the frame of an evaluation of Python code (see
 * analysis/stack.h).  How far it is from that frame's stack pointer is the same
 * in each, and learned from any that was walked over.
 */
#ifndef FDP_NATIVE_RESUME_H
#define FDP_NATIVE_RESUME_H

#include "walk.h"

/*
 * PLACE, on which the walk stood with REGISTERS, is a frame of WALK's stack:
 * counts off the anchors that it holds, and learns from the first.
 */
void fdp_resume_note(struct fdp_walk *walk, const struct fdp_place *place,
		     const struct fdp_registers *registers);

/*
 * True if an anchor is left that lies further out than PLACE in the same
 * mapping, so that PLACE is not the outermost frame, whatever memory says.
 */
bool fdp_resume_expected(const struct fdp_walk *walk,
			 const struct fdp_place *place);

/*
 * Finds where WALK, which is lost at LOST, goes on, and starts it over there.
 * What lies between is RET_GAP; its place is the first frame behind it.  0;
 * -ENOENT: there is nothing to be found; -ENOMEM.
 */
int fdp_resume(struct fdp_walk *walk, const struct fdp_place *lost,
	       struct fdp_gap *ret_gap);

#endif
