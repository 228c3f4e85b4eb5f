/*
 * Looks at a stack of a process that runs: several at once, which are compared.
 * What is checked, and why that is enough, is said in ARCHITECTURE.md.
 */
#ifndef FDP_CAPTURE_LOOKS_H
#define FDP_CAPTURE_LOOKS_H

#include "../chain.h"
#include "details.h"

/*
 * Copies of a stack that have to be equal, in one system call; another look,
 * the first, is some ten microseconds before them.
 */
#define FDP_LOOKS_COPIES 4

struct fdp_looks;

/*
 * What the looks have in common: all of them if that is the whole stack, else
 * the first one and those copies that hold a stack at all.
 */
struct fdp_look {
	bool whole, empty; /* all of it, and that is nothing */
	size_t outer;	   /* else: so many links at the end */
	uint64_t first;	   /* the frame of the first of these, 0: none */
};

/* NULL: no memory. */
struct fdp_looks *fdp_looks_new(pid_t pid, const struct fdp_stacks_ops *ops,
				void *reader);
void fdp_looks_free(struct fdp_looks *looks);

/*
 * Looks at STACK.  0; -EAGAIN, -EFAULT and the like if nothing that could be
 * said of it was there at once; -ENOMEM.
 */
int fdp_looks_look(struct fdp_looks *looks, struct fdp_details *details,
		   uint64_t stack, struct fdp_look *ret_look);

/*
 * Puts the stack that was looked at last into the memory of DETAILS.  With KEEP
 * it stays there.  0; -EAGAIN if that holds something else that it needs.
 */
int fdp_looks_put(struct fdp_looks *looks, struct fdp_details *details,
		  bool keep);

#endif
