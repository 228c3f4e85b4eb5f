#include "text.h"

#include <string.h>

#include "../base/util.h"
#include "anchors.h"
#include "escape.h"
#include "expression.h"
#include "points.h"
#include "version.h"

/* Lines of minified or generated code are cut here, and nothing is marked. */
#define SOURCE_BYTES_MAX 400

#define INDENT "    "
#define LOCAL_INDENT "      "

/* The last release whose traceback did not know wide characters. */
#define NARROW_MINOR 11
#define NARROW_MICRO 3

/* From here on a part of more than one line is shown as that. */
#define LINES_SINCE 13

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\f' || byte == '\r' ||
	       byte == '\n';
}

/* A part of the line, as byte offsets. */
struct span {
	size_t start, end;
};

/* The line without the blanks around it. */
static struct span stripped(const char *source)
{
	struct span span = { 0, strlen(source) };

	while (span.start < span.end && is_blank(source[span.start]))
		span.start++;
	while (span.end > span.start && is_blank(source[span.end - 1]))
		span.end--;
	return span;
}

static bool is_long(struct span span)
{
	return span.end - span.start > SOURCE_BYTES_MAX;
}

/* Not too long, and not within a character. */
static struct span cut(const char *source, struct span span)
{
	if (!is_long(span))
		return span;
	span.end = span.start + SOURCE_BYTES_MAX;
	while (span.end > span.start &&
	       ((unsigned char)source[span.end] & 0xc0) == 0x80)
		span.end--;
	return span;
}

void fdp_text_begin_source(const struct fdp_text *text)
{
	fputs(text->margin ? text->margin : "", text->out);
	fputs(INDENT, text->out);
}

void fdp_text_end_frame(const struct fdp_text *text,
			const struct fdp_frame *frame)
{
	if (frame->source_changed)
		fputs("  [the file was changed after the start]", text->out);
	putc('\n', text->out);
}

/* False: there is none. */
static bool write_line(const struct fdp_text *text,
		       const struct fdp_frame *frame, struct span *ret_line)
{
	struct span shown;

	if (!frame->source)
		return false;
	*ret_line = stripped(frame->source);
	if (ret_line->start == ret_line->end)
		return false;
	shown = cut(frame->source, *ret_line);
	fdp_text_begin_source(text);
	fdp_escape(text->out, frame->source + shown.start,
		   shown.end - shown.start);
	putc('\n', text->out);
	return true;
}

void fdp_text_source_line(const struct fdp_text *text,
			  const struct fdp_frame *frame)
{
	struct span line;

	write_line(text, frame, &line);
}

/* Up to 3.12: the line, in characters, and what of it was being executed. */
struct marked {
	struct fdp_points line;
	size_t start, end;
	size_t length;	 /* of the line without the blanks around it */
	size_t stripped; /* characters that it has more, with the newline */
	enum fdp_anchors_style style;
	bool found;
	struct fdp_anchors anchors;
	int minor; /* for the width of characters; 0: all are 1 wide */
};

static void points_cleanup(struct fdp_points *points)
{
	fdp_points_done(points);
}

/* True if something is to be marked. */
static bool find_marks(const struct fdp_frame *frame, struct span span,
		       struct marked *marked)
{
	const char *source = frame->source;
	size_t size = strlen(source);

	marked->length =
		fdp_points_at(source + span.start, span.end - span.start, size);
	marked->stripped = marked->line.count + 1 - marked->length;
	marked->start = fdp_points_at(source, size, (size_t)frame->column);
	marked->end = fdp_points_at(source, size, (size_t)frame->end_column);
	if (frame->end_line > frame->line) {
		marked->end = fdp_points_at(source, span.end, size);
		/* They counted the blanks behind it as well. */
		if (marked->style == FDP_ANCHORS_311)
			marked->end = marked->line.count;
	}
	if (marked->end < marked->start)
		return false;
	marked->found = frame->end_line == frame->line &&
			fdp_anchors_find(marked->line.at + marked->start,
					 marked->end - marked->start,
					 marked->style, &marked->anchors);
	return marked->end - marked->start < marked->length ||
	       (marked->found && marked->anchors.right > marked->anchors.left);
}

static size_t width(const struct marked *marked, size_t first, size_t count)
{
	return fdp_points_width(marked->line.at + first, count, marked->minor);
}

static void repeat(FILE *out, char character, size_t count)
{
	while (count-- > 0)
		putc(character, out);
}

static void write_marks(const struct fdp_text *text,
			const struct marked *marked)
{
	size_t before = width(marked, 0, marked->start) + 1;
	size_t all = width(marked, marked->start, marked->end - marked->start);
	size_t left = 0, right = 0;

	fdp_text_begin_source(text);
	if (before > marked->stripped)
		repeat(text->out, ' ', before - marked->stripped);
	fdp_text_style(text, FDP_STYLE_MARK);
	if (marked->found) {
		left = width(marked, marked->start, marked->anchors.left);
		right = width(marked, marked->start, marked->anchors.right);
		repeat(text->out, '~', left);
		if (right > left)
			repeat(text->out, '^', right - left);
		if (all > right)
			repeat(text->out, '~', all - right);
	} else {
		repeat(text->out, '^', all);
	}
	fdp_text_style(text, FDP_STYLE_PLAIN);
	putc('\n', text->out);
}

/* The columns fit the line: the file may have been changed. */
static bool fits(const struct fdp_frame *frame)
{
	size_t size = strlen(frame->source);

	if (frame->column < 0 || frame->end_column < 0 || frame->line < 1 ||
	    frame->end_line < frame->line)
		return false;
	if ((size_t)frame->column > size)
		return false;
	return frame->end_line > frame->line ||
	       (frame->end_column >= frame->column &&
		(size_t)frame->end_column <= size);
}

static void write_early(const struct fdp_text *text,
			const struct fdp_frame *frame)
{
	struct marked marked = { .style = FDP_ANCHORS_312 };
	struct fdp_points points
		__attribute__((cleanup(points_cleanup))) = { .at = NULL };
	struct span line;

	if (!write_line(text, frame, &line) || is_long(line) || !fits(frame) ||
	    fdp_points_new(frame->source, strlen(frame->source), &points) < 0)
		return;
	marked.line = points;
	marked.minor = fdp_version_minor(text->report);
	if (fdp_version_is_until(text->report, NARROW_MINOR, NARROW_MICRO)) {
		marked.style = FDP_ANCHORS_311;
		marked.minor = 0;
	}
	if (find_marks(frame, line, &marked))
		write_marks(text, &marked);
}

void fdp_text_source(const struct fdp_text *text, const struct fdp_frame *frame)
{
	if (!frame->source)
		return;
	if (fdp_version_minor(text->report) < LINES_SINCE || !fits(frame) ||
	    is_long(stripped(frame->source)))
		write_early(text, frame);
	else
		fdp_text_source_lines(text, frame);
}

void fdp_text_locals(const struct fdp_text *text, const struct fdp_frame *frame)
{
	if (text->brief)
		return;
	for (size_t i = 0; i < frame->local_count; i++) {
		const struct fdp_local *local = &frame->locals[i];

		fputs(LOCAL_INDENT, text->out);
		fdp_escape_string(text->out, local->name);
		fputs(" = ", text->out);
		fdp_escape_string(text->out, local->value);
		putc('\n', text->out);
	}
}
