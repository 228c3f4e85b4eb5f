/*
 * Symbols of a module as the dynamic linker sees them: in memory, so that it
 * needs no file, which may be replaced, deleted, or closed to us.
 */
#ifndef FDP_NATIVE_DYNAMIC_H
#define FDP_NATIVE_DYNAMIC_H

#include "../report.h"
#include "../target.h"

/*
 * The run-time address and size of the defined symbol NAME in MODULE's
 * DT_GNU_HASH.  0; -ENOENT if it has none, or no such table; -errno if its
 * memory cannot be read.
 */
int fdp_dynamic_symbol(struct fdp_target *target,
		       const struct fdp_module *module, const char *name,
		       uint64_t *ret_address, uint64_t *ret_size);

#endif
