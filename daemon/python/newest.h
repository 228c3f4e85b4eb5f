/*
 * Whether what a thread calls its newest frame is one.
 *
 * 3.11 and 3.12 know it by the newest CFrame, which an evaluation names before
 * it has filled it in: until then it has what was there before on the C stack,
 * often a frame that has ended.
 */
#ifndef FDP_PYTHON_NEWEST_H
#define FDP_PYTHON_NEWEST_H

#include "../chain.h"
#include "offsets.h"

/* Owners of a frame: its member owner, from 3.11 on. */
#define FDP_OWNER_GENERATOR 1
/*
 * FRAME_OWNED_BY_CSTACK of 3.12 and 3.13, FRAME_OWNED_BY_INTERPRETER since: the
 * shim of one evaluation.
 */
#define FDP_OWNER_SHIM 3

/*
 * True if FRAME is where the PyThreadState at THREAD would put the next frame
 * that it makes, or behind: it has ended.
 */
bool fdp_newest_has_ended(const struct fdp_python_offsets *offsets,
			  const struct fdp_memory *memory, uint64_t thread,
			  uint64_t frame);

/*
 * True if a frame of OWNER whose is_entry is set, or that is a shim, and that
 * was called by PREVIOUS, is the first of an evaluation that was begun while
 * BEFORE was the newest frame.  One of a generator of 3.11 may only have been
 * that once: throw() puts it on a stack without an evaluation.
 */
static inline bool fdp_newest_decides(uint8_t owner, uint64_t previous,
				      uint64_t before)
{
	return owner != FDP_OWNER_GENERATOR || !previous || previous == before;
}

/*
 * True if the evaluation that FRAME belongs to was begun while BEFORE was the
 * newest frame; 0: none was.  Each frame that is looked at is taken from *LEFT;
 * when none is left it cannot be told, and is false.
 */
bool fdp_newest_begun_from(const struct fdp_python_offsets *offsets,
			   const struct fdp_memory *memory, uint64_t frame,
			   uint64_t before, size_t *left);

#endif
