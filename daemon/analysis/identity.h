/*
 * Whose a thread id or a pthread_t is, that was found in the memory of the
 * process.  A process in a pid namespace of its own knows its threads under
 * other numbers than we do (NSpid in /proc).
 */
#ifndef FDP_ANALYSIS_IDENTITY_H
#define FDP_ANALYSIS_IDENTITY_H

#include "../target.h"

struct fdp_identities;

/* Of the threads of TARGET, which has to outlive it.  0 or -ENOMEM. */
int fdp_identities_new(struct fdp_target *target,
		       struct fdp_identities **ret_identities);
void fdp_identities_free(struct fdp_identities *identities);

/* By the number under which the process itself knows it; or NULL. */
const struct fdp_thread *
fdp_identity_by_own_tid(const struct fdp_identities *identities, uint64_t tid);

/* By pthread_t; or NULL. */
const struct fdp_thread *
fdp_identity_by_pointer(const struct fdp_identities *identities,
			uint64_t pointer);

/* The kernel's name of thread TID; or NULL. */
const char *fdp_identity_name(const struct fdp_identities *identities,
			      pid_t tid);

/* True if the process has other numbers than we do. */
bool fdp_identities_are_mapped(const struct fdp_identities *identities);

#endif
