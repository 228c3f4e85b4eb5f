/*
 * The Python frames of one thread, cut into runs (see analysis/stack.h).
 */
#ifndef FDP_PYTHON_FRAMES_H
#define FDP_PYTHON_FRAMES_H

#include "../analysis/stack.h"
#include "../target.h"
#include "code.h"
#include "locals.h"
#include "offsets.h"

/*
 * Frames of all threads together.  Ten times the deepest recursion that is
 * known from practice; 120 MiB of struct fdp_frame.
 */
#define FDP_PYTHON_FRAMES_MAX 1000000

struct fdp_frame_reader {
	struct fdp_target *target;
	const struct fdp_python_offsets *offsets;
	struct fdp_report *report;
	struct fdp_codes *codes;
	struct fdp_locals *locals; /* NULL: they are not wanted */
	size_t frames_left;	   /* begins as FDP_PYTHON_FRAMES_MAX */
	uint64_t first_frame; /* where a stack is to begin; 0: the newest */
};

/*
 * Reads frames and runs of the PyThreadState at THREAD into *STACK, of which
 * tid and thread_pointer are left alone.  What was found before the chain broke
 * is kept, and truncated set.  0 or -ENOMEM.
 */
int fdp_frames_read(struct fdp_frame_reader *reader, uint64_t thread,
		    struct fdp_python_stack *stack);

/*
 * The one frame at ADDRESS, of a coroutine that nobody runs.  1; 0 if it is
 * none that can be shown; -ENOMEM.
 */
int fdp_frames_read_one(struct fdp_frame_reader *reader, uint64_t address,
			struct fdp_frame *ret_frame);

#endif
