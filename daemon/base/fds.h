/* Descriptors of a process that has just been forked or started. */
#ifndef FDP_BASE_FDS_H
#define FDP_BASE_FDS_H

#include <stddef.h>

/* At most this many can be kept. */
#define FDP_KEEP_MAX 16

/*
 * Closes every descriptor but the COUNT in KEEP, which may be in any order,
 * repeated, or negative (not there).
 */
void fdp_close_all_but(const int *keep, size_t count);

#endif
