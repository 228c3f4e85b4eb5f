/* What the parts share that read greenlets: greenlets.c. */
#ifndef FDP_PYTHON_GREENLETS_INTERNAL_H
#define FDP_PYTHON_GREENLETS_INTERNAL_H

#include "greenlet_offsets.h"
#include "greenlets.h"
#include "types.h"

/* Classes that stand above one: a few, and in a circle no end. */
#define FDP_GREENLET_BASES_MAX 64

/* Which library it is. */
struct fdp_greenlet_library {
	int major;	/* of its version */
	uint64_t class; /* greenlet.greenlet, the address of that type */
};

struct fdp_greenlet_reader {
	struct fdp_target *target;
	struct fdp_report *report;
	const struct fdp_python_offsets *offsets;
	const struct fdp_greenlet_offsets *objects;
	struct fdp_greenlet_library library;
	struct fdp_frame_reader *frames;
	struct fdp_python *python;
	struct fdp_types *types;
	uint32_t head;		 /* bytes of what each object begins with */
	struct fdp_table places; /* of one in the list, by address, from 1 on */
	struct fdp_greenlet *list;
	size_t count, capacity, limit;
	size_t frames_left;
	size_t odd; /* that are not what they should be */
};

/* A word of the object at ADDRESS; 0 if there is none, or no such field. */
uint64_t fdp_greenlet_word(const struct fdp_greenlet_reader *reader,
			   uint64_t address, uint32_t field);

/*
 * greenlet_fields.c: whether there is a greenlet at ADDRESS which has not
 * ended. 1, 0, -ENOENT if it is something else, -EBADMSG and the like if it is
 * damaged.
 */
int fdp_greenlet_lives(struct fdp_greenlet_reader *reader, uint64_t address);

/*
 * greenlet_fields.c: all of *GREENLET but its parent's place, whose address is
 * given back, or 0.  0 or -ENOMEM.
 */
int fdp_greenlet_read_fields(struct fdp_greenlet_reader *reader,
			     struct fdp_greenlet *greenlet,
			     uint64_t *ret_parent);

/* Why there may be more than were found, as bits. */
enum fdp_greenlet_doubt {
	FDP_GREENLETS_BROKEN = 1,     /* a list could not be read to its end */
	FDP_GREENLETS_FULL = 2,	      /* a limit of the search was reached */
	FDP_GREENLETS_COLLECTING = 4, /* objects may have been off the lists */
	FDP_GREENLETS_MANY = 8,	      /* more than FDP_GREENLETS_MAX */
};

/* What is found of the process: addresses, malloc'ed, newest first. */
struct fdp_greenlet_finds {
	uint64_t *addresses;
	size_t count, capacity;
	unsigned doubts;
	size_t objects; /* that were looked at */
};

/*
 * greenlet_find.c: whether the library is loaded, and which one it is.  1; 0:
 * it is not, or (which is said) it cannot be read.
 */
int fdp_greenlets_know(struct fdp_greenlet_reader *reader);

/*
 * greenlet_find.c: where the greenlets are.  The answer is noted as the fact
 * python/greenlets: doubts and the number of objects, then an address on each
 * line, newest first, all in hex.  0 or -ENOMEM.
 */
int fdp_greenlets_find(struct fdp_greenlet_reader *reader,
		       struct fdp_greenlet_finds *finds);

/*
 * greenlet_scan.c: looks for objects of the library's class, or one below it,
 * in the lists of the collector.  finds->addresses is to be freed.  0 or
 * -ENOMEM.
 */
int fdp_greenlets_scan(const struct fdp_greenlet_reader *reader,
		       struct fdp_greenlet_finds *finds);

#endif
