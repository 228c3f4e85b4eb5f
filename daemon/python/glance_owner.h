/* Who has what a thread waits for, where memory says so. */
#ifndef FDP_PYTHON_GLANCE_OWNER_H
#define FDP_PYTHON_GLANCE_OWNER_H

#include <sys/types.h>

#include "../target.h"
#include "glance_offsets.h"
#include "offsets.h"

/*
 * The thread that has the pthread_mutex_t whose word at ADDRESS is waited for
 * with the futex operation OPERATION; 0: it is none, or nobody's.
 */
pid_t fdp_glance_mutex_owner(struct fdp_target *target, uint64_t address,
			     uint64_t operation);

struct fdp_glance_search {
	struct fdp_target *target;
	const struct fdp_python_offsets *offsets;
	const struct fdp_glance_offsets *more;
	uint64_t *type; /* PyRLock_Type; 0: not known yet */
	uint64_t lock;	/* what is waited for */
};

/*
 * The pthread_t of the thread that has the threading.RLock for whose lock the
 * thread of the PyThreadState at STATE waits.  0 or -ENOENT.
 */
int fdp_glance_find_lock(struct fdp_glance_search *search, uint64_t state,
			 uint64_t *ret_owner);

#endif
