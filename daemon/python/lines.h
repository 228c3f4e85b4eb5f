/*
 * Line tables: from the place in a code object's bytecode to the place in its
 * source.  Pure: a table is bytes, and may hold anything.
 */
#ifndef FDP_PYTHON_LINES_H
#define FDP_PYTHON_LINES_H

#include <stddef.h>
#include <stdint.h>

enum fdp_line_format {
	FDP_LINES_LNOTAB,	  /* co_lnotab, 3.6 to 3.9 */
	FDP_LINES_LNOTAB_FORWARD, /* of 2.7: lines never go back */
	FDP_LINES_RANGES,	  /* co_linetable of 3.10 */
	FDP_LINES_LOCATIONS,	  /* co_linetable of 3.11 and later */
};

/* Lines from 1, columns in UTF-8 bytes from 0, ends: last line, column after.
 */
struct fdp_position {
	int line, end_line, column, end_column; /* or FDP_UNKNOWN */
};

/*
 * The position of the instruction ADDRESS bytes into the bytecode of a code
 * object that begins at FIRST_LINE.  A negative ADDRESS (not started yet) is at
 * FIRST_LINE.
 *
 * 0; -ENOENT if the table has no line for it (CPython says None); -EBADMSG if
 * the table is broken before it.  *ret_position is FDP_UNKNOWN all over then.
 */
int fdp_lines_find(enum fdp_line_format format, const uint8_t *table,
		   size_t size, int first_line, int64_t address,
		   struct fdp_position *ret_position);

#endif
