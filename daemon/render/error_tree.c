#include "error_tree.h"

#include <errno.h>
#include <stdlib.h>

#include "../base/util.h"

/* From here on a queue takes the place of a recursion, and what is not shown
 * does not count as seen. */
#define MINOR_WITH_QUEUE 10

/* What is still to be looked at: a node, and which of its links (up to 3.9). */
struct task {
	int node;
	bool is_context;
};

struct build {
	const struct fdp_exceptions *exceptions;
	struct fdp_error_node *nodes;
	int count;
	bool *seen; /* by index of an exception */
	struct task *tasks;
	size_t task_count;
};

static const struct fdp_exception *exception_of(const struct build *build,
						int node)
{
	return &build->exceptions->list[build->nodes[node].exception];
}

static int make_node(struct build *build, int exception, int parent)
{
	if (build->count == FDP_ERROR_NODES_MAX)
		return FDP_UNKNOWN;
	build->nodes[build->count] = (struct fdp_error_node){
		.exception = exception,
		.parent = parent,
		.cause = FDP_UNKNOWN,
		.context = FDP_UNKNOWN,
	};
	build->seen[exception] = true;
	return build->count++;
}

/* A node for what a cause or context is, unless it was seen. */
static int make_link(struct build *build, int exception, int parent)
{
	return exception == FDP_UNKNOWN || build->seen[exception]
		       ? FDP_UNKNOWN
		       : make_node(build, exception, parent);
}

/* Each node is pushed once, with at most two tasks. */
static void push(struct build *build, int node, bool is_context)
{
	if (node != FDP_UNKNOWN)
		build->tasks[build->task_count++] =
			(struct task){ node, is_context };
}

static void make_members(struct build *build, int node)
{
	const struct fdp_exception *group = exception_of(build, node);

	build->nodes[node].members = build->count;
	for (size_t i = 0; i < group->member_count; i++) {
		if (make_node(build, group->members[i], FDP_UNKNOWN) ==
		    FDP_UNKNOWN)
			break;
		build->nodes[node].member_count++;
	}
}

/* 3.10 on: the last that was found comes first. */
static void build_queue(struct build *build)
{
	push(build, 0, false);
	while (build->task_count) {
		int node = build->tasks[--build->task_count].node;
		const struct fdp_exception *exception =
			exception_of(build, node);
		int cause = make_link(build, exception->cause, node);
		int context = FDP_UNKNOWN;

		if (cause == FDP_UNKNOWN && !exception->suppress_context)
			context = make_link(build, exception->context, node);
		build->nodes[node].cause = cause;
		build->nodes[node].context = context;
		make_members(build, node);
		push(build, cause, false);
		push(build, context, false);
		for (int i = 0; i < build->nodes[node].member_count; i++)
			push(build, build->nodes[node].members + i, false);
	}
}

/* Up to 3.9: all that hangs on the cause, then the context. */
static void build_recursion(struct build *build)
{
	push(build, 0, true);
	push(build, 0, false);
	while (build->task_count) {
		struct task task = build->tasks[--build->task_count];
		const struct fdp_exception *exception =
			exception_of(build, task.node);
		int link = make_link(build,
				     task.is_context ? exception->context
						     : exception->cause,
				     task.node);

		if (!task.is_context)
			build->nodes[task.node].cause = link;
		else if (!exception->suppress_context &&
			 build->nodes[task.node].cause == FDP_UNKNOWN)
			build->nodes[task.node].context = link;
		push(build, link, true);
		push(build, link, false);
	}
}

int fdp_error_tree_build(const struct fdp_exceptions *exceptions, int root,
			 int minor, struct fdp_error_tree *ret_tree)
{
	_cleanup_free_ struct fdp_error_node *nodes =
		calloc(FDP_ERROR_NODES_MAX, sizeof(*nodes));
	_cleanup_free_ bool *seen = calloc(exceptions->count, sizeof(*seen));
	_cleanup_free_ struct task *tasks =
		calloc(2 * (size_t)FDP_ERROR_NODES_MAX, sizeof(*tasks));
	struct build build = {
		.exceptions = exceptions,
		.nodes = nodes,
		.seen = seen,
		.tasks = tasks,
	};

	if (!nodes || !seen || !tasks)
		return -ENOMEM;
	make_node(&build, root, FDP_UNKNOWN);
	if (minor < MINOR_WITH_QUEUE)
		build_recursion(&build);
	else
		build_queue(&build);
	ret_tree->nodes = TAKE_PTR(nodes);
	ret_tree->count = build.count;
	return 0;
}

void fdp_error_tree_done(struct fdp_error_tree *tree)
{
	free(tree->nodes);
	*tree = (struct fdp_error_tree){ NULL, 0 };
}
