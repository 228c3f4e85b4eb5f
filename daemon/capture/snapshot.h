/*
 * Ranges of memory that are copied from a process in as few system calls and as
 * little time as possible, into memory that was made ready before.
 */
#ifndef FDP_CAPTURE_SNAPSHOT_H
#define FDP_CAPTURE_SNAPSHOT_H

#include "../target.h"

struct fdp_snapshot;

/* NULL when memory is out. */
struct fdp_snapshot *fdp_snapshot_new(pid_t pid);

/* To be copied: SIZE bytes from ADDRESS.  0 or -ENOMEM. */
int fdp_snapshot_add(struct fdp_snapshot *snapshot, uint64_t address,
		     uint64_t size);

/*
 * Makes room for what was added and EXTRA bytes more, and touches it, so that
 * copying does not have to.  0 or -ENOMEM.
 */
int fdp_snapshot_prepare(struct fdp_snapshot *snapshot, uint64_t extra);

/* Copies.  What cannot be read is left out. */
void fdp_snapshot_take(struct fdp_snapshot *snapshot);

/* Puts what was copied into the page cache of TARGET.  0 or -errno. */
int fdp_snapshot_apply(const struct fdp_snapshot *snapshot,
		       struct fdp_target *target);

void fdp_snapshot_free(struct fdp_snapshot *snapshot);

#endif
