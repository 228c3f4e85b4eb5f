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

/* What dladdr() says of an address. */
struct fdp_exported {
	uint64_t address; /* asked for */
	const char *name; /* as it stands in the table; NULL: none */
	uint64_t start;	  /* run-time address of that symbol */
};

/*
 * Fills in, for each of COUNT addresses in MODULE, the symbol whose code holds
 * it, as dladdr() chooses it: only what the module exports, of several at one
 * place the first.  Names are in ARENA; what is not found stays as it is.
 *
 * 0; -ENOENT if there is no DT_GNU_HASH; -errno if memory cannot be read.
 */
int fdp_dynamic_name(struct fdp_target *target, const struct fdp_module *module,
		     struct fdp_arena *arena, struct fdp_exported *exported,
		     size_t count);

#endif
