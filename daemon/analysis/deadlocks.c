#include "deadlocks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "../python/table.h"

#define NOBODY SIZE_MAX

struct graph {
	struct fdp_report *report;
	size_t count;
	size_t *next; /* index of whom each thread waits for, or NOBODY */
	size_t *walk; /* the walk, from 1, in which each was first met */
	bool *in_cycle;
	size_t *members; /* indices of those in circles, circle by circle */
	size_t member_count;
	size_t capacity; /* of report->deadlocks */
};

/* RLocks and mutexes, the GIL, and the end of a thread. */
static int know_edges(struct graph *graph)
{
	struct fdp_report_thread *threads = graph->report->threads;
	struct fdp_table by_tid = { 0 };
	int r = 0;

	for (size_t i = 0; r >= 0 && i < graph->count; i++)
		if (threads[i].tid > 0)
			r = fdp_table_add(&by_tid, (uint64_t)threads[i].tid, 0,
					  &threads[i]);
	for (size_t i = 0; i < graph->count; i++) {
		const struct fdp_report_thread *owner = fdp_table_find(
			&by_tid, (uint64_t)threads[i].waits.owner, 0);

		graph->next[i] = owner ? (size_t)(owner - threads) : NOBODY;
	}
	fdp_table_done(&by_tid);
	return r < 0 ? r : 0;
}

/* The circle that thread FIRST is in. */
static int add_cycle(struct graph *graph, size_t first)
{
	struct fdp_report *report = graph->report;
	struct fdp_deadlock *all = fdp_arena_grow(
		&report->arena, report->deadlocks, report->deadlock_count,
		&graph->capacity, sizeof(*all));
	struct fdp_deadlock deadlock = { NULL, 0 };
	size_t at = first;

	if (!all)
		return -ENOMEM;
	report->deadlocks = all;
	do {
		graph->in_cycle[at] = true;
		graph->members[graph->member_count++] = at;
		deadlock.count++;
		at = graph->next[at];
	} while (at != first);
	deadlock.tids = fdp_arena_array(&report->arena, deadlock.count,
					sizeof(*deadlock.tids));
	if (!deadlock.tids)
		return -ENOMEM;
	for (size_t i = 0; i < deadlock.count; i++, at = graph->next[at])
		deadlock.tids[i] = report->threads[at].tid;
	all[report->deadlock_count++] = deadlock;
	return 0;
}

/* From each thread on, until one that was met before: in this walk, or not. */
static int find_cycles(struct graph *graph)
{
	for (size_t i = 0; i < graph->count; i++) {
		size_t at = i;

		while (at != NOBODY && graph->walk[at] == 0) {
			graph->walk[at] = i + 1;
			at = graph->next[at];
		}
		if (at != NOBODY && graph->walk[at] == i + 1 &&
		    add_cycle(graph, at) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* Those in a circle first, else as they were; the crashed one stays. */
static int sort_threads(struct graph *graph)
{
	struct fdp_report_thread *threads = graph->report->threads;
	_cleanup_free_ struct fdp_report_thread *sorted =
		calloc(graph->count + 1, sizeof(*sorted));
	size_t first = graph->count > 0 && threads[0].crashed;
	size_t next = 0;

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < graph->member_count; i++)
		if (graph->members[i] >= first)
			sorted[next++] = threads[graph->members[i]];
	for (size_t i = first; i < graph->count; i++)
		if (!graph->in_cycle[i])
			sorted[next++] = threads[i];
	memcpy(threads + first, sorted, next * sizeof(*sorted));
	return 0;
}

static int set_cause(struct fdp_report *report)
{
	size_t threads = 0;

	if (fdp_report_has_signal(report) || report->cause.kind)
		return 0;
	for (size_t i = 0; i < report->deadlock_count; i++)
		threads += report->deadlocks[i].count;
	report->cause.kind = "deadlock";
	report->cause.text =
		threads == 1 ? "a thread waits for what it holds itself"
			     : fdp_arena_printf(&report->arena,
						"%zu threads wait for each "
						"other in a circle",
						threads);
	return report->cause.text ? 0 : -ENOMEM;
}

static int find(struct graph *graph)
{
	int r = know_edges(graph);

	if (r == 0)
		r = find_cycles(graph);
	if (r < 0 || graph->report->deadlock_count == 0)
		return r;
	r = sort_threads(graph);
	return r < 0 ? r : set_cause(graph->report);
}

int fdp_deadlocks_find(struct fdp_report *report)
{
	size_t count = report->thread_count;
	_cleanup_free_ size_t *next = calloc(count + 1, sizeof(*next));
	_cleanup_free_ size_t *walk = calloc(count + 1, sizeof(*walk));
	_cleanup_free_ bool *in_cycle = calloc(count + 1, sizeof(*in_cycle));
	_cleanup_free_ size_t *members = calloc(count + 1, sizeof(*members));
	struct graph graph = { .report = report,
			       .count = count,
			       .next = next,
			       .walk = walk,
			       .in_cycle = in_cycle,
			       .members = members };

	return next && walk && in_cycle && members ? find(&graph) : -ENOMEM;
}
