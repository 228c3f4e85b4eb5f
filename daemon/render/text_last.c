/*
 * A stack with the most recent call last, as traceback.print_stack() of that
 * version writes it; native frames stand where they were called.
 */
#include <string.h>

#include "escape.h"
#include "text.h"
#include "version.h"

/* traceback._RECURSIVE_CUTOFF, since 3.6. */
#define SHOWN 3
#define FOLDS_SINCE 6

static bool same_string(const char *left, const char *right)
{
	return left == right || (left && right && strcmp(left, right) == 0);
}

static bool is_same(const struct fdp_frame *left, const struct fdp_frame *right)
{
	return left->kind == FDP_FRAME_PYTHON &&
	       right->kind == FDP_FRAME_PYTHON && left->line == right->line &&
	       same_string(left->file, right->file) &&
	       same_string(left->function, right->function);
}

static void write_line(const struct fdp_text *text,
		       const struct fdp_frame *frame)
{
	FILE *out = text->out;

	fputs("  File \"", out);
	fdp_text_style(text, FDP_STYLE_CODE);
	fdp_escape_string(out, frame->file ? frame->file : "?");
	fdp_text_style(text, FDP_STYLE_PLAIN);
	if (frame->line > 0)
		fprintf(out, "\", line %d, in ", frame->line);
	else
		fputs("\", line ?, in ", out);
	fdp_text_style(text, FDP_STYLE_CODE);
	fdp_escape_string(out, frame->function ? frame->function : "?");
	fdp_text_style(text, FDP_STYLE_PLAIN);
	fdp_text_end_frame(text, frame);
}

static void write_frame(const struct fdp_text *text,
			const struct fdp_frame *frame)
{
	if (frame->kind != FDP_FRAME_PYTHON) {
		fputs("  | ", text->out);
		fdp_text_frame(text, frame);
		putc('\n', text->out);
		return;
	}
	write_line(text, frame);
	fdp_text_source_line(text, frame);
	fdp_text_locals(text, frame);
}

static void write_repeated(const struct fdp_text *text, size_t more)
{
	if (more)
		fprintf(text->out,
			"  [Previous line repeated %zu more time%s]\n", more,
			more == 1 ? "" : "s");
}

void fdp_text_stack_last(const struct fdp_text *text,
			 const struct fdp_report_thread *thread)
{
	bool folds = fdp_version_minor(text->report) >= FOLDS_SINCE;
	size_t first = fdp_thread_first_shown(thread), equal = 0;

	if (first == thread->frame_count && !thread->hidden)
		fputs("  (no frames are known)\n", text->out);
	for (size_t i = thread->frame_count; i > first; i--) {
		const struct fdp_frame *frame = &thread->frames[i - 1];

		if (i < thread->frame_count && is_same(frame, frame + 1)) {
			equal++;
		} else {
			write_repeated(text, folds && equal >= SHOWN
						     ? equal - SHOWN + 1
						     : 0);
			equal = 0;
		}
		if (!folds || equal < SHOWN)
			write_frame(text, frame);
	}
	write_repeated(text, folds && equal >= SHOWN ? equal - SHOWN + 1 : 0);
}
