/*
 * What is said of the frames of stacks that nobody stopped: names and lines,
 * which are known by code objects; and one memory out of all that was read at
 * different moments.
 *
 * The memory (the page cache of a target) may hold only what was there at once
 * for each stack.  What a stack that is done needs is *kept*, and never changed
 * again.
 */
#ifndef FDP_CAPTURE_DETAILS_H
#define FDP_CAPTURE_DETAILS_H

#include "../chain.h"
#include "ranges.h"

struct fdp_details;

/* NULL: no memory.  All is borrowed. */
struct fdp_details *fdp_details_new(struct fdp_target *target,
				    const struct fdp_stacks_ops *ops,
				    void *reader);
void fdp_details_free(struct fdp_details *details);

/*
 * Reads of the process what is to be said of the links of CHAIN, unless that is
 * known, and adds to RANGES where it lies.  0; -EBADMSG if one has no code
 * object; -EAGAIN if something is kept that is not so any more; -ENOMEM.
 */
int fdp_details_want(struct fdp_details *details, const struct fdp_chain *chain,
		     struct fdp_ranges *ranges);

/* What is known of the links of CHAIN is not so any more. */
void fdp_details_forget(struct fdp_details *details,
			const struct fdp_chain *chain);

/*
 * Makes the bytes of a range what the memory holds.  0; -EAGAIN if something
 * else is kept there; another -errno.
 */
int fdp_details_put(struct fdp_details *details, uint64_t address,
		    const uint8_t *bytes, size_t size);

/* True if the memory holds BYTES in the range. */
bool fdp_details_same(struct fdp_details *details, uint64_t address,
		      const uint8_t *bytes, size_t size);

/* Keeps what RANGES hold, from now on. */
void fdp_details_keep(struct fdp_details *details,
		      const struct fdp_ranges *ranges);

#endif
