/* Alternate stacks for the main thread and every pthread. */
#ifndef FDP_PRELOAD_THREADS_H
#define FDP_PRELOAD_THREADS_H

/* Gives the calling (main) thread its stack, and prepares for others. */
int fdp_threads_init(void);

#endif
