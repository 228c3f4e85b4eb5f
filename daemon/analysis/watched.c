#include "watched.h"

#include <errno.h>
#include <string.h>

#include "../base/util.h"

/* A line each. */
static int fill_evidence(const struct fdp_watch_message *message,
			 struct fdp_report *report)
{
	struct fdp_arena *arena = &report->arena;
	const char *at = message->evidence;
	size_t capacity = 0;

	while (*at) {
		size_t length = strcspn(at, "\n");
		char *line = fdp_arena_copy(arena, at, length);
		const char **all = fdp_arena_grow(arena, report->watch.evidence,
						  report->watch.evidence_count,
						  &capacity, sizeof(*all));

		if (!line || !all)
			return -ENOMEM;
		all[report->watch.evidence_count++] = line;
		report->watch.evidence = all;
		at += length + (at[length] == '\n');
	}
	return 0;
}

static int fill_threads(const struct fdp_watch_message *message,
			struct fdp_report *report)
{
	size_t count = message->thread_count;

	report->watch.threads = fdp_arena_array(&report->arena, count,
						sizeof(*report->watch.threads));
	if (!report->watch.threads)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		report->watch.threads[i] = (struct fdp_looked_at){
			.tid = message->threads[i].tid,
			.changes = message->threads[i].changes,
			.run_s = (double)message->threads[i].run_ns / 1e9,
		};
	report->watch.thread_count = count;
	return 0;
}

/* The order of the others stays. */
static void put_first(struct fdp_report *report, pid_t tid)
{
	struct fdp_report_thread *threads = report->threads;

	for (size_t i = 1; i < report->thread_count; i++) {
		struct fdp_report_thread found = threads[i];

		if (found.tid != tid)
			continue;
		memmove(&threads[1], &threads[0], i * sizeof(threads[0]));
		threads[0] = found;
		return;
	}
}

int fdp_watch_fill(const struct fdp_watch_message *message,
		   struct fdp_report *report)
{
	int r = fill_evidence(message, report);

	if (r == 0)
		r = fill_threads(message, report);
	if (r < 0)
		return r;
	report->watch.looks = message->looks;
	report->watch.seconds = (double)message->ns / 1e9;
	report->watch.tid = (pid_t)message->number;
	put_first(report, report->watch.tid);
	return 0;
}
