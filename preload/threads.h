/* Alternate stacks for the main thread and every pthread. */
#ifndef FDP_PRELOAD_THREADS_H
#define FDP_PRELOAD_THREADS_H

/* Gives the calling (main) thread its stack, and prepares for others. */
int fdp_threads_init(void);

/* Nobody is watched after all: as it was, also where the above has failed. */
void fdp_threads_undo(void);

/*
 * What the program was started with blocked is from now on blocked in name; the
 * handlers have to be there.
 */
void fdp_threads_take_mask(void);

#endif
