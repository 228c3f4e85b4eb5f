#include "text_syntax.h"

#include <string.h>

#include "escape.h"
#include "width.h"

/* More columns than any line has that somebody reads. */
#define COLUMNS_MAX 4096

/* The line that the SyntaxError quotes, and its parts: see count(). */
struct line {
	const char *text; /* stripped */
	size_t size;
	int64_t all;	  /* characters, with the newlines at the end */
	int64_t length;	  /* without them */
	int64_t blanks;	  /* that were stripped in front */
	int64_t stripped; /* characters of the stripped text */
};

/* In characters; in 2.7 a line of source is bytes. */
static int64_t count(const char *bytes, size_t size, int minor)
{
	int64_t characters = 0;

	if (minor < 0)
		return (int64_t)size;
	while (size > 0) {
		int32_t point;
		size_t length = fdp_utf8_next(bytes, size, &point);

		bytes += length;
		size -= length;
		characters++;
	}
	return characters;
}

static size_t without_end(const char *text, const char *blanks)
{
	size_t size = strlen(text);

	while (size > 0 && strchr(blanks, text[size - 1]))
		size--;
	return size;
}

/* 3.8 takes all blanks away at both ends, later versions fewer. */
static struct line split(const char *text, int minor)
{
	const char *front = minor < 9 ? " \t\n\r\f\v" : " \n\f";
	size_t size = without_end(text, "\n");
	size_t shown = minor < 9 ? without_end(text, front) : size;
	size_t blanks = strspn(text, front);
	struct line line = {
		.all = count(text, strlen(text), minor),
		.length = count(text, size, minor),
	};

	if (blanks > shown)
		blanks = shown;
	line.text = text + blanks;
	line.size = shown - blanks;
	line.blanks = count(text, blanks, minor);
	line.stripped = count(line.text, line.size, minor);
	return line;
}

/* One caret; the offset counts from the end if it is too small. */
static void mark_38(const struct fdp_syntax_error *syntax,
		    const struct line *line, struct fdp_syntax_mark *mark)
{
	int64_t offset = syntax->column;

	if (offset == FDP_NO_NUMBER)
		return;
	offset = (offset < line->length ? offset : line->length) - 1;
	if (offset < 0)
		offset += line->length;
	mark->marked = true;
	mark->carets = 1;
	mark->before = offset > line->blanks ? offset - line->blanks : 0;
}

static void mark_39(const struct fdp_syntax_error *syntax,
		    const struct line *line, struct fdp_syntax_mark *mark)
{
	int64_t offset = syntax->column == FDP_NO_NUMBER ? 0 : syntax->column;

	mark->before = offset - 1 - line->blanks;
	mark->marked = mark->before >= 0;
	mark->carets = 1;
}

/* 3.10 to 3.12: from offset to end_offset, whatever line that is in. */
static int64_t end_310(const struct fdp_syntax_error *syntax, int64_t offset)
{
	int64_t end = syntax->end_column;

	if (end == FDP_NO_NUMBER || end == 0)
		end = offset;
	return offset == end || end == -1 ? offset + 1 : end;
}

/* 3.13: within the line. */
static int64_t end_313(const struct fdp_syntax_error *syntax,
		       const struct line *line, int64_t *offset)
{
	int64_t end = syntax->end_column;

	if (end == FDP_NO_NUMBER || end == 0)
		end = *offset;
	if (syntax->line != syntax->end_line || syntax->line_text)
		end = line->length + 1;
	if (line->all && *offset > line->all)
		*offset = line->length + 1;
	if (line->all && end > line->all)
		end = line->length + 1;
	return *offset >= end || end < 0 ? *offset + 1 : end;
}

static void mark_range(const struct fdp_syntax_error *syntax,
		       const struct line *line, int minor,
		       struct fdp_syntax_mark *mark)
{
	int64_t offset = syntax->column;
	int64_t end;

	if (offset == FDP_NO_NUMBER)
		return;
	end = minor < 13 ? end_310(syntax, offset)
			 : end_313(syntax, line, &offset);
	mark->before = offset - 1 - line->blanks;
	mark->marked = mark->before >= 0;
	mark->carets = end - offset;
}

/* Of the characters of LINE from FIRST on, COUNT or as many as there are. */
static int64_t width_of(const struct line *line, int minor, int64_t first,
			int64_t count)
{
	const char *at = line->text;
	size_t left = line->size;
	int64_t columns = 0;

	for (int64_t i = 0; left > 0 && i < first + count; i++) {
		int32_t point;
		size_t length = fdp_utf8_next(at, left, &point);

		if (i >= first)
			columns += fdp_width((uint32_t)point, minor);
		at += length;
		left -= length;
	}
	return columns;
}

/* From 3.15 on wide characters have two carets. */
static void widen(const struct line *line, int minor,
		  struct fdp_syntax_mark *mark)
{
	int64_t carets = width_of(line, minor, mark->before, mark->carets);

	mark->before = width_of(line, minor, 0, mark->before);
	if (carets)
		mark->carets = carets;
}

static int64_t within(int64_t value, int64_t most)
{
	return value < 0 ? 0 : value > most ? most : value;
}

/* A number of Python's has no limit, and what is added to it must have one. */
static struct fdp_syntax_error tamed(const struct fdp_syntax_error *syntax)
{
	const int64_t sane = INT64_C(1) << 40;
	struct fdp_syntax_error tame = *syntax;

	if (tame.column != FDP_NO_NUMBER &&
	    (tame.column > sane || tame.column < -sane))
		tame.column = sane;
	if (tame.end_column != FDP_NO_NUMBER &&
	    (tame.end_column > sane || tame.end_column < -sane))
		tame.end_column = sane;
	return tame;
}

struct fdp_syntax_mark fdp_syntax_mark(const struct fdp_syntax_error *syntax,
				       int minor)
{
	struct fdp_syntax_error tame = tamed(syntax);
	struct fdp_syntax_mark mark = { .text = NULL };
	struct line line;

	if (!syntax->text)
		return mark;
	line = split(syntax->text, minor);
	mark.text = line.text;
	mark.size = line.size;
	if (minor < 9)
		mark_38(&tame, &line, &mark);
	else if (minor < 10)
		mark_39(&tame, &line, &mark);
	else
		mark_range(&tame, &line, minor, &mark);
	/* The blanks are characters of the line, and end where it does. */
	mark.before = within(mark.before, line.stripped);
	mark.carets = within(mark.carets, COLUMNS_MAX);
	if (minor >= 15)
		widen(&line, minor, &mark);
	return mark;
}
