/*
 * Stacks of a process that nobody stops: the seam between capture, which copies
 * memory and sees what has moved meanwhile, and Python's reader, which knows
 * what a stack is made of.
 *
 * A *stack* is known by an address that is its for life (a PyThreadState).  Its
 * *chain* is all that two looks at it are compared by.
 */
#ifndef FDP_CHAIN_H
#define FDP_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "target.h"

/* A frame, or what only stands between frames: then CODE is 0. */
struct fdp_link {
	uint64_t frame, code, instruction;
};

/* Most recent call first. */
struct fdp_chain {
	struct fdp_link *links; /* malloc'ed */
	size_t count, capacity;
};

/* Memory as it was at one moment, or is now. */
struct fdp_memory {
	/* Exactly SIZE bytes from ADDRESS: 0, -EFAULT or another -errno. */
	int (*read)(void *argument, uint64_t address, void *buffer,
		    size_t size);
	void *argument;
};

struct fdp_stacks_ops {
	/*
	 * Reads of TARGET, while it runs, all that will be wanted of it but
	 * stacks.  0 and a reader; -ENOENT if there are no stacks; -ENOMEM.
	 */
	int (*open)(struct fdp_target *target, void **ret_reader);

	/*
	 * The stacks that TARGET, for which the reader was opened or which is
	 * a fresh view of the same process, has: malloc'ed.  *RET_WHOLE is
	 * false if the list changed meanwhile.  How many, or -ENOMEM.
	 */
	ssize_t (*list)(void *reader, struct fdp_target *target,
			uint64_t **ret_stacks, bool *ret_whole);

	/*
	 * Walks over STACK into *CHAIN, whose array is used again.  0 only if
	 * it was whole: each frame is one that is executed, and the last one is
	 * where the thread began.  -EBADMSG, -EFAULT and the like if not;
	 * -ENOMEM.
	 */
	int (*walk)(void *reader, const struct fdp_memory *memory,
		    uint64_t stack, struct fdp_chain *chain);

	/*
	 * Reads of TARGET all that is said of LINK, which has a code object: 0;
	 * -EBADMSG if it has none; -ENOMEM.
	 */
	int (*describe)(void *reader, struct fdp_target *target,
			const struct fdp_link *link);

	void (*close)(void *reader);
};

#endif
