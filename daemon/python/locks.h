/*
 * The lock objects of CPython: `_thread.lock` and `_thread.RLock`, 3.8 to 3.13.
 * Each has a semaphore of libc of its own, and a thread that waits for the lock
 * waits for that.
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

#endif
