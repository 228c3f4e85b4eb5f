/*
 * Which function, and which inlined calls in it, DWARF says an address is in.
 *
 * libdw's dwarf_getscopes() does the same by recursion, as deep as the file
 * claims its scopes to be; this does it in bounded steps.
 */
#ifndef FDP_NATIVE_SCOPES_H
#define FDP_NATIVE_SCOPES_H

#include <elfutils/libdw.h>
#include <stddef.h>

/* Inlined calls in one another; compilers stop at a few dozen. */
#define FDP_INLINED_MAX 64

struct fdp_scopes {
	Dwarf_Die function;		    /* the one with code of its own */
	Dwarf_Die inlined[FDP_INLINED_MAX]; /* outermost first */
	size_t inlined_count;
};

/* 0, or -ENOENT if no function of the unit holds ADDRESS, as in the file. */
int fdp_scopes_find(Dwarf_Die *unit, Dwarf_Addr address,
		    struct fdp_scopes *ret_scopes);

#endif
