/*
 * The class that has a function among its attributes, found by the function's
 * code object.
 */
#ifndef FDP_PYTHON_CLASS_SEARCH_H
#define FDP_PYTHON_CLASS_SEARCH_H

#include "../report.h"
#include "../target.h"
#include "offsets.h"
#include "types.h"

/* Classes that one is derived from; the deepest in practice have some dozens.
 */
#define FDP_CLASS_BASES_MAX 128

/* Names of one class; a generated one can have more than that. */
#define FDP_CLASS_NAMES_MAX 8192

/* Classes and names for a report, all together: some 10 ms of work. */
#define FDP_CLASS_STEPS_MAX 250000

struct fdp_class_search {
	struct fdp_target *target;
	const struct fdp_python_offsets *offsets;
	struct fdp_report *report;
	struct fdp_types *types;
	size_t steps_left; /* begins as FDP_CLASS_STEPS_MAX */
};

/* What was found; addresses. */
struct fdp_class_member {
	uint64_t class;
	uint64_t key;	   /* its name there */
	uint64_t function; /* itself, out of what wraps it */
};

/*
 * The class of OBJECT, or that is OBJECT, or one that it is derived from, that
 * has a function which runs the code object at CODE: as it is, or as a static
 * method, a class method, a property, or what functools.wraps() says is wrapped
 * by a function.  1; 0: none has; -ENOMEM.
 */
int fdp_class_search(struct fdp_class_search *search, uint64_t object,
		     uint64_t code, struct fdp_class_member *ret_member);

/*
 * What a search for OBJECT depends on: two objects with the same word have the
 * same classes.  0: it is no object.
 */
uint64_t fdp_class_word(struct fdp_class_search *search, uint64_t object);

#endif
