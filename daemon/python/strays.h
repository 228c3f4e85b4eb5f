/*
 * Frames of a chain that are another thread's: a pointer that was overwritten
 * can lead there, where each frame is a true one.
 */
#ifndef FDP_PYTHON_STRAYS_H
#define FDP_PYTHON_STRAYS_H

#include "../analysis/stack.h"
#include "../report.h"
#include "../target.h"
#include "offsets.h"

/* Of a _PyStackChunk, which is the same in all versions that have it: the one
 * before, and its bytes. */
#define FDP_CHUNK_PREVIOUS 0
#define FDP_CHUNK_SIZE 8

/* Chunks of all threads; FDP_PYTHON_FRAMES_MAX small frames fill as many. */
#define FDP_CHUNKS_MAX 8192

/*
 * Cuts off, of the stacks in PYTHON, the frames that are not theirs: those that
 * lie in memory that another thread has for its frames (3.11 and later), and
 * those that are in two stacks, since nobody knows which of the two is right.
 * Nor has an evaluation two stacks: an anchor that is in both is in none.
 * What was cut is then truncated, and said.  0 or -ENOMEM.
 */
int fdp_strays_cut(struct fdp_target *target, struct fdp_report *report,
		   const struct fdp_python_offsets *offsets,
		   struct fdp_python *python);

#endif
