/* Dumps that the environment asks for: FDPRELOAD_DUMP_*. */
#ifndef FDP_PRELOAD_WISHES_H
#define FDP_PRELOAD_WISHES_H

/*
 * To be called when everything works.  What makes no sense is left out; the
 * daemon says so in its log.
 */
void fdp_wishes_fulfil(void);

#endif
