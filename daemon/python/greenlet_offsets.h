/*
 * Where the greenlet library keeps things, and the collector its lists of
 * objects: one table per version of Python, as data.
 *
 * greenlet has no header that says it: up to 1.x all is in the object itself,
 * from 2.0 on in an object of C++ that it points to, whose classes are in
 * src/greenlet/ (greenlet_greenlet.hpp, later TGreenlet.hpp).  Compared with
 * objects of the library itself by tests/e2e/greenlet_cases.py.
 */
#ifndef FDP_PYTHON_GREENLET_OFFSETS_H
#define FDP_PYTHON_GREENLET_OFFSETS_H

#include "offsets.h"

/* Lists that have all objects of the collector: three, and the frozen ones. */
#define FDP_GENERATIONS 4
#define FDP_FROZEN 3 /* the last */

struct fdp_greenlet_offsets {
	int minor;
	/*
	 * The list heads, counted from the word that says that it collects
	 * (runtime.gc_collecting or interpreter.gc_collecting), backwards; from
	 * one to the next; and from the first to that of the frozen objects.
	 */
	uint32_t before_collecting, generation_size, frozen;
	uint32_t head; /* of each object, before it: next, previous, ... */
	/* Of the object of C++, sizes of its parts. */
	uint32_t exceptions;
	uint32_t rest; /* of the state of Python, behind the frame */
};

/* NULL: there is no such list, or it is not known. */
const struct fdp_greenlet_offsets *
fdp_greenlet_offsets_of(const struct fdp_python_offsets *offsets);

/* Offset of list INDEX from the word that says that it collects. */
int64_t fdp_greenlet_generation(const struct fdp_greenlet_offsets *offsets,
				int index);

/* What is in a greenlet, or in what it points to. */
struct fdp_greenlet_layout {
	uint32_t self;	 /* the greenlet's address; FDP_ABSENT: nowhere */
	uint32_t start;	 /* of its C stack, 0: it has none; */
	uint32_t stop;	 /* where that ends, 0: it has not begun, */
			 /* all bits set: it is a main one */
	uint32_t copy;	 /* bytes of it that are elsewhere, */
	uint32_t saved;	 /* and how many */
	uint32_t frame;	 /* the newest one; NULL while it runs */
	uint32_t parent; /* not of a main one */
	uint32_t run;	 /* what it calls first, not of a main one */
	uint32_t thread; /* of a main one: NULL when its thread is gone */
	uint32_t size;	 /* of all that is read */
};

/* Bytes that are read of any. */
#define FDP_GREENLET_SIZE_MAX 256

/* Up to 1.x, by the size of an object's head. */
struct fdp_greenlet_layout fdp_greenlet_layout_c(uint32_t head);

/* From 2.0 on; LATE: with a word for the greenlet's address near its start. */
struct fdp_greenlet_layout
fdp_greenlet_layout_cpp(const struct fdp_greenlet_offsets *offsets, bool late);

#endif
