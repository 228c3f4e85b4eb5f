/* What exceptions.c, which finds them, and exception.c share. */
#ifndef FDP_PYTHON_EXCEPTIONS_INTERNAL_H
#define FDP_PYTHON_EXCEPTIONS_INTERNAL_H

#include "error_text.h"
#include "exceptions.h"
#include "table.h"
#include "tracebacks.h"

struct fdp_exception_reader {
	struct fdp_target *target;
	const struct fdp_python_offsets *offsets;
	struct fdp_report *report;
	struct fdp_traceback_reader tracebacks;
	struct fdp_error_texts texts;
	size_t left; /* begins as FDP_EXCEPTIONS_TOTAL_MAX */
};

/* How an exception was come by. */
struct fdp_exception_origin {
	const struct fdp_error_type *type;
	unsigned depth;	    /* groups that it is in */
	uint64_t traceback; /* what the thread says it is; 0: nothing */
	uint64_t argument;  /* of one that is not made yet */
};

/* Those of one thread while they are read. */
struct fdp_exceptions_walk {
	struct fdp_exception_reader *reader;
	struct fdp_exceptions *found;
	struct fdp_exception_origin *origins; /* one for each in found->list */
	size_t capacity, origin_capacity, handled_capacity;
	struct fdp_table seen;
};

/*
 * Puts the exception at ADDRESS at the end of the list, unless it is there: its
 * index; FDP_UNKNOWN if there is none, or it is one too many.  0 or -ENOMEM.
 */
int fdp_exceptions_add(struct fdp_exceptions_walk *walk, uint64_t address,
		       unsigned depth, int *ret_index);

/* exception.c: all about the one at INDEX; adds those that hang on it. */
int fdp_exception_read_one(struct fdp_exceptions_walk *walk, size_t index);

#endif
