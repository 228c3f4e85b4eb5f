/*
 * A hash table from a pair of numbers (addresses, mostly) to a pointer that it
 * does not own.  Grows by itself; nothing is ever removed.
 */
#ifndef FDP_PYTHON_TABLE_H
#define FDP_PYTHON_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct fdp_table_slot;

/* All zero is empty. */
struct fdp_table {
	struct fdp_table_slot *slots;
	size_t slot_count; /* 0 or a power of two */
	size_t used;
};

/* What was put in under (FIRST, SECOND), or NULL. */
void *fdp_table_find(const struct fdp_table *table, uint64_t first,
		     uint64_t second);

/*
 * Puts VALUE, which is not NULL, in under (FIRST, SECOND).  1; 0 if something
 * is there already, which stays; -ENOMEM.
 */
int fdp_table_add(struct fdp_table *table, uint64_t first, uint64_t second,
		  void *value);

/* Empties the table. */
void fdp_table_done(struct fdp_table *table);

#endif
