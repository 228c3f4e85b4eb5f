/* Exceptions in the text and the JSON form. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "../../daemon/render/error_tree.h"
#include "../../daemon/render/text_syntax.h"
#include "reports.h"
#include "suite.h"

#define NONE FDP_NO_NUMBER

static struct fdp_exception made(const char *type, const char *message)
{
	return (struct fdp_exception){
		.type = type,
		.message = message,
		.address = 0x7f00,
		.cause = FDP_UNKNOWN,
		.context = FDP_UNKNOWN,
	};
}

/* What is shown of the exceptions in LIST, of which the first is handled. */
static char *show(struct fdp_exception *list, size_t count, const char *version)
{
	int first = 0;
	struct fdp_report_thread thread = { .tid = 7, .crashed = true };
	struct fdp_report report = unknown_report();
	char *text, *found, *copy;

	thread.exceptions = (struct fdp_exceptions){
		.list = list,
		.count = count,
		.handled = &first,
		.handled_count = 1,
	};
	report.python.version = version;
	report.threads = &thread;
	report.thread_count = 1;
	text = render(&report, true, false);
	found = strstr(text, "\nException ");
	ck_assert_ptr_nonnull(found);
	*strstr(found, "\nFull report") = '\0';
	copy = strdup(found);
	free(text);
	return copy;
}

#define HANDLED                                                                \
	"\nException being handled in thread 7, most recent call last:\n"
#define DURING                                                                 \
	"\n  During handling of the above exception, another exception "       \
	"occurred:\n\n"
#define DIRECT                                                                 \
	"\n  The above exception was the direct cause of the following "       \
	"exception:\n\n"

START_TEST(circle_is_cut)
{
	struct fdp_exception list[] = { made("A", "a"), made("B", "b") };
	char *text;

	list[0].context = 1;
	list[1].context = 0;
	list[1].cause = 0;
	text = show(list, ARRAY_SIZE(list), _i ? "3.13.0" : "3.8.1");
	compare(text, HANDLED "  B: b\n" DURING "  A: a\n");
	free(text);
}
END_TEST

/* The order in which a version goes through them decides. */
START_TEST(shown_once)
{
	struct fdp_exception list[] = { made("A", "a"), made("B", "b"),
					made("C", "") };
	char *text;

	list[0].cause = 1;
	list[0].context = 2;
	list[1].context = 2;
	text = show(list, ARRAY_SIZE(list), _i ? "3.10.1" : "3.9.1");
	compare(text, HANDLED "  C\n" DURING "  B: b\n" DIRECT "  A: a\n");
	free(text);
	list[0].cause = FDP_UNKNOWN;
	list[0].suppress_context = true;
	text = show(list, ARRAY_SIZE(list), _i ? "3.10.1" : "3.9.1");
	compare(text, HANDLED "  A: a\n");
	free(text);
}
END_TEST

START_TEST(raised_and_handled)
{
	struct fdp_exception list[] = { made("A", "a"), made("B", NULL) };
	int handled = 1;
	struct fdp_report_thread thread = { .tid = 7 };
	struct fdp_report report = unknown_report();
	char *text;

	list[1].unsaid = "why";
	thread.exceptions = (struct fdp_exceptions){
		.list = list,
		.count = 2,
		.is_raised = true,
		.handled = &handled,
		.handled_count = 1,
	};
	report.threads = &thread;
	report.thread_count = 1;
	text = render(&report, true, false);
	ck_assert_ptr_nonnull(
		strstr(text, "\nException being raised in thread 7, most "
			     "recent call last:\n  A: a\n" HANDLED
			     "  B: <B object at 0x7f00: why>\n"));
	free(text);
	/* With the other one it is shown once. */
	list[0].context = 1;
	text = render(&report, true, false);
	ck_assert_ptr_null(strstr(text, "being handled"));
	ck_assert_ptr_nonnull(strstr(text, DURING));
	free(text);
}
END_TEST

/* What could look like the report's own lines does not. */
START_TEST(messages_are_tamed)
{
	const char *notes[] = { "a\nb", "" };
	struct fdp_exception one =
		made("A", "x\n\nThread 1:\n\x1b[31m\xe2\x80\xae");
	char *text;

	one.notes = notes;
	one.note_count = ARRAY_SIZE(notes);
	text = show(&one, 1, "3.12.1");
	compare(text, HANDLED "  A: x\n\n  Thread 1:\n"
			      "  \\x1b[31m\\u202e\n  a\n  b\n  \n");
	free(text);
}
END_TEST

static const char group_text[] = HANDLED
	"    + Exception Group Traceback (most recent call last):\n"
	"    |   File \"/srv/app.py\", line None, in f\n"
	"    | G: g\n"
	"    +-+---------------- 1 ----------------\n"
	"      | A: a\n"
	"      +---------------- 2 ----------------\n"
	"      | G: inner\n"
	"      +-+---------------- 1 ----------------\n"
	"        | B: b\n"
	"        | \n"
	"        | During handling of the above exception, another exception "
	"occurred:\n"
	"        | \n"
	"        | A: a\n"
	"        +---------------- ... ----------------\n"
	"        | and 2 more exceptions\n"
	"        +------------------------------------\n";

START_TEST(group_is_golden)
{
	struct fdp_frame frame = PYTHON("f", FDP_UNKNOWN);
	int outer[] = { 1, 2 };
	int inner[] = { 1 };
	struct fdp_exception list[] = { made("G", "g"), made("A", "a"),
					made("G", "inner"), made("B", "b") };
	char *text;

	list[0].is_group = list[2].is_group = true;
	list[0].frames = &frame;
	list[0].frame_count = 1;
	list[0].members = outer;
	list[0].member_count = 2;
	list[1].context = 3;
	list[2].members = inner;
	list[2].member_count = 1;
	list[2].members_left = 2;
	text = show(list, ARRAY_SIZE(list), "3.11.4");
	/* The context belongs to where it was come by last. */
	compare(text, group_text);
	free(text);
}
END_TEST

/* Groups that are members of each other end, however wide. */
START_TEST(groups_without_end)
{
	int members[15] = { 0 };
	struct fdp_exception group = made("G", "g");
	struct fdp_exceptions all = { .list = &group, .count = 1 };
	struct fdp_error_tree tree;
	char *text;

	group.is_group = true;
	group.members = members;
	group.member_count = ARRAY_SIZE(members);
	group.cause = 0;
	group.context = 0;
	ck_assert_int_eq(fdp_error_tree_build(&all, 0, 13, &tree), 0);
	ck_assert_int_eq(tree.count, FDP_ERROR_NODES_MAX);
	fdp_error_tree_done(&tree);
	text = show(&group, 1, "3.13.0");
	ck_assert_ptr_nonnull(strstr(text, "max_group_depth is 10"));
	free(text);
}
END_TEST

/* The line and its carets, as each version's traceback wrote them. */
static const struct {
	int minor;
	struct fdp_syntax_error error;
	const char *shown; /* text, or text and carets with '.' for a blank */
} marks[] = {
	/* In 2.7 by bytes. */
	{ -1, { .text = "  a b\n", .column = 5 }, "a b|..^" },
	{ -1, { .text = " \xc3\xa4 b\n", .column = 5 }, "\xc3\xa4 b|...^" },
	{ -1, { .text = "\xc3\xa4", .column = 90 }, "\xc3\xa4|.^" },
	{ -1, { .text = "\xc3\xa4", .column = 0 }, "\xc3\xa4|.^" },
	{ -1, { .text = "a b\n", .column = NONE }, "a b" },
	{ 8, { .text = "\xc3\xa4", .column = 90 }, "\xc3\xa4|^" },
	{ 8, { .text = NULL }, "" },
	{ 8, { .text = "  a b\n", .column = 5 }, "a b|..^" },
	{ 8, { .text = "  a b\n", .column = NONE }, "a b" },
	{ 8, { .text = "  a b\n", .column = 0 }, "a b|..^" },
	{ 8, { .text = "a b  \n", .column = 90 }, "a b|...^" },
	{ 9, { .text = "  a b\n", .column = 5 }, "a b|..^" },
	{ 9, { .text = "  a b\n", .column = 2 }, "a b" },
	{ 9, { .text = "  a b\n", .column = NONE }, "a b" },
	{ 10, { .text = "  a b\n", .column = 3, .end_column = 6 }, "a b|^^^" },
	{ 10, { .text = "a b\n", .column = 3, .end_column = 0 }, "a b|..^" },
	{ 10, { .text = "a b\n", .column = 3, .end_column = -1 }, "a b|..^" },
	{ 10, { .text = "a b\n", .column = 3, .end_column = 2 }, "a b|.." },
	{ 12,
	  { .text = "a b\n",
	    .column = 3,
	    .end_column = 9,
	    .line = 1,
	    .end_line = 2 },
	  "a b|..^^^^^^" },
	{ 13,
	  { .text = "a b\n",
	    .column = 3,
	    .end_column = 9,
	    .line = 1,
	    .end_line = 2 },
	  "a b|..^" },
	{ 13,
	  { .text = "a b\n", .column = 99, .end_column = 100 },
	  "a b|...^" },
	{ 13, { .text = "a b\n", .column = 3, .end_column = NONE }, "a b|..^" },
	/* A line that is no number is another one than none. */
	{ 13,
	  { .text = "a b\n",
	    .column = 2,
	    .end_column = NONE,
	    .line = NONE,
	    .end_line = NONE,
	    .line_text = "x" },
	  "a b|.^^" },
	{ 13,
	  { .text = "\xc3\xa4 \xe7\x8c\xab b\n", .column = 5, .end_column = 6 },
	  "\xc3\xa4 \xe7\x8c\xab b|....^" },
	{ 13,
	  { .text = "a", .column = INT64_MAX, .end_column = INT64_MIN + 1 },
	  "a|.^" },
	{ 10,
	  { .text = "a", .column = 1, .end_column = INT64_MAX },
	  NULL /* as many as there may be */ },
};

START_TEST(syntax_is_marked)
{
	struct fdp_syntax_mark mark =
		fdp_syntax_mark(&marks[_i].error, marks[_i].minor);
	char shown[256] = "";
	size_t used = 0;

	if (!marks[_i].shown) {
		ck_assert_int_eq(mark.carets, 4096);
		return;
	}
	if (mark.text)
		used = (size_t)snprintf(shown, sizeof(shown), "%.*s%s",
					(int)mark.size, mark.text,
					mark.marked ? "|" : "");
	for (int64_t i = 0; mark.marked && i < mark.before; i++)
		shown[used++] = '.';
	for (int64_t i = 0; mark.marked && i < mark.carets; i++)
		shown[used++] = '^';
	ck_assert_str_eq(shown, marks[_i].shown);
}
END_TEST

/* Whether the except clause has ended, which before 3.0 is not known at once.
 */
static const struct {
	const char *version;
	int ended;
	const char *title;
} titles[] = {
	{ "2.7.18", 0, "being handled" },
	{ "2.7.18", 1, "handled before" },
	{ "2.7.18", FDP_UNKNOWN, "handled now or before" },
	/* As of a report that does not say it. */
	{ "3.8.1", FDP_UNKNOWN, "being handled" },
};

START_TEST(title_says_what_is_known)
{
	struct fdp_exception error = made("A", "a");
	char wanted[96];
	char *text;

	error.ended = titles[_i].ended;
	text = show(&error, 1, titles[_i].version);
	snprintf(wanted, sizeof(wanted),
		 "\nException %s in thread 7, most recent call last:\n  A: a\n",
		 titles[_i].title);
	compare(text, wanted);
	free(text);
}
END_TEST

/* Nothing is folded, and a message can be empty. */
START_TEST(shown_as_in_27)
{
	static const char entry[] = "    File \"/srv/app.py\", line 3, in f\n";
	struct fdp_syntax_error syntax = { .line = 3,
					   .column = NONE,
					   .text = "a b" };
	struct fdp_frame frames[] = { PYTHON("f", 3), PYTHON("f", 3),
				      PYTHON("f", 3), PYTHON("f", 3),
				      PYTHON("f", 3) };
	struct fdp_exception error = made("SyntaxError", "not this");
	char *text;
	int entries = 0;

	error.syntax = &syntax;
	error.frames = frames;
	error.frame_count = ARRAY_SIZE(frames);
	text = show(&error, 1, "2.7.18");
	for (const char *at = text; (at = strstr(at, entry)); at++)
		entries++;
	ck_assert_int_eq(entries, ARRAY_SIZE(frames));
	ck_assert_ptr_null(strstr(text, "repeated"));
	ck_assert_ptr_nonnull(strstr(text, "    File \"<string>\", line 3\n"
					   "      a b\n"
					   "  SyntaxError\n"));
	free(text);
	syntax.message = "message";
	text = show(&error, 1, "2.7.18");
	ck_assert_ptr_nonnull(strstr(text, "\n  SyntaxError: message\n"));
	free(text);
}
END_TEST

static const char syntax_text[] =
	HANDLED "    File \"<string>\", line 3\n"
		"      a b\n"
		"        ^\n"
		"  SyntaxError: <no detail available>\n";

START_TEST(syntax_error_is_golden)
{
	struct fdp_syntax_error syntax = { .file = "",
					   .text = "a b\n",
					   .line = 3,
					   .column = 3,
					   .end_line = 3,
					   .end_column = 4 };
	struct fdp_exception one = made("SyntaxError", "in its own words");
	char *text;

	one.syntax = &syntax;
	text = show(&one, 1, "3.12.1");
	compare(text, syntax_text);
	free(text);
	syntax = (struct fdp_syntax_error){
		.message = "m",
		.file = "f",
		.line = NONE,
		.column = NONE,
		.end_line = NONE,
		.end_column = NONE,
	};
	text = show(&one, 1, "3.12.1");
	compare(text, HANDLED "  SyntaxError: m (f)\n");
	free(text);
	syntax.line_text = "a";
	text = show(&one, 1, "3.12.1");
	compare(text, HANDLED "    File \"f\", line a\n"
			      "  SyntaxError: m\n");
	free(text);
}
END_TEST

static const char exceptions_json[] =
	"\"raised\":null,\"handled\":[0],\"exceptions\":["
	"{\"type\":\"G\",\"message\":\"g\",\"unsaid\":null,"
	"\"address\":\"0x7f00\",\"notes\":[\"n\"],\"cause\":1,"
	"\"context\":null,\"suppress_context\":true,\"ended\":null,"
	"\"group\":{\"exceptions\":[1],\"more\":3},\"syntax\":null,"
	"\"frames\":[]},"
	"{\"type\":\"S\",\"message\":null,\"unsaid\":\"why\","
	"\"address\":null,\"notes\":[],\"cause\":null,\"context\":null,"
	"\"suppress_context\":false,\"ended\":false,\"group\":null,"
	"\"syntax\":{\"message\":null,\"file\":\"f\",\"line\":1,\"line_text\":"
	"null,"
	"\"column\":-1,\"end_line\":null,\"end_column\":null,"
	"\"text\":null},\"frames\":[]}]";

START_TEST(json_is_golden)
{
	struct fdp_syntax_error syntax = { .file = "f",
					   .line = 1,
					   .column = -1,
					   .end_line = NONE,
					   .end_column = NONE };
	const char *note = "n";
	int member = 1, first = 0;
	struct fdp_exception list[] = { made("G", "g"), made("S", NULL) };
	struct fdp_report_thread thread = {
		.tid = 7,
		.exceptions = { .list = list,
				.count = 2,
				.handled = &first,
				.handled_count = 1 },
	};
	struct fdp_report report = unknown_report();
	char *text;

	list[0].notes = &note;
	list[0].note_count = 1;
	list[0].cause = 1;
	list[0].suppress_context = true;
	list[0].ended = FDP_UNKNOWN;
	list[0].is_group = true;
	list[0].members = &member;
	list[0].member_count = 1;
	list[0].members_left = 3;
	list[1].unsaid = "why";
	list[1].address = 0;
	list[1].syntax = &syntax;
	report.threads = &thread;
	report.thread_count = 1;
	text = render_json(&report);
	ck_assert_ptr_nonnull(strstr(text, exceptions_json));
	free(text);
}
END_TEST

/* Threads on the same place are told apart if one handles something. */
START_TEST(other_threads_keep_theirs)
{
	struct fdp_frame frame = PYTHON("f", 3);
	struct fdp_exception one = made("A", "a");
	int first = 0;
	struct fdp_report_thread threads[5];
	struct fdp_report report = unknown_report();
	char *text;

	for (int i = 0; i < 5; i++)
		threads[i] = (struct fdp_report_thread){ .tid = i + 1,
							 .frames = &frame,
							 .frame_count = 1 };
	threads[3].exceptions = (struct fdp_exceptions){
		.list = &one, .count = 1, .handled = &first, .handled_count = 1
	};
	report.threads = threads;
	report.thread_count = 5;
	text = render(&report, false, false);
	ck_assert_ptr_nonnull(strstr(text, "Threads 2, 3, 5: the same stack"));
	ck_assert_ptr_nonnull(strstr(text, "\nThread 4, most recent"));
	ck_assert_ptr_nonnull(strstr(text, "handled in thread 4, most"));
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("render_exceptions");
	TCase *tcase = tcase_create("exceptions");

	tcase_add_loop_test(tcase, circle_is_cut, 0, 2);
	tcase_add_loop_test(tcase, shown_once, 0, 2);
	tcase_add_test(tcase, raised_and_handled);
	tcase_add_test(tcase, messages_are_tamed);
	tcase_add_test(tcase, group_is_golden);
	tcase_add_test(tcase, groups_without_end);
	tcase_add_loop_test(tcase, syntax_is_marked, 0, (int)ARRAY_SIZE(marks));
	tcase_add_loop_test(tcase, title_says_what_is_known, 0,
			    (int)ARRAY_SIZE(titles));
	tcase_add_test(tcase, shown_as_in_27);
	tcase_add_test(tcase, syntax_error_is_golden);
	tcase_add_test(tcase, json_is_golden);
	tcase_add_test(tcase, other_threads_keep_theirs);
	suite_add_tcase(suite, tcase);
	return fdp_suite_run(suite);
}
