#include "text.h"

#include <string.h>

#include "escape.h"

/* Lines of minified or generated code are cut here. */
#define SOURCE_BYTES_MAX 400

#define INDENT "    "
#define LOCAL_INDENT "      "

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\f' || byte == '\r' ||
	       byte == '\n';
}

/* A part of the line, as byte offsets. */
struct span {
	size_t start, end;
};

/* The line without the blanks around it, and not too long. */
static struct span stripped(const char *source)
{
	struct span span = { 0, strlen(source) };

	while (span.start < span.end && is_blank(source[span.start]))
		span.start++;
	while (span.end > span.start && is_blank(source[span.end - 1]))
		span.end--;
	if (span.end - span.start > SOURCE_BYTES_MAX) {
		span.end = span.start + SOURCE_BYTES_MAX;
		/* Not within a character. */
		while (span.end > span.start &&
		       ((unsigned char)source[span.end] & 0xc0) == 0x80)
			span.end--;
	}
	return span;
}

/*
 * What to underline; false if nothing: the columns are not known, do not fit
 * the line (the file has changed), or are all of it, which says nothing.
 */
static bool underlined(const struct fdp_frame *frame, struct span line,
		       struct span *ret_span)
{
	struct span span;

	if (frame->column < 0 || frame->end_column < 0 || frame->line < 1 ||
	    frame->end_line < frame->line)
		return false;
	span.start = (size_t)frame->column;
	/* What goes on in the next line is underlined to the end of this. */
	span.end = frame->end_line > frame->line ? line.end
						 : (size_t)frame->end_column;
	if (span.start < line.start || span.end > line.end ||
	    span.start >= span.end)
		return false;
	if (span.start == line.start && span.end == line.end)
		return false;
	*ret_span = span;
	return true;
}

static void repeat(FILE *out, char character, size_t count)
{
	while (count-- > 0)
		putc(character, out);
}

static void begin_line(const struct fdp_text *text)
{
	fputs(text->margin ? text->margin : "", text->out);
	fputs(INDENT, text->out);
}

/* False: there is none. */
static bool write_line(const struct fdp_text *text,
		       const struct fdp_frame *frame, struct span *ret_line)
{
	if (!frame->source)
		return false;
	*ret_line = stripped(frame->source);
	if (ret_line->start == ret_line->end)
		return false;
	begin_line(text);
	fdp_escape(text->out, frame->source + ret_line->start,
		   ret_line->end - ret_line->start);
	putc('\n', text->out);
	return true;
}

void fdp_text_source_line(const struct fdp_text *text,
			  const struct fdp_frame *frame)
{
	struct span line;

	write_line(text, frame, &line);
}

void fdp_text_source(const struct fdp_text *text, const struct fdp_frame *frame)
{
	struct span line, mark;
	size_t before, columns;

	if (!write_line(text, frame, &line) || !underlined(frame, line, &mark))
		return;
	before = fdp_escape(NULL, frame->source + line.start,
			    mark.start - line.start);
	columns = fdp_escape(NULL, frame->source + mark.start,
			     mark.end - mark.start);
	begin_line(text);
	repeat(text->out, ' ', before);
	fdp_text_style(text, FDP_STYLE_MARK);
	repeat(text->out, '^', columns);
	fdp_text_style(text, FDP_STYLE_PLAIN);
	putc('\n', text->out);
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
