/*
 * Which exceptions the traceback module shows for one, and how they hang
 * together: it shows no exception twice, but which of two places it leaves out
 * depends on the order in which that version goes through them.
 */
#ifndef FDP_RENDER_ERROR_TREE_H
#define FDP_RENDER_ERROR_TREE_H

#include "../report.h"

/*
 * Nodes of one tree.  A member of a group is shown wherever it is one, so
 * groups that share members could make a tree without end.
 */
#define FDP_ERROR_NODES_MAX 4096

/* Other nodes are indexes, or FDP_UNKNOWN. */
struct fdp_error_node {
	int exception;	    /* in the list of the thread */
	int parent;	    /* which has it as a cause or context */
	int cause, context; /* at most one of them is shown */
	int members, member_count;
};

struct fdp_error_tree {
	struct fdp_error_node *nodes; /* malloc'ed; the first is the root */
	int count;
};

/*
 * What traceback.format_exception() of 3.MINOR shows for the exception at index
 * ROOT.  0 or -ENOMEM.
 */
int fdp_error_tree_build(const struct fdp_exceptions *exceptions, int root,
			 int minor, struct fdp_error_tree *ret_tree);

void fdp_error_tree_done(struct fdp_error_tree *tree);

#endif
