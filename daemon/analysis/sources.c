#include "sources.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"

/* When a process was started is known to a second. */
#define START_SLACK_US 1500000

/* One line of a file.  0, -ENOENT or -ENOMEM. */
static int read_line(struct fdp_target *target, const char *file, int line,
		     const char **ret_text)
{
	_cleanup_free_ char *key = NULL;

	if (asprintf(&key, "source/%d/%s", line, file) < 0)
		return -ENOMEM;
	return fdp_target_fact(target, key, ret_text, NULL) < 0 ? -ENOENT : 0;
}

/* The text of the line FRAME stands on. */
static int read_source(struct fdp_target *target, struct fdp_report *report,
		       struct fdp_frame *frame)
{
	const char *text;
	int r;

	if (frame->source || !frame->path || frame->line < 1)
		return 0;
	r = read_line(target, frame->path, frame->line, &text);
	if (r == 0)
		frame->source = fdp_arena_strdup(&report->arena, text);
	return r == -ENOMEM ? r : 0;
}

/*
 * Whether the file of FRAME may be another one than the code was made of.  When
 * the code was loaded nobody knows: a module may be younger than the process.
 */
static int look_for_change(struct fdp_target *target,
			   const struct fdp_report *report,
			   struct fdp_frame *frame)
{
	_cleanup_free_ char *key = NULL;
	const char *text;

	if (!frame->source || !frame->path || report->process.start_time_us < 0)
		return 0;
	if (asprintf(&key, "source-time/%s", frame->path) < 0)
		return -ENOMEM;
	frame->source_changed =
		fdp_target_fact(target, key, &text, NULL) == 0 &&
		strtoll(text, NULL, 10) - START_SLACK_US >
			report->process.start_time_us;
	return 0;
}

/* Those up to LAST, with newlines between them; one that is missing is empty,
 * as traceback has it. */
static int join_lines(struct fdp_target *target, const struct fdp_frame *frame,
		      FILE *out)
{
	int found = 0;

	fputs(frame->source, out);
	for (int line = frame->line + 1; line <= frame->end_line; line++) {
		const char *text;
		int r = read_line(target, frame->path, line, &text);

		if (r == -ENOMEM)
			return r;
		putc('\n', out);
		if (r < 0)
			continue;
		fputs(text, out);
		found++;
	}
	return found;
}

/* All lines of what FRAME executes, if these are some and not too many. */
static int read_lines(struct fdp_target *target, struct fdp_report *report,
		      struct fdp_frame *frame)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	FILE *out;
	int found;

	if (!frame->source || !frame->path || frame->column < 0 ||
	    frame->end_column < 0 || frame->end_line <= frame->line ||
	    frame->end_line - frame->line >= FDP_SOURCE_LINES_MAX)
		return 0;
	out = open_memstream(&text, &size);
	if (!out)
		return -ENOMEM;
	found = join_lines(target, frame, out);
	if (fclose(out) != 0)
		return -ENOMEM;
	/* A capture that has none of them is of an earlier version. */
	if (found > 0)
		frame->lines = fdp_arena_strdup(&report->arena, text);
	return found < 0 ? found : 0;
}

/* Frames of a recursion stand on the same few lines: copies what is known. */
static bool same_line(const struct fdp_frame *left,
		      const struct fdp_frame *right)
{
	return left->kind == right->kind && left->line == right->line &&
	       left->end_line == right->end_line && left->file && right->file &&
	       (left->file == right->file ||
		strcmp(left->file, right->file) == 0);
}

/* LAST is the frame before these, or NULL. */
static int read_frames(struct fdp_target *target, struct fdp_report *report,
		       struct fdp_frame *frames, size_t count,
		       const struct fdp_frame **last)
{
	for (size_t i = 0; i < count; i++) {
		struct fdp_frame *frame = &frames[i];
		int r;

		if (frame->kind != FDP_FRAME_PYTHON)
			continue;
		if (*last && same_line(*last, frame) && !frame->source) {
			frame->source = (*last)->source;
			frame->lines = (*last)->lines;
			frame->source_changed = (*last)->source_changed;
		} else {
			r = read_source(target, report, frame);
			if (r == 0)
				r = read_lines(target, report, frame);
			if (r == 0)
				r = look_for_change(target, report, frame);
			if (r < 0)
				return r;
		}
		*last = frame;
	}
	return 0;
}

int fdp_sources_read(struct fdp_target *target, struct fdp_report *report)
{
	const struct fdp_frame *last = NULL;
	int r = 0;

	for (size_t i = 0; i < report->thread_count && r == 0; i++) {
		const struct fdp_report_thread *thread = &report->threads[i];
		const struct fdp_exceptions *exceptions = &thread->exceptions;

		r = read_frames(target, report, thread->frames,
				thread->frame_count, &last);
		for (size_t j = 0; j < exceptions->count && r == 0; j++)
			r = read_frames(target, report,
					exceptions->list[j].frames,
					exceptions->list[j].frame_count, &last);
	}
	for (size_t i = 0; i < report->tasks.count && r == 0; i++)
		r = read_frames(target, report, report->tasks.list[i].frames,
				report->tasks.list[i].frame_count, &last);
	for (size_t i = 0; i < report->greenlets.count && r == 0; i++)
		r = read_frames(target, report,
				report->greenlets.list[i].frames,
				report->greenlets.list[i].frame_count, &last);
	return r;
}
