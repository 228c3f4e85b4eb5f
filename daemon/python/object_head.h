/*
 * Builds with Py_TRACE_REFS (each debug build up to 3.7, --with-trace-refs
 * since) keep all objects in a list: two pointers more stand at the head of
 * each, and nothing but the objects themselves tells.
 */
#ifndef FDP_PYTHON_OBJECT_HEAD_H
#define FDP_PYTHON_OBJECT_HEAD_H

#include "../target.h"
#include "offsets.h"

/* The two pointers. */
#define FDP_TRACE_REFS_SIZE 16

/* Moves all that stands behind the head of an object by that. */
void fdp_object_head_move(struct fdp_python_offsets *offsets);

/*
 * True if what the newest frames of the PyThreadState at THREAD run is code by
 * OFFSETS, a table or a moved one.  False also where no frame tells.
 */
bool fdp_object_head_fits(struct fdp_target *target,
			  const struct fdp_python_offsets *offsets,
			  uint64_t thread);

#endif
