/*
 * The Python frames of one thread, cut into runs (see analysis/stack.h).
 */
#ifndef FDP_PYTHON_FRAMES_H
#define FDP_PYTHON_FRAMES_H

#include "../analysis/stack.h"
#include "../target.h"
#include "class_names.h"
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
	struct fdp_locals *locals;     /* NULL: they are not wanted */
	struct fdp_class_names *names; /* NULL: none is to be guessed */
	size_t frames_left;	       /* begins as FDP_PYTHON_FRAMES_MAX */
	uint64_t first_frame; /* where a stack is to begin; 0: the newest */
	/* Of a thread that was stopped amid its work; NULL: it was not, or has
	 * crashed. */
	const struct fdp_registers *standing;
	/* The function that evaluates; 0: it is not known. */
	uint64_t evaluation, evaluation_size;
	size_t links_left; /* to be followed for that, as frames_left */
};

/*
 * Makes *READER ready, with all limits and without what is optional.  Its codes
 * are the caller's to free.  0 or -ENOMEM.
 */
int fdp_frame_reader_open(struct fdp_target *target,
			  const struct fdp_python_offsets *offsets,
			  struct fdp_report *report,
			  struct fdp_frame_reader *reader);

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

/*
 * A stretch of a C stack whose bytes lie elsewhere, while others use it.  What
 * it has may be on it or not; size 0: nothing.
 */
struct fdp_moved_stack {
	uint64_t start, size; /* where they belong */
	uint64_t copy;	      /* where they are */
};

/*
 * The frames of a stack that nobody runs, from the one at ADDRESS outward, at
 * most LIMIT of them, and no runs: into *STACK as fdp_frames_read().  Its C
 * stack, where 3.12 and later have a frame for each evaluation, is MOVED.  0;
 * -E2BIG if there are more; -ENOMEM.
 */
int fdp_frames_read_suspended(struct fdp_frame_reader *reader, uint64_t address,
			      const struct fdp_moved_stack *moved, size_t limit,
			      struct fdp_python_stack *stack);

#endif
