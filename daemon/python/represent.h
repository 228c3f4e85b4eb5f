/*
 * Values as Python's repr() would write them, from memory alone: no code of the
 * program is run, so what only its __repr__ could say is an object at an
 * address, with its attributes.
 *
 * What is no object any more is <invalid object at 0x...>.  Whatever lies in
 * memory, a value costs no more than the limits below.
 */
#ifndef FDP_PYTHON_REPRESENT_H
#define FDP_PYTHON_REPRESENT_H

#include "../report.h"
#include "../target.h"
#include "offsets.h"

/* Containers and instances in each other; deeper ones are "[...]". */
#define FDP_VALUE_DEPTH_MAX 4

/* Items and attributes that are shown of one; then "..." follows. */
#define FDP_VALUE_ITEMS_MAX 32

/*
 * Steps: an object is one, and so is each place in a dict, a set or an instance
 * that is looked at; long strings and numbers are more.  A frame with 10,000 is
 * a screen that nobody reads; a report with 250,000 takes a quarter of a
 * second.
 */
#define FDP_VALUE_FRAME_STEPS_MAX 10000
#define FDP_VALUE_REPORT_STEPS_MAX 250000

/* What stands for the value of a name that is secret (analysis/secrets.h). */
#define FDP_VALUE_MASKED "<masked>"

struct fdp_values;

/* 0 or -ENOMEM.  All but RET_VALUES is borrowed. */
int fdp_values_new(struct fdp_target *target,
		   const struct fdp_python_offsets *offsets,
		   struct fdp_report *report, struct fdp_values **ret_values);

/* What follows is of another frame.  False: there are no steps left. */
bool fdp_values_begin(struct fdp_values *values);

/*
 * The representation of the object at ADDRESS, in the report's arena; UTF-8.
 * NULL: no memory.
 */
const char *fdp_values_represent(struct fdp_values *values, uint64_t address);

/*
 * The same without the attributes of instances, which repr() does not tell
 * either: of what a program says of itself, and nobody has asked for.
 */
const char *fdp_values_represent_plain(struct fdp_values *values,
				       uint64_t address);

/*
 * What the cell at ADDRESS holds, which may be 0.  -EBADMSG if it is no cell,
 * -ENOMEM.
 */
int fdp_values_cell(struct fdp_values *values, uint64_t address,
		    uint64_t *ret_contents);

void fdp_values_free(struct fdp_values *values);

#endif
