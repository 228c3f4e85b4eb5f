#include "task_cycles.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "../base/util.h"

/* A task while all are gone through, depth first. */
struct visit {
	size_t next; /* of those that it awaits */
	enum { NEW, OPEN, CLOSED } state;
};

struct search {
	struct fdp_report *report;
	struct visit *visits; /* one for each task */
	size_t *path;	      /* those that are open, outermost first */
	size_t depth, capacity;
};

/* The path from the place at which TASK is to its end is a circle. */
static int add_cycle(struct search *search, size_t task)
{
	struct fdp_tasks *tasks = &search->report->tasks;
	struct fdp_arena *arena = &search->report->arena;
	struct fdp_task_cycle *cycles;
	struct fdp_task_cycle cycle = { 0 };
	size_t first = search->depth - 1;

	if (tasks->cycle_count == FDP_TASK_CYCLES_MAX) {
		fdp_report_missing(search->report,
				   "asyncio: only the first %d circles of "
				   "tasks are shown",
				   FDP_TASK_CYCLES_MAX);
		return 0;
	}
	while (search->path[first] != task)
		first--;
	cycle.count = search->depth - first;
	cycle.tasks = fdp_arena_array(arena, cycle.count, sizeof(*cycle.tasks));
	cycles = fdp_arena_grow(arena, tasks->cycles, tasks->cycle_count,
				&search->capacity, sizeof(*cycles));
	if (!cycle.tasks || !cycles)
		return -ENOMEM;
	for (size_t i = 0; i < cycle.count; i++)
		cycle.tasks[i] = search->path[first + i];
	tasks->cycles = cycles;
	tasks->cycles[tasks->cycle_count++] = cycle;
	return 0;
}

static void enter(struct search *search, size_t task)
{
	search->visits[task].state = OPEN;
	search->path[search->depth++] = task;
}

/* One step on from the end of the path.  0 or -ENOMEM. */
static int advance(struct search *search)
{
	size_t at = search->path[search->depth - 1];
	const struct fdp_task *task = &search->report->tasks.list[at];
	struct visit *visit = &search->visits[at];
	size_t next;

	if (visit->next == task->awaits_count) {
		visit->state = CLOSED;
		search->depth--;
		return 0;
	}
	next = task->awaits[visit->next++];
	if (search->visits[next].state == OPEN)
		return add_cycle(search, next);
	if (search->visits[next].state == NEW)
		enter(search, next);
	return 0;
}

int fdp_task_cycles_find(struct fdp_report *report)
{
	size_t count = report->tasks.count;
	_cleanup_free_ struct visit *visits =
		calloc(count + 1, sizeof(*visits));
	_cleanup_free_ size_t *path = calloc(count + 1, sizeof(*path));
	struct search search = { .report = report,
				 .visits = visits,
				 .path = path };
	int r = visits && path ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < count; i++) {
		if (visits[i].state != NEW)
			continue;
		enter(&search, i);
		while (r == 0 && search.depth > 0)
			r = advance(&search);
	}
	return r;
}
