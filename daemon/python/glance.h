/*
 * One look at a process that runs: what is compared of its threads and of its
 * interpreter, and no more.  Pure: only fdp_target_read*() and facts.
 */
#ifndef FDP_PYTHON_GLANCE_H
#define FDP_PYTHON_GLANCE_H

#include "../analysis/sight.h"
#include "../target.h"

/*
 * Innermost frames of a thread that are looked at.  What moves, moves there; a
 * callback of an event loop is seldom more than a hundred frames above it.
 */
#define FDP_GLANCE_FRAMES_MAX 256

/* Of all threads together: a look is to cost milliseconds. */
#define FDP_GLANCE_ALL_FRAMES_MAX 32768

/* What does not change of the process. */
struct fdp_glance;

/*
 * Finds Python in TARGET, which has mappings, and is not kept.  0; -ENOENT if
 * there is none, or none that can be read; -ENOTSUP if that version is not
 * looked at (glance_offsets.h); -ENOMEM.
 */
int fdp_glance_new(struct fdp_target *target, struct fdp_glance **ret_glance);

/*
 * Looks, in TARGET, of the same process and with nothing in it but the numbers
 * of its threads, ascending.  *ret_look is malloc'ed; the time is for the
 * caller to set.  0; -ENOMEM; -ESRCH and the like if the process cannot be
 * asked any more.
 */
int fdp_glance_take(struct fdp_glance *glance, struct fdp_target *target,
		    struct fdp_sight **ret_look);

void fdp_sight_free(struct fdp_sight *look);

void fdp_glance_free(struct fdp_glance *glance);

#endif
