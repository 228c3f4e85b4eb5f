/*
 * struct _Py_DebugOffsets, which fields are put into the middle of with each
 * version: a description for each.  Only debug_offsets.c needs it, and the test
 * that compares it with the headers.
 */
#ifndef FDP_PYTHON_DEBUG_LAYOUTS_H
#define FDP_PYTHON_DEBUG_LAYOUTS_H

#include <stddef.h>
#include <stdint.h>

#include "offsets.h"

/* One field: where the struct tells it, and where our table has it. */
struct fdp_debug_field {
	uint16_t at;	/* in the struct: the offset */
	uint16_t in;	/* in the struct: the size of the object it is in */
	uint16_t width; /* of the field itself */
	uint16_t to;	/* in struct fdp_python_offsets */
};

struct fdp_debug_layout {
	int minor;
	size_t size;
	const struct fdp_debug_field *fields;
	size_t field_count;
	/* Places of what our table has the sum or the difference of. */
	uint16_t interpreter_size, gc, gc_collecting;
	uint16_t gil_state, gil_locked, gil_holder;
	uint16_t ascii_size;
};

/* That of 3.MINOR, or NULL. */
const struct fdp_debug_layout *fdp_debug_layout(int minor);

#endif
