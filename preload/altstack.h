/*
 * Alternate signal stacks with a guard page, one for each thread, so that a
 * thread which has used up its own stack can still be reported.
 */
#ifndef FDP_PRELOAD_ALTSTACK_H
#define FDP_PRELOAD_ALTSTACK_H

/* Bytes below the top that no signal frame uses: the owner's. */
#define FDP_ALTSTACK_RESERVED 64

/* A stack that no thread uses: the address above its last byte, or NULL. */
void *fdp_altstack_new(void);

/* Gives a stack back. */
void fdp_altstack_free(void *top);

/*
 * Makes it the calling thread's, unless the thread has one already.  0, or
 * -errno (-EEXIST).
 */
int fdp_altstack_use(void *top);

/* The calling thread has no alternate stack any more, if TOP was its. */
void fdp_altstack_leave(void *top);

#endif
