/* What exceptions.c, which finds them, and exception.c share. */
#ifndef FDP_PYTHON_EXCEPTIONS_INTERNAL_H
#define FDP_PYTHON_EXCEPTIONS_INTERNAL_H

#include "error_text.h"
#include "exceptions.h"
#include "table.h"
#include "tracebacks.h"

#define FDP_EXCEPTIONS_DAMAGED                                                 \
	"exceptions: a chain of them could not be followed"

struct fdp_exception_reader {
	struct fdp_target *target;
	const struct fdp_python_offsets *offsets;
	struct fdp_report *report;
	struct fdp_traceback_reader tracebacks;
	struct fdp_error_texts texts;
	size_t left;	   /* begins as FDP_EXCEPTIONS_TOTAL_MAX */
	size_t bytes_left; /* begins as FDP_CLAUSES_BYTES_MAX */
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

/*
 * One that has not been made yet, behind the others: a class, and what it will
 * be called with.  0 or -ENOMEM.
 */
int fdp_exceptions_add_unmade(struct fdp_exceptions_walk *walk, uint64_t class,
			      uint64_t value);

/* True if VALUE is an exception, and not what one will be made of. */
bool fdp_exceptions_is_made(struct fdp_exceptions_walk *walk, uint64_t value);

/*
 * The one at INDEX is being handled, with TRACEBACK, unless it is known to be.
 * 0 or -ENOMEM.
 */
int fdp_exceptions_handle(struct fdp_exceptions_walk *walk, int index,
			  uint64_t traceback);

/*
 * 1: the item at ADDRESS, which comes behind COUNT others, may be read; 0, and
 * that is said: a circle, or one too many; -ENOMEM.
 */
int fdp_exceptions_may_read(struct fdp_exceptions_walk *walk, uint64_t address,
			    int count);

/*
 * clause_27.c: whether the except clause has ended in which the frame object
 * at FRAME has caught what has TRACEBACK.  1, 0; FDP_UNKNOWN: that cannot be
 * told.
 */
int fdp_clause_ended(struct fdp_exception_reader *reader, uint64_t frame,
		     uint64_t traceback);

/* Bytes of the code of all functions that are looked at for it. */
#define FDP_CLAUSES_BYTES_MAX (16u * 1024 * 1024)

/* exceptions_27.c: those that were caught.  0 or -ENOMEM. */
int fdp_exceptions_add_caught(struct fdp_exceptions_walk *walk,
			      uint64_t thread);

/* exception.c: all about the one at INDEX; adds those that hang on it. */
int fdp_exception_read_one(struct fdp_exceptions_walk *walk, size_t index);

#endif
