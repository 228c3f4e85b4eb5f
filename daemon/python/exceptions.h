/*
 * The exceptions of a thread: the one that is being raised, those that are
 * being handled, and all that hang on them by __cause__, __context__ or as
 * members of a group.
 *
 * Each object is read once, whichever way leads there, so that no circle has an
 * effect.  What is broken, or beyond a limit, is said to be missing.
 */
#ifndef FDP_PYTHON_EXCEPTIONS_H
#define FDP_PYTHON_EXCEPTIONS_H

#include "../report.h"
#include "../target.h"
#include "class_names.h"
#include "code.h"
#include "offsets.h"

/*
 * Exceptions of one thread, and of all: a recursion of 1,000 calls can leave
 * one for each, and nobody reads more.
 */
#define FDP_EXCEPTIONS_MAX 1024
#define FDP_EXCEPTIONS_TOTAL_MAX 16384

/*
 * Generators that run in each other, of which each can have one that is being
 * handled: as many as frames in the deepest recursions.
 */
#define FDP_HANDLED_MAX 100000

/* Notes of one exception. */
#define FDP_EXCEPTION_NOTES_MAX 256

/* As much of a group as the traceback module shows: members of one, and groups
 * in each other. */
#define FDP_GROUP_WIDTH_MAX 15
#define FDP_GROUP_DEPTH_MAX 10

struct fdp_exception_reader;

/*
 * 0 or -ENOMEM.  All but RET_READER is borrowed; NAMES may be NULL, and none is
 * guessed then.
 */
int fdp_exception_reader_new(struct fdp_target *target,
			     const struct fdp_python_offsets *offsets,
			     struct fdp_report *report, struct fdp_codes *codes,
			     struct fdp_class_names *names,
			     struct fdp_exception_reader **ret_reader);

/* Those of the PyThreadState at THREAD, in the report's arena.  0 or -ENOMEM.
 */
int fdp_exceptions_read(struct fdp_exception_reader *reader, uint64_t thread,
			struct fdp_exceptions *ret_exceptions);

void fdp_exception_reader_free(struct fdp_exception_reader *reader);

#endif
