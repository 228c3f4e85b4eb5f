/*
 * Python's traceback objects: where an exception has been.
 */
#ifndef FDP_PYTHON_TRACEBACKS_H
#define FDP_PYTHON_TRACEBACKS_H

#include "../report.h"
#include "../target.h"
#include "class_names.h"
#include "code.h"
#include "offsets.h"

/*
 * Entries of all tracebacks of a report together: a hundred times the default
 * limit of a recursion, 13 MiB of struct fdp_frame.
 */
#define FDP_TRACEBACK_ENTRIES_MAX 100000

struct fdp_traceback_reader {
	struct fdp_target *target;
	const struct fdp_python_offsets *offsets;
	struct fdp_report *report;
	struct fdp_codes *codes;
	struct fdp_class_names *names; /* NULL: none is to be guessed */
	size_t entries_left;	       /* begins as FDP_TRACEBACK_ENTRIES_MAX */
	uint64_t type, frame_type; /* of such objects, once they are known */
};

/*
 * The traceback at ADDRESS, most recent call first, in the report's arena.
 * What was found before it breaks is kept, and the break said.  0 or -ENOMEM.
 */
int fdp_traceback_read(struct fdp_traceback_reader *reader, uint64_t address,
		       struct fdp_frame **ret_frames, size_t *ret_count);

#endif
