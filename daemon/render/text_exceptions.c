/*
 * The exceptions of a thread, in the form and the words of the traceback module
 * of the version that ran.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "error_tree.h"
#include "escape.h"
#include "fold.h"
#include "text.h"
#include "text_syntax.h"
#include "version.h"

/* In front of all, so that no message can look like a part of the report. */
#define INDENT "  "

/* max_group_depth of the traceback module. */
#define GROUP_DEPTH_MAX 10

/* Version from which on repeated entries of a traceback are folded. */
#define FOLDS_SINCE 6

#define CAUSE                                                                  \
	"The above exception was the direct cause of the following exception:"
#define CONTEXT                                                                \
	"During handling of the above exception, another exception occurred:"
#define GROUP_LINE "+------------------------------------"

struct printer {
	struct fdp_text text;
	const struct fdp_exceptions *exceptions;
	struct fdp_error_tree tree;
	int minor;
	int depth; /* columns of groups */
	bool need_close;
	char margin[2 * GROUP_DEPTH_MAX + 16]; /* see set_depth() */
	bool *shown;			       /* by index of an exception */
};

/* Of a group: two columns for each, and a bar. */
static void set_depth(struct printer *printer, int depth)
{
	printer->depth = depth;
	snprintf(printer->margin, sizeof(printer->margin), "%s%*s%s", INDENT,
		 2 * depth, "", depth ? "| " : "");
	printer->text.margin = printer->margin;
}

static void begin_line(struct printer *printer)
{
	fputs(printer->margin, printer->text.out);
}

/* An empty line, which has a margin only within a group. */
static void put_empty(struct printer *printer)
{
	if (printer->depth)
		begin_line(printer);
	putc('\n', printer->text.out);
}

static void put_line(struct printer *printer, const char *line)
{
	begin_line(printer);
	fputs(line, printer->text.out);
	putc('\n', printer->text.out);
}

/* The rest of a line: TEXT, whose own lines begin as all do. */
static void put_text(struct printer *printer, const char *text)
{
	for (;;) {
		size_t length = strcspn(text, "\n");

		fdp_escape(printer->text.out, text, length);
		putc('\n', printer->text.out);
		text += length;
		if (!*text++)
			return;
		if (*text && *text != '\n')
			begin_line(printer);
		else if (printer->depth)
			begin_line(printer);
	}
}

/* What is typed in has a number from 3.13 on, and it is not shown. */
static const char *shown_file(const struct fdp_frame *frame)
{
	if (!frame->file)
		return "?";
	return STARTS_WITH(frame->file, "<stdin>-") ? "<stdin>" : frame->file;
}

static void put_frame(struct printer *printer, const struct fdp_frame *frame)
{
	const struct fdp_text *text = &printer->text;

	begin_line(printer);
	fputs("  File \"", text->out);
	fdp_text_style(text, FDP_STYLE_CODE);
	fdp_escape_string(text->out, shown_file(frame));
	fdp_text_style(text, FDP_STYLE_PLAIN);
	fputs("\", line ", text->out);
	fdp_text_style(text, FDP_STYLE_CODE);
	if (frame->line > 0)
		fprintf(text->out, "%d", frame->line);
	else
		fputs("None", text->out);
	fdp_text_style(text, FDP_STYLE_PLAIN);
	fputs(", in ", text->out);
	fdp_text_style(text, FDP_STYLE_CODE);
	fdp_escape_string(text->out, frame->function ? frame->function : "?");
	fdp_text_style(text, FDP_STYLE_PLAIN);
	fdp_text_end_frame(text, frame);
	fdp_text_source(text, frame);
}

static bool same_string(const char *left, const char *right)
{
	return left == right || (left && right && strcmp(left, right) == 0);
}

/* What traceback compares; a line that is not known is like no other. */
static bool repeats(const struct printer *printer, const struct fdp_frame *left,
		    const struct fdp_frame *right)
{
	return printer->minor >= FOLDS_SINCE && left->line > 0 &&
	       left->line == right->line &&
	       same_string(left->function, right->function) &&
	       same_string(left->file, right->file);
}

static void put_repeated(struct printer *printer, size_t count)
{
	size_t more = count - FDP_FOLD_SHOWN;

	if (count <= FDP_FOLD_SHOWN)
		return;
	begin_line(printer);
	fprintf(printer->text.out,
		"  [Previous line repeated %zu more time%s]\n", more,
		more == 1 ? "" : "s");
}

static void put_frames(struct printer *printer,
		       const struct fdp_exception *exception)
{
	size_t count = 0;

	for (size_t i = exception->frame_count; i > 0; i--) {
		const struct fdp_frame *frame = &exception->frames[i - 1];

		if (count && !repeats(printer, frame, frame + 1)) {
			put_repeated(printer, count);
			count = 0;
		}
		if (++count <= FDP_FOLD_SHOWN)
			put_frame(printer, frame);
	}
	put_repeated(printer, count);
}

/* The line of source and its carets. */
static void put_source(struct printer *printer,
		       const struct fdp_syntax_error *syntax)
{
	struct fdp_syntax_mark mark = fdp_syntax_mark(syntax, printer->minor);
	FILE *out = printer->text.out;

	if (!mark.text)
		return;
	begin_line(printer);
	fputs("    ", out);
	fdp_escape(out, mark.text, mark.size);
	putc('\n', out);
	if (!mark.marked)
		return;
	begin_line(printer);
	fprintf(out, "    %*s", (int)mark.before, "");
	fdp_text_style(&printer->text, FDP_STYLE_MARK);
	for (int64_t i = 0; i < mark.carets; i++)
		putc('^', out);
	fdp_text_style(&printer->text, FDP_STYLE_PLAIN);
	putc('\n', out);
}

static void put_type(struct printer *printer,
		     const struct fdp_exception *exception)
{
	begin_line(printer);
	fdp_text_style(&printer->text, FDP_STYLE_HEADLINE);
	fdp_escape_string(printer->text.out,
			  exception->type ? exception->type : "?");
	fdp_text_style(&printer->text, FDP_STYLE_PLAIN);
}

/* Up to 3.7 there is always one. */
static bool has_place(const struct printer *printer,
		      const struct fdp_syntax_error *syntax)
{
	return syntax->line != FDP_NO_NUMBER || syntax->line_text ||
	       printer->minor < 8;
}

static void put_place(struct printer *printer,
		      const struct fdp_syntax_error *syntax)
{
	FILE *out = printer->text.out;

	begin_line(printer);
	fputs("  File \"", out);
	fdp_escape_string(out, syntax->file && *syntax->file ? syntax->file
							     : "<string>");
	fputs("\", line ", out);
	if (syntax->line != FDP_NO_NUMBER)
		fprintf(out, "%lld", (long long)syntax->line);
	else
		fdp_escape_string(out, syntax->line_text ? syntax->line_text
							 : "None");
	putc('\n', out);
}

/* Behind the type, unless it is empty; to the end of the line. */
static void put_message(struct printer *printer, const char *message)
{
	if (!message || !*message) {
		putc('\n', printer->text.out);
		return;
	}
	fputs(": ", printer->text.out);
	put_text(printer, message);
}

static void put_syntax(struct printer *printer,
		       const struct fdp_exception *exception)
{
	const struct fdp_syntax_error *syntax = exception->syntax;
	FILE *out = printer->text.out;

	if (has_place(printer, syntax))
		put_place(printer, syntax);
	put_source(printer, syntax);
	put_type(printer, exception);
	/* In 2.7 as any other. */
	if (printer->minor < 0) {
		put_message(printer, syntax->message);
		return;
	}
	fputs(": ", out);
	if (has_place(printer, syntax) || !syntax->file) {
		put_text(printer, syntax->message && *syntax->message
					  ? syntax->message
					  : "<no detail available>");
		return;
	}
	fdp_escape_string(out, syntax->message && *syntax->message
				       ? syntax->message
				       : "<no detail available>");
	fputs(" (", out);
	fdp_escape_string(out, syntax->file);
	fputs(")\n", out);
}

/* Type and message, or what is known instead of one. */
static void put_last_line(struct printer *printer,
			  const struct fdp_exception *exception)
{
	FILE *out = printer->text.out;

	put_type(printer, exception);
	if (exception->message) {
		put_message(printer, exception->message);
		return;
	}
	fputs(": <", out);
	fdp_escape_string(out, exception->type ? exception->type : "?");
	fprintf(out, " object at 0x%llx: %s>\n",
		(unsigned long long)exception->address,
		exception->unsaid ? exception->unsaid : "?");
}

static void put_exception_only(struct printer *printer,
			       const struct fdp_exception *exception)
{
	if (exception->syntax)
		put_syntax(printer, exception);
	else
		put_last_line(printer, exception);
	for (size_t i = 0; i < exception->note_count; i++) {
		begin_line(printer);
		put_text(printer, exception->notes[i]);
	}
}

static void put_chain(struct printer *printer, int node);

/* "+-+---------------- 1 ----------------" */
static void put_separator(struct printer *printer, size_t index,
			  const char *title)
{
	fprintf(printer->text.out,
		"%s%*s%s+---------------- %s ----------------\n", INDENT,
		2 * printer->depth, "", index == 0 ? "+-" : "  ", title);
}

static void put_member(struct printer *printer,
		       const struct fdp_error_node *node, size_t index,
		       size_t left)
{
	char title[24];
	bool there = index < (size_t)node->member_count;

	snprintf(title, sizeof(title), "%zu", index + 1);
	put_separator(printer, index, there ? title : "...");
	set_depth(printer, printer->depth + 1);
	if (there) {
		put_chain(printer, node->members + (int)index);
	} else {
		begin_line(printer);
		fprintf(printer->text.out, "and %zu more exception%s\n", left,
			left == 1 ? "" : "s");
	}
}

/* The closing line may have been written by the last member. */
static void put_members(struct printer *printer,
			const struct fdp_error_node *node,
			const struct fdp_exception *group)
{
	size_t all = group->member_count + group->members_left;
	size_t left = all - (size_t)node->member_count;
	size_t shown = (size_t)node->member_count + (left > 0);

	printer->need_close = false;
	for (size_t i = 0; i < shown; i++) {
		if (i + 1 == shown)
			printer->need_close = true;
		put_member(printer, node, i, left);
		if (i + 1 == shown && printer->need_close) {
			fprintf(printer->text.out, "%s%*s%s\n", INDENT,
				2 * printer->depth, "", GROUP_LINE);
			printer->need_close = false;
		}
		set_depth(printer, printer->depth - 1);
	}
}

static void put_group(struct printer *printer,
		      const struct fdp_error_node *node,
		      const struct fdp_exception *group)
{
	bool is_outermost = printer->depth == 0;

	if (printer->depth > GROUP_DEPTH_MAX) {
		begin_line(printer);
		fprintf(printer->text.out, "... (max_group_depth is %d)\n",
			GROUP_DEPTH_MAX);
		return;
	}
	if (is_outermost)
		set_depth(printer, 1);
	if (group->frame_count) {
		if (is_outermost)
			fprintf(printer->text.out, "%s  + ", INDENT);
		else
			begin_line(printer);
		fputs("Exception Group Traceback (most recent call last):\n",
		      printer->text.out);
		put_frames(printer, group);
	}
	put_exception_only(printer, group);
	put_members(printer, node, group);
	if (is_outermost)
		set_depth(printer, 0);
}

static void put_one(struct printer *printer, const struct fdp_error_node *node)
{
	const struct fdp_exception *exception =
		&printer->exceptions->list[node->exception];

	printer->shown[node->exception] = true;
	if (exception->is_group) {
		put_group(printer, node, exception);
		return;
	}
	if (exception->frame_count)
		put_line(printer, "Traceback (most recent call last):");
	put_frames(printer, exception);
	put_exception_only(printer, exception);
}

static int next_of(const struct fdp_error_node *node)
{
	return node->cause != FDP_UNKNOWN ? node->cause : node->context;
}

/* The exception at NODE, behind those that it came from. */
static void put_chain(struct printer *printer, int first)
{
	const struct fdp_error_node *nodes = printer->tree.nodes;
	int at = first;

	while (next_of(&nodes[at]) != FDP_UNKNOWN)
		at = next_of(&nodes[at]);
	for (;; at = nodes[at].parent) {
		if (next_of(&nodes[at]) != FDP_UNKNOWN) {
			put_empty(printer);
			put_line(printer, nodes[at].cause != FDP_UNKNOWN
						  ? CAUSE
						  : CONTEXT);
			put_empty(printer);
		}
		put_one(printer, &nodes[at]);
		if (at == first)
			return;
	}
}

/* 2.7 keeps what a function has caught until it returns. */
static const char *handled_title(const struct printer *printer,
				 const struct fdp_exception *exception)
{
	if (exception->ended == 0 || printer->minor >= 0)
		return "being handled";
	return exception->ended == 1 ? "handled before"
				     : "handled now or before";
}

/* One that was not shown with another one; the title says TITLE. */
static int put_root(struct printer *printer, int exception, const char *title,
		    const struct fdp_report_thread *thread)
{
	const struct fdp_text *text = &printer->text;
	int r;

	if (printer->shown[exception])
		return 0;
	r = fdp_error_tree_build(printer->exceptions, exception, printer->minor,
				 &printer->tree);
	if (r < 0)
		return r;
	putc('\n', text->out);
	fdp_text_style(text, FDP_STYLE_TITLE);
	fprintf(text->out, "Exception %s", title);
	if (thread->tid > 0)
		fprintf(text->out, " in thread %ld", (long)thread->tid);
	fputs(", most recent call last:", text->out);
	fdp_text_style(text, FDP_STYLE_PLAIN);
	putc('\n', text->out);
	put_chain(printer, 0);
	fdp_error_tree_done(&printer->tree);
	return 0;
}

int fdp_text_exceptions(const struct fdp_text *text,
			const struct fdp_report_thread *thread)
{
	const struct fdp_exceptions *exceptions = &thread->exceptions;
	_cleanup_free_ bool *shown =
		calloc(exceptions->count + 1, sizeof(*shown));
	struct printer printer = {
		.text = *text,
		.exceptions = exceptions,
		.minor = fdp_version_minor(text->report),
		.shown = shown,
	};
	int r = 0;

	if (!exceptions->count)
		return 0;
	if (!shown)
		return -ENOMEM;
	set_depth(&printer, 0);
	if (exceptions->is_raised)
		r = put_root(&printer, 0, "being raised", thread);
	for (size_t i = 0; i < exceptions->handled_count && r == 0; i++)
		r = put_root(&printer, exceptions->handled[i],
			     handled_title(
				     &printer,
				     &exceptions->list[exceptions->handled[i]]),
			     thread);
	return r;
}
