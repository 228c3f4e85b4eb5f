/*
 * What the kernel calls a thread, where no registers tell which one it is:
 * Python knows it by its pthread_t or, from 3.11 on, by the number that it has
 * for itself, which in a container is another one than ours.
 */
#ifndef FDP_PYTHON_THREAD_IDS_H
#define FDP_PYTHON_THREAD_IDS_H

#include "../chain.h"
#include "../target.h"

/* The number of THREAD as the process knows it; its tid if that is unknown. */
pid_t fdp_thread_own_id(struct fdp_target *target,
			const struct fdp_thread *thread);

/*
 * The same number as glibc has it in the struct pthread at POINTER, or 0.
 * Whoever asks compares it with those that there are.
 */
pid_t fdp_pthread_own_id(struct fdp_target *target, uint64_t pointer);

/*
 * Reads of MEMORY what fdp_pthread_own_id() will want, so that it is copied
 * with the stack of a thread that may end soon.  0 or -errno.
 */
int fdp_pthread_touch(const struct fdp_memory *memory, uint64_t pointer);

#endif
