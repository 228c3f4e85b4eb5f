#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "escape.h"
#include "fold.h"

/* Of what write_watch() says, about. */
#define WATCH_WIDTH 60

/* The brief form goes to the application's stderr: not a screen of threads. */
#define BRIEF_THREADS_MAX 64

static void write_tid(const struct fdp_text *text,
		      const struct fdp_report_thread *thread)
{
	if (thread->tid > 0)
		fprintf(text->out, "%ld", (long)thread->tid);
	else
		fputs("(tid not known)", text->out);
}

static void write_name(const struct fdp_text *text,
		       const struct fdp_report_thread *thread)
{
	if (!thread->name)
		return;
	fputs(" \"", text->out);
	fdp_escape_string(text->out, thread->name);
	putc('"', text->out);
}

void fdp_text_thread(const struct fdp_text *text,
		     const struct fdp_report_thread *thread)
{
	write_tid(text, thread);
	write_name(text, thread);
}

void fdp_text_thread_of(const struct fdp_text *text, pid_t tid)
{
	const struct fdp_report *report = text->report;

	for (size_t i = 0; i < report->thread_count; i++) {
		if (report->threads[i].tid == tid) {
			fdp_text_thread(text, &report->threads[i]);
			return;
		}
	}
	fprintf(text->out, "%ld", (long)tid);
}

static bool is_main(const struct fdp_text *text,
		    const struct fdp_report_thread *thread)
{
	return thread->tid > 0 && thread->tid == text->report->process.pid;
}

static bool is_in_main_interpreter(const struct fdp_report_thread *thread)
{
	for (size_t i = 0; i < thread->interpreter_count; i++)
		if (thread->interpreters[i] != 0)
			return false;
	return true;
}

/* "interpreter 2", "interpreters 2 in 0": nothing if there is only the main. */
static void write_interpreters(const struct fdp_text *text,
			       const struct fdp_report_thread *thread)
{
	fputs(thread->interpreter_count > 1 ? "interpreters " : "interpreter ",
	      text->out);
	for (size_t i = 0; i < thread->interpreter_count; i++)
		fprintf(text->out, "%s%ld", i ? " in " : "",
			thread->interpreters[i]);
}

/* What stands before the next word in the parentheses of write_state(). */
static void separate(const struct fdp_text *text, bool *some)
{
	fputs(*some ? ", " : " (", text->out);
	*some = true;
}

/* The kernel's does not say it, nor that it is the main one. */
static bool has_own_name(const struct fdp_text *text,
			 const struct fdp_report_thread *thread)
{
	const char *name = thread->python_name;

	if (!name || (thread->name && strcmp(name, thread->name) == 0))
		return false;
	return !is_main(text, thread) || strcmp(name, "MainThread") != 0;
}

/* What it is, and is called. */
static void write_identity(const struct fdp_text *text,
			   const struct fdp_report_thread *thread, bool *some)
{
	if (is_main(text, thread)) {
		separate(text, some);
		fputs("main thread", text->out);
	}
	if (!is_in_main_interpreter(thread)) {
		separate(text, some);
		write_interpreters(text, thread);
	}
	if (has_own_name(text, thread)) {
		separate(text, some);
		fputs("named \"", text->out);
		fdp_escape_string(text->out, thread->python_name);
		putc('"', text->out);
	}
	if (thread->is_foreign == 1) {
		separate(text, some);
		fputs("unknown to Python", text->out);
	}
}

/* What it does for Python. */
static void write_activity(const struct fdp_text *text,
			   const struct fdp_report_thread *thread, bool *some)
{
	if (thread->attachment && text->report->python.free_threaded == 1) {
		separate(text, some);
		fdp_escape_string(text->out, thread->attachment);
	}
	if (thread->holds_gil == 1) {
		separate(text, some);
		fputs("holds the GIL", text->out);
	}
	if (thread->is_collecting == 1) {
		separate(text, some);
		fputs("collecting garbage", text->out);
	}
	if (thread->import_count) {
		separate(text, some);
		fputs("importing ", text->out);
		fdp_escape_string(text->out, thread->imports[0]);
	}
}

/* " (main thread, interpreter 1, holds the GIL, importing os)" */
static void write_state(const struct fdp_text *text,
			const struct fdp_report_thread *thread)
{
	bool some = false;

	write_identity(text, thread, &some);
	write_activity(text, thread, &some);
	if (some)
		putc(')', text->out);
}

/* ", has not moved in 3 dumps (6.0 s, 5.9 s of CPU)" */
static void write_watch(const struct fdp_text *text,
			const struct fdp_watch *watch)
{
	bool stands = watch->unmoved_dumps > 1;

	if (!watch->watched || (!stands && watch->unmoved_frames < 0))
		return;
	if (stands)
		fprintf(text->out, ", has not moved in %u dumps (%.1f s",
			watch->unmoved_dumps, watch->unmoved_s);
	else if (watch->unmoved_frames > 0)
		fprintf(text->out,
			", has moved, but for its outermost %ld frame%s",
			watch->unmoved_frames,
			watch->unmoved_frames == 1 ? "" : "s");
	else
		fputs(", has moved", text->out);
	if (watch->cpu_s >= 0)
		fprintf(text->out, "%s%.1f s of CPU", stands ? ", " : " (",
			watch->cpu_s);
	if (stands || watch->cpu_s >= 0)
		putc(')', text->out);
}

static void write_order(const struct fdp_text *text)
{
	fprintf(text->out,
		", most recent call %s:", text->recent_last ? "last" : "first");
	fdp_text_style(text, FDP_STYLE_PLAIN);
	putc('\n', text->out);
}

static void write_stack(const struct fdp_text *text,
			const struct fdp_report_thread *thread)
{
	if (text->recent_last)
		fdp_text_stack_last(text, thread);
	else
		fdp_text_stack(text, thread);
}

static void write_title(const struct fdp_text *text, const char *word,
			const struct fdp_report_thread *thread)
{
	putc('\n', text->out);
	fdp_text_style(text, FDP_STYLE_TITLE);
	fputs(word, text->out);
	putc(' ', text->out);
	fdp_text_thread(text, thread);
	write_state(text, thread);
	write_watch(text, &thread->watch);
	fdp_text_waits(text, &thread->waits);
	write_order(text);
}

int fdp_text_crashed(const struct fdp_text *text)
{
	const struct fdp_report *report = text->report;

	if (report->thread_count == 0)
		return 0;
	write_title(text,
		    report->threads[0].crashed ? "Crashed thread" : "Thread",
		    &report->threads[0]);
	write_stack(text, &report->threads[0]);
	return fdp_text_exceptions(text, &report->threads[0]);
}

/* A thread, and the first one before it that has the same stack. */
struct grouped {
	uint64_t hash;
	size_t thread;
	size_t leader;
};

static int compare_hashes(const void *left, const void *right)
{
	const struct grouped *a = left;
	const struct grouped *b = right;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return a->thread < b->thread ? -1 : a->thread > b->thread;
}

static int compare_leaders(const void *left, const void *right)
{
	const struct grouped *a = left;
	const struct grouped *b = right;

	if (a->leader != b->leader)
		return a->leader < b->leader ? -1 : 1;
	return a->thread < b->thread ? -1 : a->thread > b->thread;
}

/* Brings threads with equal stacks together, in order of their first. */
static void group(const struct fdp_report *report, struct grouped *groups,
		  size_t count)
{
	for (size_t i = 0; i < count; i++) {
		groups[i].thread = i + 1;
		groups[i].hash = fdp_stack_hash(&report->threads[i + 1]);
	}
	qsort(groups, count, sizeof(*groups), compare_hashes);
	for (size_t i = 0; i < count; i++) {
		groups[i].leader = groups[i].thread;
		if (i > 0 && groups[i].hash == groups[i - 1].hash &&
		    fdp_stack_equal(&report->threads[groups[i].thread],
				    &report->threads[groups[i - 1].leader]))
			groups[i].leader = groups[i - 1].leader;
	}
	qsort(groups, count, sizeof(*groups), compare_leaders);
}

/* "12 "a"", measured, so that a long list of threads can be wrapped. */
static size_t member_width(const struct fdp_text *text,
			   const struct fdp_report_thread *thread)
{
	return 12 +
	       (has_own_name(text, thread)
			? fdp_escape_string(NULL, thread->python_name) + 11
			: 0) +
	       (thread->watch.watched ? WATCH_WIDTH : 0) +
	       (thread->name ? fdp_escape_string(NULL, thread->name) + 3 : 0);
}

static void write_members(const struct fdp_text *text,
			  const struct grouped *groups, size_t count)
{
	size_t column = 8;

	fputs("Threads", text->out);
	for (size_t i = 0; i < count; i++) {
		const struct fdp_report_thread *thread =
			&text->report->threads[groups[i].thread];
		size_t width = member_width(text, thread);

		if (column + width > FDP_TEXT_WIDTH) {
			fputs("\n ", text->out);
			column = 1;
		}
		putc(' ', text->out);
		fdp_text_thread(text, thread);
		write_state(text, thread);
		write_watch(text, &thread->watch);
		if (i + 1 < count)
			putc(thread->watch.watched ? ';' : ',', text->out);
		column += width;
	}
}

static bool all_wait_alike(const struct fdp_text *text,
			   const struct grouped *groups, size_t count)
{
	const struct fdp_report_thread *threads = text->report->threads;
	const char *words = threads[groups[0].thread].waits.text;

	for (size_t i = 1; words && i < count; i++) {
		const char *other = threads[groups[i].thread].waits.text;

		if (!other || strcmp(other, words) != 0)
			return false;
	}
	return words != NULL;
}

static int write_group(const struct fdp_text *text,
		       const struct grouped *groups, size_t count)
{
	const struct fdp_report_thread *first =
		&text->report->threads[groups[0].thread];

	if (count == 1) {
		write_title(text, "Thread", first);
	} else {
		putc('\n', text->out);
		fdp_text_style(text, FDP_STYLE_TITLE);
		write_members(text, groups, count);
		fputs(": the same stack", text->out);
		if (all_wait_alike(text, groups, count))
			fdp_text_waits(text, &first->waits);
		write_order(text);
	}
	write_stack(text, first);
	return fdp_text_exceptions(text, first);
}

int fdp_text_others(const struct fdp_text *text)
{
	_cleanup_free_ struct grouped *groups = NULL;
	size_t count;
	int r = 0;

	if (text->report->thread_count < 2)
		return 0;
	count = text->report->thread_count - 1;
	groups = calloc(count, sizeof(*groups));
	if (!groups)
		return -ENOMEM;
	group(text->report, groups, count);
	for (size_t first = 0, end; first < count && r == 0; first = end) {
		for (end = first + 1; end < count; end++) {
			if (groups[end].leader != groups[first].leader)
				break;
		}
		r = write_group(text, groups + first, end - first);
	}
	return r;
}

/* Where the thread is in Python; where it has none, in native code. */
static const struct fdp_frame *innermost(const struct fdp_report_thread *thread)
{
	for (size_t i = 0; i < thread->frame_count; i++) {
		if (thread->frames[i].kind == FDP_FRAME_PYTHON)
			return &thread->frames[i];
	}
	return fdp_thread_culprit(thread);
}

void fdp_text_others_brief(const struct fdp_text *text)
{
	const struct fdp_report *report = text->report;
	size_t count = report->thread_count;

	if (count > 1)
		putc('\n', text->out);
	for (size_t i = 1; i < count && i <= BRIEF_THREADS_MAX; i++) {
		const struct fdp_report_thread *thread = &report->threads[i];
		const struct fdp_frame *frame = innermost(thread);

		fputs("Thread ", text->out);
		fdp_text_thread(text, thread);
		write_state(text, thread);
		fputs(": ", text->out);
		if (frame)
			fdp_text_frame(text, frame);
		else
			fputs("(no frames are known)", text->out);
		putc('\n', text->out);
	}
	if (count > BRIEF_THREADS_MAX + 1)
		fprintf(text->out, "... and %zu more threads\n",
			count - 1 - BRIEF_THREADS_MAX);
}
