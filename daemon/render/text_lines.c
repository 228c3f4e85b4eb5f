/*
 * Source and what is marked in it as 3.13 and later show it: all lines of what
 * was being executed, but for those in the middle, where nothing happens.
 */
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "anchors.h"
#include "escape.h"
#include "expression.h"
#include "points.h"
#include "text.h"
#include "version.h"

/* Lines around a place that are shown with it. */
#define AROUND 1

/* One line of source, dedented. */
struct line {
	const char *bytes;
	size_t size;
	const uint32_t *points;
	size_t count;
	bool significant;
};

struct block {
	const struct fdp_text *text;
	int minor;
	struct fdp_points points; /* of all lines, with newlines between */
	struct line *lines;
	size_t count;
	size_t dedent; /* characters that the first line was longer */
	/* Of what was executed: in the first and in the last line. */
	size_t start, end;
	bool found, marks;
	struct fdp_anchors anchors; /* in points */
};

/* One row of output. */
struct row {
	char *bytes;
	size_t size;
	bool mark;
};

struct rows {
	struct row *all;
	size_t count;
	bool failed;
};

static bool is_blank(char byte)
{
	return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static size_t blanks_in_front(const char *bytes, size_t size)
{
	size_t count = 0;

	while (count < size && (bytes[count] == ' ' || bytes[count] == '\t'))
		count++;
	return count;
}

/* Lines without what stands behind them. */
static void split(struct block *block, const char *text)
{
	const char *end;

	for (;; text = end + 1) {
		struct line *line = &block->lines[block->count++];

		end = strchrnul(text, '\n');
		line->bytes = text;
		line->size = (size_t)(end - text);
		while (line->size && is_blank(text[line->size - 1]))
			line->size--;
		if (!*end)
			return;
	}
}

/* What all lines that have something begin with, in bytes: blanks. */
static size_t margin_of(const struct block *block)
{
	const struct line *model = NULL;
	size_t margin = 0;

	for (size_t i = 0; i < block->count; i++) {
		const struct line *line = &block->lines[i];
		size_t blanks = blanks_in_front(line->bytes, line->size), at;

		if (!line->size)
			continue;
		if (!model) {
			model = line;
			margin = blanks;
			continue;
		}
		for (at = 0; at < margin && at < blanks &&
			     line->bytes[at] == model->bytes[at];
		     at++)
			;
		margin = at;
	}
	return margin;
}

static void dedent(struct block *block)
{
	size_t margin = margin_of(block);

	for (size_t i = 0; i < block->count; i++) {
		struct line *line = &block->lines[i];
		size_t taken = line->size < margin ? line->size : margin;

		line->bytes += taken;
		line->size -= taken;
		if (i == 0)
			block->dedent = taken;
	}
}

/* Joined, they are what is searched for the places. */
static int join(struct block *block)
{
	_cleanup_free_ char *joined = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&joined, &size);
	size_t at = 0;
	int r;

	if (!out)
		return -1;
	for (size_t i = 0; i < block->count; i++) {
		if (i > 0)
			putc('\n', out);
		fwrite(block->lines[i].bytes, 1, block->lines[i].size, out);
	}
	if (fclose(out) != 0)
		return -1;
	r = fdp_points_new(joined, size, &block->points);
	for (size_t i = 0; r == 0 && i < block->count; i++) {
		struct line *line = &block->lines[i];

		line->points = block->points.at + at;
		line->count =
			fdp_points_at(line->bytes, line->size, line->size);
		at += line->count + 1;
	}
	return r;
}

static size_t offset_in(const struct block *block, const char *source,
			int column)
{
	size_t size = strcspn(source, "\n");
	size_t at = fdp_points_at(source, size, (size_t)column);

	return at > block->dedent ? at - block->dedent : 0;
}

static const char *last_line(const char *lines)
{
	const char *newline = strrchr(lines, '\n');

	return newline ? newline + 1 : lines;
}

static void find_places(struct block *block, const struct fdp_frame *frame,
			const char *source)
{
	const struct line *last = &block->lines[block->count - 1];

	block->start = offset_in(block, source, frame->column);
	if (block->start > block->lines[0].count)
		block->start = block->lines[0].count;
	/* Where the others are not known it goes on to the end of the first. */
	block->end = frame->end_line > frame->line && block->count == 1
			     ? last->count
			     : offset_in(block, last_line(source),
					 frame->end_column);
	if (block->end > last->count)
		block->end = last->count;
}

/* Where what was executed ends, in the points of all lines. */
static size_t end_point(const struct block *block)
{
	const struct line *last = &block->lines[block->count - 1];

	return (size_t)(last->points - block->points.at) + block->end;
}

static bool is_ascii(const uint32_t *points, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (points[i] >= 0x80)
			return false;
	return true;
}

/* Bytes are compared with characters there: others than ASCII differ. */
static bool is_plain_call(const struct block *block)
{
	const struct line *last = &block->lines[block->count - 1];

	return is_ascii(block->lines[0].points, block->start) &&
	       is_ascii(last->points, block->end) &&
	       fdp_anchors_are_plain_call(block->points.at, block->points.count,
					  block->start, end_point(block));
}

static bool is_all_blank(const uint32_t *points, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (points[i] != ' ' &&
		    !(points[i] >= '\t' && points[i] <= '\r'))
			return false;
	return true;
}

/* Comments only, in a file that was changed: traceback marks nothing there. */
static bool is_no_statement(const struct block *block)
{
	return fdp_expression_skip(block->points.at, block->points.count, 0) ==
	       block->points.count;
}

static void find_marks(struct block *block)
{
	const struct line *last = &block->lines[block->count - 1];
	size_t end = end_point(block);

	if (end < block->start)
		return;
	block->found = fdp_anchors_find(block->points.at + block->start,
					end - block->start, FDP_ANCHORS_313,
					&block->anchors);
	block->anchors.left += block->start;
	block->anchors.right += block->start;
	block->marks = !is_no_statement(block) && !is_plain_call(block) &&
		       (block->found ||
			!is_all_blank(block->lines[0].points, block->start) ||
			!is_all_blank(last->points + block->end,
				      last->count - block->end));
}

/* The line that point AT is in. */
static size_t line_of(const struct block *block, size_t at)
{
	size_t number = block->count - 1;

	while (number > 0 &&
	       (size_t)(block->lines[number].points - block->points.at) > at)
		number--;
	return number;
}

static void choose_around(struct block *block, size_t at)
{
	size_t number = line_of(block, at);

	for (size_t i = 0; i < block->count; i++)
		if (i + AROUND >= number && i <= number + AROUND)
			block->lines[i].significant = true;
}

static void choose(struct block *block)
{
	block->lines[0].significant = true;
	block->lines[block->count - 1].significant = true;
	if (!block->found)
		return;
	choose_around(block, block->anchors.left);
	choose_around(block, block->anchors.right);
}

/* The character below the point with number AT of LINE. */
static char mark_at(const struct block *block, const struct line *line,
		    size_t at)
{
	size_t point = (size_t)(line->points - block->points.at) + at;

	if (is_all_blank(line->points, at + 1) ||
	    (line == block->lines && at < block->start))
		return ' ';
	if (!block->found)
		return '^';
	return point >= block->anchors.left && point < block->anchors.right
		       ? '^'
		       : '~';
}

static void add_row(struct rows *rows, char *bytes, size_t size, bool mark)
{
	struct row *grown =
		bytes ? realloc(rows->all, (rows->count + 1) * sizeof(*grown))
		      : NULL;

	if (!grown) {
		free(bytes);
		rows->failed = true;
		return;
	}
	rows->all = grown;
	rows->all[rows->count++] = (struct row){ bytes, size, mark };
}

static void add_marks(const struct block *block, const struct line *line,
		      struct rows *rows)
{
	bool last = line == &block->lines[block->count - 1];
	size_t count = last ? block->end : line->count, size = 0;
	char *bytes = NULL;
	FILE *out = open_memstream(&bytes, &size);

	if (!out) {
		rows->failed = true;
		return;
	}
	for (size_t i = 0; i < count; i++) {
		size_t columns =
			fdp_points_width(line->points + i, 1, block->minor);

		while (columns-- > 0)
			putc(mark_at(block, line, i), out);
	}
	if (fclose(out) != 0)
		rows->failed = true;
	add_row(rows, bytes, size, true);
}

static void add_line(const struct block *block, size_t number,
		     struct rows *rows)
{
	const struct line *line = &block->lines[number];

	add_row(rows, strndup(line->bytes, line->size), line->size, false);
	if (block->marks)
		add_marks(block, line, rows);
}

static void add_left_out(size_t count, struct rows *rows)
{
	char *bytes;
	int size = asprintf(&bytes, "...<%zu lines>...", count);

	add_row(rows, size < 0 ? NULL : bytes, size < 0 ? 0 : (size_t)size,
		false);
}

static void add_all(const struct block *block, struct rows *rows)
{
	size_t before = 0;

	for (size_t i = 0; i < block->count; i++) {
		if (!block->lines[i].significant)
			continue;
		if (i > before + 2)
			add_left_out(i - before - 1, rows);
		else if (i == before + 2)
			add_line(block, i - 1, rows);
		add_line(block, i, rows);
		before = i;
	}
}

/* What is left is dedented once more, marks and all. */
static size_t margin_of_rows(const struct rows *rows)
{
	size_t margin = SIZE_MAX;

	for (size_t i = 0; i < rows->count; i++) {
		const struct row *row = &rows->all[i];
		size_t blanks = blanks_in_front(row->bytes, row->size);

		if (blanks < row->size && blanks < margin)
			margin = blanks;
	}
	return margin;
}

static void write_rows(const struct fdp_text *text, const struct rows *rows)
{
	size_t margin = margin_of_rows(rows);

	for (size_t i = 0; i < rows->count; i++) {
		const struct row *row = &rows->all[i];
		size_t blanks = blanks_in_front(row->bytes, row->size);

		fdp_text_begin_source(text);
		if (row->mark)
			fdp_text_style(text, FDP_STYLE_MARK);
		/* One that has nothing but blanks loses them. */
		if (blanks < row->size)
			fdp_escape(text->out, row->bytes + margin,
				   row->size - margin);
		if (row->mark)
			fdp_text_style(text, FDP_STYLE_PLAIN);
		putc('\n', text->out);
	}
}

static void rows_done(struct rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		free(rows->all[i].bytes);
	free(rows->all);
}

static size_t count_lines(const char *lines)
{
	size_t count = 1;

	while ((lines = strchr(lines, '\n'))) {
		lines++;
		count++;
	}
	return count;
}

void fdp_text_source_lines(const struct fdp_text *text,
			   const struct fdp_frame *frame)
{
	const char *source = frame->lines ? frame->lines : frame->source;
	struct block block = {
		.text = text,
		.minor = fdp_version_minor(text->report),
		.lines = calloc(count_lines(source), sizeof(*block.lines)),
	};
	struct rows rows = { .all = NULL };

	if (!block.lines)
		return;
	split(&block, source);
	dedent(&block);
	if (join(&block) == 0) {
		find_places(&block, frame, source);
		find_marks(&block);
		choose(&block);
		/* As traceback has it: a block without anything is not shown.
		 */
		if (!is_all_blank(block.points.at, block.points.count))
			add_all(&block, &rows);
	}
	if (!rows.failed)
		write_rows(text, &rows);
	rows_done(&rows);
	fdp_points_done(&block.points);
	free(block.lines);
}
