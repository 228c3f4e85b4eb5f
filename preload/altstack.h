/*
 * Alternate signal stacks with a guard page, one for each thread, so that a
 * thread which has used up its own stack can still be reported.
 */
#ifndef FDP_PRELOAD_ALTSTACK_H
#define FDP_PRELOAD_ALTSTACK_H

/*
 * The kernel's frame takes 3.4 KiB with AVX-512 (and more with AMX), our
 * handler under 8 KiB, and an application's own handler may run here too.
 */
#define FDP_ALTSTACK_SIZE (64 * 1024)

/* A stack that no thread uses: the address above its last byte, or NULL. */
void *fdp_altstack_new(void);

/* Gives a stack back. */
void fdp_altstack_free(void *top);

/* Makes it the calling thread's; a new thread has none.  0 or -errno. */
int fdp_altstack_use(void *top);

/* The same, unless the thread has one already: then -EEXIST. */
int fdp_altstack_offer(void *top);

/* The calling thread has no alternate stack any more, if TOP was its. */
void fdp_altstack_leave(void *top);

#endif
