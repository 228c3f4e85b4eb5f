/*
 * The classes of 2.7 that are no types (`class Old:`): all their instances are
 * of one type, and name the class.
 */
#ifndef FDP_PYTHON_CLASSIC_H
#define FDP_PYTHON_CLASSIC_H

#include "../base/arena.h"
#include "../target.h"
#include "offsets.h"

/* Classes that are looked at for one attribute, bases of bases among them. */
#define FDP_CLASSIC_BASES_MAX 64

struct fdp_classic_names {
	const char *module; /* its __module__; NULL: it has none */
	const char *name;
};

/*
 * Those of the class object at ADDRESS, in ARENA.  0; -EBADMSG if it is none,
 * -EFAULT and the like; or -ENOMEM.
 */
int fdp_classic_class_names(struct fdp_target *target,
			    const struct fdp_python_offsets *offsets,
			    uint64_t address, struct fdp_arena *arena,
			    struct fdp_classic_names *ret_names);

/* The same of the class of the instance at ADDRESS; *RET_CLASS is that. */
int fdp_classic_instance_names(struct fdp_target *target,
			       const struct fdp_python_offsets *offsets,
			       uint64_t address, struct fdp_arena *arena,
			       uint64_t *ret_class,
			       struct fdp_classic_names *ret_names);

/*
 * True if the class at ADDRESS, or one that it comes from, has one of the
 * attributes NAMES, which NULL ends; or if that cannot be told.
 */
bool fdp_classic_class_has(struct fdp_target *target,
			   const struct fdp_python_offsets *offsets,
			   uint64_t address, const char *const *names);

#endif
