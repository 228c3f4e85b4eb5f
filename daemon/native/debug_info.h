/*
 * Function, source line and inlined calls of an address, from the files of the
 * modules, by elfutils.
 */
#ifndef FDP_NATIVE_DEBUG_INFO_H
#define FDP_NATIVE_DEBUG_INFO_H

#include "../report.h"
#include "../target.h"

/* One frame at an address; unknown strings are NULL. */
struct fdp_symbol {
	const char *function; /* readable */
	uint64_t offset;      /* from its start; 0 if inlined */
	const char *file;
	int line; /* or FDP_UNKNOWN */
	bool inlined;
};

struct fdp_debug_info;

/* For the modules of REPORT, which must stay as they are.  0 or -ENOMEM. */
int fdp_debug_info_new(struct fdp_target *target, struct fdp_report *report,
		       struct fdp_debug_info **ret_info);
void fdp_debug_info_free(struct fdp_debug_info *info);

/*
 * What stands at ADDRESS in MODULE, innermost first, in ARENA: the inlined
 * calls, then the function that holds their code.  A file that is not there, or
 * is not the one that is mapped, is told to the report.
 *
 * 0; -ENOENT if nothing is known; -ENOMEM.
 */
int fdp_debug_info_find(struct fdp_debug_info *info,
			const struct fdp_module *module, uint64_t address,
			struct fdp_arena *arena,
			struct fdp_symbol **ret_symbols, size_t *ret_count);

#endif
