/* The Python frames of a thread, as digests that are the same if nothing moved.
 */
#ifndef FDP_PYTHON_GLANCE_FRAMES_H
#define FDP_PYTHON_GLANCE_FRAMES_H

#include "../analysis/sight.h"
#include "../target.h"
#include "glance_offsets.h"
#include "offsets.h"
#include "table.h"

/* Code objects, and which of asyncio's functions they are.  All zero is empty.
 */
struct fdp_glance_codes {
	struct fdp_table roles;
};

struct fdp_glance_frames {
	struct fdp_target *target;
	const struct fdp_python_offsets *offsets;
	const struct fdp_glance_offsets *more;
	struct fdp_glance_codes *codes;
	size_t left; /* frames that may still be read */
};

/*
 * Fills frames and round of THREAD, whose PyThreadState is at STATE, and values
 * if it is looked at CLOSELY.
 */
void fdp_glance_frames_read(struct fdp_glance_frames *reader, uint64_t state,
			    bool closely, struct fdp_sight_thread *thread);

/* The innermost frame of the PyThreadState at STATE, or 0. */
uint64_t fdp_glance_innermost(struct fdp_target *target,
			      const struct fdp_python_offsets *offsets,
			      uint64_t state);

void fdp_glance_codes_done(struct fdp_glance_codes *codes);

#endif
