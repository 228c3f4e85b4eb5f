/*
 * Python's dict and set, walked over in the order in which they lie there: for
 * a dict that is the order of insertion, but in 2.7 that of its table.
 */
#ifndef FDP_PYTHON_CONTAINERS_H
#define FDP_PYTHON_CONTAINERS_H

#include <stdbool.h>

#include "../target.h"
#include "offsets.h"

/* Entries that are looked at of one dict or set. */
#define FDP_CONTAINER_MAX (1 << 20)

/*
 * Names that are looked through for one of them: sys.modules of the largest
 * programs has some thousands.
 */
#define FDP_NAMES_MAX 8192

/*
 * Attributes of one instance that share their keys with others: CPython's
 * SHARED_KEYS_MAX_SIZE of 3.11 and later is 30.
 */
#define FDP_SHARED_KEYS_MAX 32

struct fdp_container {
	struct fdp_target *target;
	uint64_t entries; /* address of the first one */
	uint64_t count;	  /* places, taken or not */
	uint64_t at;	  /* the next one */
	uint32_t size;	  /* bytes of one */
	uint32_t key;	  /* in it; the value stands behind it */
	/* A set of 2.7, where the hash of a key stands before it. */
	const struct fdp_python_offsets *old_set;
	uint64_t values; /* else here, by index; 0: they do */
	bool ordered;	 /* the places in the order of insertion: */
	uint8_t order[FDP_SHARED_KEYS_MAX];
};

/*
 * Where the items of the tuple at ADDRESS stand, and how many it says it has.
 * 0, -EBADMSG if there is none, or -EFAULT.
 */
int fdp_tuple_begin(struct fdp_target *target,
		    const struct fdp_python_offsets *offsets, uint64_t address,
		    uint64_t *ret_items, uint64_t *ret_count);

/* Begins to walk over the dict at ADDRESS.  0, -EBADMSG if there is none that
 * can be, or -EFAULT. */
int fdp_dict_begin(struct fdp_target *target,
		   const struct fdp_python_offsets *offsets, uint64_t address,
		   struct fdp_container *ret_dict);

/*
 * The same for attributes: a PyDictKeysObject at KEYS that several instances
 * share, and the values of one.
 */
int fdp_split_begin(struct fdp_target *target,
		    const struct fdp_python_offsets *offsets, uint64_t keys,
		    uint64_t values, struct fdp_container *ret_dict);

/* The same for a set or frozenset. */
int fdp_set_begin(struct fdp_target *target,
		  const struct fdp_python_offsets *offsets, uint64_t address,
		  struct fdp_container *ret_set);

/*
 * The next key, and the value if it is a dict (RET_VALUE may be NULL).  False
 * at the end, or where it cannot be read any more.
 */
bool fdp_container_next(struct fdp_container *container, uint64_t *ret_key,
			uint64_t *ret_value);

/*
 * The value whose key is the str NAME, which is ASCII, among the next
 * FDP_NAMES_MAX places of DICT.  0, or -ENOENT.
 */
int fdp_dict_find(struct fdp_container *dict,
		  const struct fdp_python_offsets *offsets, const char *name,
		  uint64_t *ret_value);

/*
 * The next entry of a dict whose keys are numbers from 0 to 2**61 - 2, which
 * are their own hashes.  False at the end, and where keys are something else.
 */
bool fdp_dict_next_number(struct fdp_container *dict, uint64_t *ret_number,
			  uint64_t *ret_value);

#endif
