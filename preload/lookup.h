/*
 * Symbols of loaded objects, found without dlsym: on glibc before 2.34 that
 * is in a library a program may not have, and its version there would make our
 * own loading fail.
 *
 * Takes no lock where it can: a thread that holds the loader's may have been
 * forked away.  It reads the loader's list as a debugger does, and of that only
 * the objects which the program started with, since those are never unloaded.
 */
#ifndef FDP_PRELOAD_LOOKUP_H
#define FDP_PRELOAD_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fdp_wanted {
	const char *name;
	void *address; /* NULL: not found (yet) */
	uint32_t hash; /* lookup.c's own; 0: not computed yet */
};

/*
 * Fills in the addresses that are NULL, with the default version of each name
 * in the first object behind the shim that has it, in one walk.  Any number of
 * threads may do that with one table at a time: all find the same.
 */
void fdp_lookup_all(struct fdp_wanted *table, size_t count);

/*
 * The same for one name.  Also found in what was loaded later (libpthread of
 * an old glibc, with a plug-in); for that the loader's lock is taken.
 */
void *fdp_lookup_next(const char *name);

/* The address of NAME in any object of the start but the shim; or NULL. */
void *fdp_lookup(const char *name);

/* That of COUNT names which an object of the start defines; or NULL. */
#define FDP_LOOKUP_ANY_MAX 8
const char *fdp_lookup_any(const char *const *names, size_t count);

/* To be called once in the constructor: the start ends here. */
void fdp_lookup_started(void);

/* The path of the shim itself, as it was loaded; "" if it is not known. */
const char *fdp_lookup_self(void);

#endif
