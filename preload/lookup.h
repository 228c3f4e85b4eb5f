/*
 * Symbols of loaded objects, found without dlsym: on glibc before 2.34 that
 * is in a library a program may not have, and its version there would make our
 * own loading fail.
 */
#ifndef FDP_PRELOAD_LOOKUP_H
#define FDP_PRELOAD_LOOKUP_H

#include <stdbool.h>

/* The address of NAME in any loaded object, its default version; or NULL. */
void *fdp_lookup(const char *name);

/* The address of NAME in an object that comes after the shim; or NULL. */
void *fdp_lookup_next(const char *name);

/* The path of the shim itself, as it was loaded; "" if it is not known. */
const char *fdp_lookup_self(void);

#endif
