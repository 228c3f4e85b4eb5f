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

/*
 * True if FRAME is where the PyThreadState at THREAD would put the next frame
 * that it makes, or behind: it has ended.
 */
bool fdp_newest_has_ended(const struct fdp_python_offsets *offsets,
			  const struct fdp_memory *memory, uint64_t thread,
			  uint64_t frame);

/*
 * True if the evaluation that FRAME belongs to was begun while BEFORE was the
 * newest frame; 0: none was.
 */
bool fdp_newest_begun_from(const struct fdp_python_offsets *offsets,
			   const struct fdp_memory *memory, uint64_t frame,
			   uint64_t before);

#endif
