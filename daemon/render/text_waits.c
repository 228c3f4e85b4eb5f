#include "text.h"

#include <string.h>

#include "../base/util.h"
#include "escape.h"

void fdp_text_deadlock_words(const struct fdp_text *text)
{
	const struct fdp_report *report = text->report;
	size_t threads = 0;

	for (size_t i = 0; i < report->deadlock_count; i++)
		threads += report->deadlocks[i].count;
	if (report->deadlock_count > 1)
		fprintf(text->out, ": %zu deadlocks of %zu threads",
			report->deadlock_count, threads);
	else
		fprintf(text->out, ": deadlock of %zu thread%s", threads,
			threads == 1 ? "" : "s");
}

static const struct fdp_report_thread *
find_thread(const struct fdp_report *report, pid_t tid)
{
	for (size_t i = 0; i < report->thread_count; i++)
		if (report->threads[i].tid == tid)
			return &report->threads[i];
	return NULL;
}

static void write_deadlock(const struct fdp_text *text,
			   const struct fdp_deadlock *deadlock)
{
	for (size_t i = 0; i < deadlock->count; i++) {
		const struct fdp_report_thread *thread =
			find_thread(text->report, deadlock->tids[i]);

		if (!thread)
			continue;
		fputs("thread ",
		      fdp_text_label(text, i == 0 ? "Deadlock:" : ""));
		fdp_text_thread(text, thread);
		putc(' ', text->out);
		fdp_escape_string(text->out, thread->waits.text);
		putc('\n', text->out);
	}
}

void fdp_text_deadlocks(const struct fdp_text *text)
{
	for (size_t i = 0; i < text->report->deadlock_count; i++)
		write_deadlock(text, &text->report->deadlocks[i]);
}

void fdp_text_waits(const struct fdp_text *text, const struct fdp_wait *waits)
{
	if (!waits->text)
		return;
	fputs(", ", text->out);
	fdp_escape_string(text->out, waits->text);
}
