/*
 * The attributes of an instance, wherever this version of Python keeps them: a
 * dict, or values whose keys its class has.  Not those of __slots__, which are
 * members of its type.
 */
#ifndef FDP_PYTHON_ATTRIBUTES_H
#define FDP_PYTHON_ATTRIBUTES_H

#include "containers.h"
#include "types.h"

/*
 * Begins to walk over those of the object at ADDRESS, which is of TYPE.  0;
 * -ENOENT if it has none; -EBADMSG or -EFAULT.
 */
int fdp_attributes_begin(struct fdp_target *target,
			 const struct fdp_python_offsets *offsets,
			 uint64_t address, const struct fdp_type *type,
			 struct fdp_container *ret_dict);

/* The same for an object whose class a program has made: -EBADMSG if not. */
int fdp_attributes_of(struct fdp_target *target,
		      const struct fdp_python_offsets *offsets,
		      uint64_t address, struct fdp_container *ret_dict);

#endif
