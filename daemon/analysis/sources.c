#include "sources.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The text of the line FRAME stands on; files named <...> do not exist. */
static int read_source(struct fdp_target *target, struct fdp_report *report,
		       struct fdp_frame *frame)
{
	const char *text;
	char *key;

	if (frame->kind != FDP_FRAME_PYTHON || frame->source || !frame->file ||
	    frame->file[0] == '<' || frame->file[0] == '\0' || frame->line < 1)
		return 0;
	if (asprintf(&key, "source/%d/%s", frame->line, frame->file) < 0)
		return -ENOMEM;
	if (fdp_target_fact(target, key, &text, NULL) == 0)
		frame->source = fdp_arena_strdup(&report->arena, text);
	free(key);
	return 0;
}

/* Frames of a recursion stand on the same few lines: copies what is known. */
static bool same_line(const struct fdp_frame *left,
		      const struct fdp_frame *right)
{
	return left->kind == right->kind && left->line == right->line &&
	       left->file && right->file &&
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
		if (*last && same_line(*last, frame) && !frame->source)
			frame->source = (*last)->source;
		else if ((r = read_source(target, report, frame)) < 0)
			return r;
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
	return r;
}
