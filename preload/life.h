/*
 * Telling the daemon that somebody lives who has no socket to it any more.
 */
#ifndef FDP_PRELOAD_LIFE_H
#define FDP_PRELOAD_LIFE_H

/*
 * Maps a page of a new memfd, shared, for as long as this process and the
 * children that it forks live.  The daemon that is given the descriptor can
 * seal it against writing only when all of them are gone.
 *
 * Returns the descriptor, close-on-exec, which the caller closes once it is
 * sent; or -errno.
 */
int fdp_life_begin(void);

/* Undoes fdp_life_begin(); harmless without it. */
void fdp_life_end(void);

#endif
