/*
 * The lock objects of CPython: `_thread.lock` and `_thread.RLock`, 3.8 to 3.15.
 *
 * Up to 3.12 each has a semaphore of libc of its own, and a thread that waits
 * for the lock waits for that; so do RLocks of 3.13.  Later ones are a PyMutex,
 * and a thread that waits is parked: at a semaphore on its own stack, with the
 * address of the mutex beside it.
 */
#ifndef FDP_PYTHON_LOCKS_H
#define FDP_PYTHON_LOCKS_H

#include "../target.h"
#include "offsets.h"

enum fdp_python_lock_kind {
	FDP_PYTHON_NO_LOCK,
	FDP_PYTHON_LOCK,  /* has no owner: anybody may release it */
	FDP_PYTHON_RLOCK, /* is its owner's */
};

struct fdp_python_lock {
	enum fdp_python_lock_kind kind;
	uint64_t address; /* of the object */
	/*
	 * pthread_t of who holds it; 0: nobody, or it was not read together
	 * with everything else.
	 */
	uint64_t owner;
};

/*
 * How much of a stack is searched: from the system call to the evaluation of
 * Python code lie 300 to 900 bytes in all builds that were looked at.
 */
#define FDP_PYTHON_LOCK_STACK 4096

/*
 * Of the SIZE bytes (at most FDP_PYTHON_LOCK_STACK) of stack at ADDRESS, the
 * first word that points to a lock whose semaphore is SEMAPHORE.
 */
struct fdp_python_lock
fdp_python_lock_find(struct fdp_target *target,
		     const struct fdp_python_offsets *offsets, uint64_t address,
		     size_t size, uint64_t semaphore);

/*
 * The lock that a thread is parked for which waits for the semaphore at
 * SEMAPHORE, an address on its own stack.
 */
struct fdp_python_lock
fdp_python_lock_parked(struct fdp_target *target,
		       const struct fdp_python_offsets *offsets,
		       uint64_t semaphore);

#endif
