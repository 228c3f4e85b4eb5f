/* What the parts share that read one interpreter after the other: python.c. */
#ifndef FDP_PYTHON_READER_H
#define FDP_PYTHON_READER_H

#include <errno.h>

#include "../analysis/stack.h"
#include "exceptions.h"
#include "frames.h"
#include "runtime.h"
#include "table.h"

#define FDP_LIST_DAMAGED "Python frames: the list of %s is damaged"

struct fdp_python_reader {
	struct fdp_target *target;
	struct fdp_report *report;
	struct fdp_runtime runtime;
	struct fdp_frame_reader frames;
	struct fdp_exception_reader *exceptions;
	struct fdp_python *python;
	size_t stack_capacity;
	struct fdp_table known;	 /* the target's threads, threads.c */
	struct fdp_table states; /* the same, by address of a thread state */
	struct fdp_table seen;	 /* addresses of interpreters and states */
	bool gil_decided;
	bool head_decided; /* whether objects have a longer head */
};

/* The field at FIELD of ADDRESS; -ENOENT if the version has none. */
static inline int fdp_reader_word(struct fdp_python_reader *reader,
				  uint64_t address, uint32_t field,
				  uint64_t *ret_value)
{
	if (field == FDP_ABSENT)
		return -ENOENT;
	return fdp_target_read_u64(reader->target, address + field, ret_value);
}

/*
 * The one behind in a list, whose address is at FIELD of ADDRESS; 0 at its end,
 * and where it breaks off, which python->threads_whole then says.
 */
uint64_t fdp_reader_next(struct fdp_python_reader *reader, uint64_t address,
			 uint32_t field);

/*
 * Whether ADDRESS is one of a list of WHAT that has not been read.  1; 0, which
 * is said: a circle, or more than LIMIT of them; -ENOMEM.
 */
int fdp_reader_may_read(struct fdp_python_reader *reader, uint64_t address,
			size_t limit, const char *what);

/* threads.c: prepares for matching threads with thread states.  0, -ENOMEM. */
int fdp_reader_know_threads(struct fdp_python_reader *reader);

/* threads.c: all threads of INTERPRETER, with their frames.  0 or -ENOMEM. */
int fdp_reader_threads(struct fdp_python_reader *reader, uint64_t interpreter);

/* holder.c: the GIL of INTERPRETER, if it is of its own.  0 or -ENOMEM. */
int fdp_reader_add_gil(struct fdp_python_reader *reader, uint64_t interpreter);

/*
 * holder.c: who holds the GIL of INTERPRETER, whose stacks begin at index
 * FIRST, unless one that counts more has been seen: the one that counts is that
 * of the crashed thread's interpreter, else of the last in the list, which is
 * the main one.
 */
void fdp_reader_decide_gil(struct fdp_python_reader *reader,
			   uint64_t interpreter, size_t first);

/* holder.c: the same where there is one for all, up to 3.11. */
void fdp_reader_decide_only_gil(struct fdp_python_reader *reader);

#endif
