/*
 * Where 2.7 and 3.6, which have no _PyRuntime, keep what a reader begins with.
 */
#ifndef FDP_PYTHON_ROOTS_H
#define FDP_PYTHON_ROOTS_H

#include "../report.h"
#include "../target.h"
#include "offsets.h"

/* Addresses of variables; 0: not known. */
struct fdp_roots {
	uint64_t current_thread, finalizing, collecting, importing;
};

/* Ways to the list of interpreters, best first. */
enum fdp_root_way {
	FDP_ROOT_EXPORTED, /* the instruction of PyInterpreterState_Head() */
	FDP_ROOT_SYMBOL,   /* the file's own symbol table */
	FDP_ROOT_CURRENT,  /* from the thread that is running, if one is */
	FDP_ROOT_WAYS,
};

/* True if MODULE exports the function that only an interpreter has. */
bool fdp_roots_exported(struct fdp_target *target,
			const struct fdp_module *module);

/*
 * True if the 2.7 in MODULE has characters of two bytes: its functions on
 * unicode objects are called PyUnicodeUCS2_..., and not PyUnicodeUCS4_....
 */
bool fdp_roots_is_narrow(struct fdp_target *target,
			 const struct fdp_module *module);

/*
 * The address at which the address of the newest interpreter stands, found in
 * WAY.  Nothing has been read there yet.  0 or -errno.
 */
int fdp_roots_interpreters(struct fdp_target *target,
			   const struct fdp_module *module,
			   const struct fdp_python_offsets *offsets,
			   enum fdp_root_way way, uint64_t *ret_address);

/* The variables beside it. */
void fdp_roots_find(struct fdp_target *target, const struct fdp_module *module,
		    const struct fdp_python_offsets *offsets,
		    struct fdp_roots *ret_roots);

#endif
