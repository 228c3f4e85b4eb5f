/*
 * Python's numbers as repr() writes them.
 */
#ifndef FDP_PYTHON_NUMBERS_H
#define FDP_PYTHON_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

#include "../target.h"
#include "offsets.h"
#include "writer.h"

/*
 * Decimal digits of an integer: what Python itself writes of one unless it was
 * told otherwise (sys.int_info.default_max_str_digits).  Of a larger one its
 * bits are counted.
 */
#define FDP_INTEGER_DIGITS_MAX 4300

/*
 * The int at ADDRESS, or a bool if IS_BOOL.  Adds to *COST what is to be paid
 * for it.  0; -EBADMSG or -EFAULT, and nothing is written, if it cannot be one.
 */
int fdp_integer_write(struct fdp_target *target,
		      const struct fdp_python_offsets *offsets,
		      uint64_t address, bool is_bool, uint64_t *cost,
		      struct fdp_writer *writer);

/* A float, and the two of a complex. */
void fdp_real_write(double value, struct fdp_writer *writer);
void fdp_complex_write(double real, double imaginary,
		       struct fdp_writer *writer);

#endif
