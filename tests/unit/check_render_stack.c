/* Stacks as text: source lines and carets, and what is folded. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "reports.h"
#include "suite.h"

/* Source lines and carets, as each version has them. */
static const struct {
	const char *what;
	const char *version;
	const char *source;
	int end_line, column, end_column; /* the frame is on line 3 */
	const char *shown;
} sources[] = {
	{ "columns unknown", "3.12.1", "  f(x)", FDP_UNKNOWN, FDP_UNKNOWN,
	  FDP_UNKNOWN, "    f(x)\n" },
	{ "columns unknown", "3.13.0", "  f(x)", FDP_UNKNOWN, FDP_UNKNOWN,
	  FDP_UNKNOWN, "    f(x)\n" },
	{ "part of the line", "3.12.1", "  a = 1 + f(x)", 3, 10, 14,
	  "    a = 1 + f(x)\n            ^^^^\n" },
	{ "a call", "3.13.0", "  a = 1 + f(x)", 3, 10, 14,
	  "    a = 1 + f(x)\n            ~^^^\n" },
	{ "a call and nothing else", "3.12.1", "  a = f(x)", 3, 6, 10,
	  "    a = f(x)\n        ^^^^\n" },
	{ "a call and nothing else", "3.13.0", "  a = f(x)", 3, 6, 10,
	  "    a = f(x)\n" },
	{ "an operator", "3.11.7", "  a + b", 3, 2, 7,
	  "    a + b\n    ~~^~~\n" },
	{ "an operator", "3.13.0", "  a + b", 3, 2, 7,
	  "    a + b\n    ~~^~~\n" },
	{ "brackets", "3.12.1", "  a[b]", 3, 2, 6, "    a[b]\n    ~^^^\n" },
	{ "all of the line", "3.12.1", "  f(x)  ", 3, 2, 6, "    f(x)\n" },
	{ "all of the line", "3.13.0", "  f.x  ", 3, 2, 5, "    f.x\n" },
	{ "all but the end", "3.12.1", "  f(x)", 3, 2, 5,
	  "    f(x)\n    ^^^\n" },
	{ "all but the end", "3.13.0", "  f(x) ", 3, 2, 5,
	  "    f(x)\n    ^^^\n" },
	{ "two bytes for one column", "3.12.1", "s = größe(ä) + 1", 3, 4, 14,
	  "    s = größe(ä) + 1\n        ^^^^^^^\n" },
	{ "two columns for three bytes", "3.12.1", "s = 漢字 + f(x)", 3, 13, 17,
	  "    s = 漢字 + f(x)\n               ^^^^\n" },
	{ "one, before it knew", "3.11.2", "s = 漢字 + f(x)", 3, 13, 17,
	  "    s = 漢字 + f(x)\n             ^^^^\n" },
	{ "combining characters take one", "3.14.1", "e\xcc\x81 = f.x", 3, 6, 9,
	  "    e\xcc\x81 = f.x\n         ^^^\n" },
	{ "or none", "3.15.1", "e\xcc\x81 = f.x", 3, 6, 9,
	  "    e\xcc\x81 = f.x\n        ^^^\n" },
	{ "a tab is one blank", "3.12.1", "\tif\tf(x): g", 3, 4, 8,
	  "    if f(x): g\n       ^^^^\n" },
	{ "escaped characters are as wide as they look", "3.12.1",
	  "s = '\033' + f(x)", 3, 10, 14,
	  "    s = '\\x1b' + f(x)\n                 ^^^^\n" },
	{ "not UTF-8", "3.12.1", "s = '\xe9' + f(x)", 3, 10, 14,
	  "    s = '\\xe9' + f(x)\n                 ^^^^\n" },
	{ "not UTF-8", "3.14.1", "s = '\xe9' + f.x", 3, 10, 13,
	  "    s = '\\xe9' + f.x\n                 ^^^\n" },
	{ "goes on in the next line: to the end of this", "3.12.1", "a = f(", 5,
	  4, 1, "    a = f(\n        ^^\n" },
	{ "the same, where the next ones are not known", "3.13.0", "a = f(", 5,
	  4, 1, "    a = f(\n        ^^\n" },
	{ "ends before it begins", "3.12.1", "a = f(x)", 2, 4, 8,
	  "    a = f(x)\n" },
	{ "beyond the line: the file has changed", "3.12.1", "f()", 3, 1, 90,
	  "    f()\n" },
	{ "beyond the line: the file has changed", "3.13.0", "f()", 3, 1, 90,
	  "    f()\n" },
	{ "in the indentation", "3.12.1", "    f()", 3, 2, 6, "    f()\n" },
	{ "a comment: the file has changed", "3.12.1", "  # f(x)", 3, 4, 8,
	  "    # f(x)\n      ^^^^\n" },
	{ "a comment: the file has changed", "3.13.0", "  # f(x)", 3, 4, 8,
	  "    # f(x)\n" },
	{ "nothing but blanks", "3.12.1", "   ", 3, 0, 1, "" },
	{ "nothing but blanks", "3.13.0", "   ", 3, 0, 1, "" },
	{ "nothing", "3.12.1", NULL, 3, 0, 1, "" },
	{ "nothing", "3.13.0", NULL, 3, 0, 1, "" },
};

START_TEST(shows_source)
{
	struct fdp_frame frame = PYTHON("f", 3);
	struct fdp_report_thread thread = {
		.tid = 7, .crashed = true, .frames = &frame, .frame_count = 1
	};
	struct fdp_report report = unknown_report();
	char expected[256];
	char *text, *found;

	report.python.implementation = "CPython";
	report.python.version = sources[_i].version;
	frame.source = sources[_i].source;
	frame.end_line = sources[_i].end_line;
	frame.column = sources[_i].column;
	frame.end_column = sources[_i].end_column;
	report.threads = &thread;
	report.thread_count = 1;
	snprintf(expected, sizeof(expected), "line 3, in f\n%s",
		 sources[_i].shown);
	text = render(&report, true, false);
	found = strstr(text, "line 3, in f\n");
	ck_assert_ptr_nonnull(found);
	*strstr(found, "\nFull report") = '\0';
	ck_assert_msg(strcmp(found, expected) == 0, "%s:\n%s\nis not\n%s",
		      sources[_i].what, found, expected);
	free(text);
}
END_TEST

/* A line of a megabyte is shown in part. */
START_TEST(cuts_long_lines)
{
	const size_t size = 1 << 20;
	char *source = malloc(size + 1);
	struct fdp_frame frame = PYTHON("f", 3);
	struct fdp_report_thread thread = { .tid = 7,
					    .frames = &frame,
					    .frame_count = 1 };
	struct fdp_report report = unknown_report();
	char *text;

	ck_assert_ptr_nonnull(source);
	memset(source, 'x', size);
	source[size] = '\0';
	frame.source = source;
	report.threads = &thread;
	report.thread_count = 1;
	text = render(&report, false, false);
	ck_assert_uint_lt(strlen(text), 1000);
	free(text);
	free(source);
}
END_TEST

/* Folding: frames as letters, as in "aaaaab"; I, J are the interpreter's, S
 * is the shim's. */
static const struct {
	const char *what;
	const char *frames;
	const char *shown;
} folds[] = {
	{ "no more than three", "xaaab", "x a a a b" },
	{ "four are three and one", "xaaaab", "x a a a [line 1] b" },
	{ "a thousand", "x1000*a,b", "x a a a [line 997] b" },
	{ "a cycle of two", "x5*ab,c", "x a b a b a b [2 lines 2] c" },
	{ "a cycle of eight", "4*abcdefgh,x",
	  "a b c d e f g h a b c d e f g h a b c d e f g h [8 lines 1] x" },
	{ "a cycle of nine is not looked for", "4*abcdefghi,",
	  "a b c d e f g h i a b c d e f g h i a b c d e f g h i "
	  "a b c d e f g h i" },
	{ "the rest of a cycle is shown", "5*ab,a",
	  "a b a b a b [2 lines 2] a" },
	{ "two recursions", "5*a,5*b,", "a a a [line 2] b b b [line 2]" },
	{ "plumbing is one line", "xIJIay", "x (3) a y" },
	{ "and part of a cycle", "x5*aIJ,y",
	  "x a (2) a (2) a (2) [2 lines 2] y" },
	{ "at the top it is shown", "IJaIb", "I J a (1) b" },
	{ "all of the top's cycle", "6*IJ,", "I J I J I J [2 lines 3]" },
	{ "the shim at the top is not shown", "SSIJaIb", "I J a (1) b" },
	{ "further down it is", "aSIb", "a S (1) b" },
};

/* "x3*ab,c" is xabababc. */
static size_t expand(const char *pattern, char *out)
{
	size_t size = 0;

	while (*pattern) {
		char *star;
		long times = strtol(pattern, &star, 10);
		size_t length;

		if (star == pattern) {
			out[size++] = *pattern++;
			continue;
		}
		pattern = star + 1;
		length = strcspn(pattern, ",");
		for (long i = 0; i < times; i++, size += length)
			memcpy(out + size, pattern, length);
		pattern += length + 1;
	}
	return size;
}

/* The shape of a rendered stack in the words of the table. */
static void shape(const char *text, char *out, size_t size)
{
	FILE *stream = fmemopen(out, size, "w");
	const char *line = strstr(text, "first:\n") + strlen("first:\n");
	const char *space = "";

	while (*line && *line != '\n') {
		unsigned int count, lines;
		char name;

		fputs(space, stream);
		if (sscanf(line, "  File \"/srv/app.py\", line 1, in %c",
			   &name) == 1 ||
		    sscanf(line, "  | %c +0x14", &name) == 1)
			fputc(name, stream);
		if (sscanf(line, "  | ... %u frame", &count) == 1) {
			fseek(stream, -1, SEEK_CUR);
			fprintf(stream, "(%u)", count);
		}
		if (sscanf(line, "  [Previous line repeated %u more", &count) ==
		    1)
			fprintf(stream, "[line %u]", count);
		if (sscanf(line, "  [Previous %u lines repeated %u more",
			   &lines, &count) == 2)
			fprintf(stream, "[%u lines %u]", lines, count);
		line += strcspn(line, "\n") + 1;
		space = " ";
	}
	fputc('\0', stream);
	fclose(stream);
}

START_TEST(folds_repeated_frames)
{
	static char letters[8192];
	static char names[8192][2];
	static struct fdp_frame frames[8192];
	size_t count = expand(folds[_i].frames, letters);
	struct fdp_report_thread thread = { .tid = 7,
					    .frames = frames,
					    .frame_count = count };
	struct fdp_report report = unknown_report();
	char shown[1024];
	char *text;

	for (size_t i = 0; i < count; i++) {
		struct fdp_frame native = NATIVE(names[i], libpython, i);
		struct fdp_frame python = PYTHON(names[i], 1);

		names[i][0] = letters[i];
		frames[i] = letters[i] < 'a' ? native : python;
		if (letters[i] == 'S')
			frames[i].module = &shim;
	}
	report.threads = &thread;
	report.thread_count = 1;
	text = render(&report, true, false);
	shape(text, shown, sizeof(shown));
	ck_assert_msg(strcmp(shown, folds[_i].shown) == 0,
		      "%s: \"%s\" is not \"%s\"\n%s", folds[_i].what, shown,
		      folds[_i].shown, text);
	free(text);
}
END_TEST

/* A crash in a handler: what was interrupted stands below, and is told apart.
 */
START_TEST(marks_signal_frames)
{
	struct fdp_frame frames[] = {
		NATIVE("on_fault", demo, 0),
		NATIVE("<signal handler called>", libc, 0), PYTHON("f", 1)
	};
	struct fdp_report_thread thread = { .tid = 7, FRAMES(frames) };
	struct fdp_report report = unknown_report();
	char *text;

	frames[1].is_signal_return = true;
	report.threads = &thread;
	report.thread_count = 1;
	text = render(&report, true, false);
	ck_assert_ptr_nonnull(strstr(text, "first:\n"
					   "  | on_fault +0x14 (_demo.so)\n"
					   "  | <signal handler called> "
					   "(libc.so.6)\n"
					   "  File \"/srv/app.py\", line 1, in "
					   "f\n"));
	free(text);
}
END_TEST

/* Where frames are missing, and how it went on. */
START_TEST(shows_gaps)
{
	struct fdp_frame frames[] = {
		NATIVE("overwrites", demo, 0),
		{ .kind = FDP_FRAME_GAP,
		  .gap_bytes = 432,
		  .found = FDP_FOUND_SCAN },
		PYTHON("f", 1),
		{ .kind = FDP_FRAME_GAP, .found = FDP_FOUND_ANCHOR },
		NATIVE("main", demo, 0),
	};
	struct fdp_report_thread thread = { .tid = 7, FRAMES(frames) };
	struct fdp_report report = unknown_report();
	char *text;

	report.threads = &thread;
	report.thread_count = 1;
	text = render(&report, true, false);
	ck_assert_ptr_nonnull(strstr(
		text, "first:\n"
		      "  | overwrites +0x14 (_demo.so)\n"
		      "  | ... frames are missing here: 432 bytes of the "
		      "stack lead nowhere (goes on at what looks like a "
		      "return address)\n"
		      "  File \"/srv/app.py\", line 1, in f\n"
		      "  | ... frames are missing here (goes on where "
		      "Python keeps its evaluation)\n"
		      "  | main +0x14 (_demo.so)\n"));
	free(text);
}
END_TEST

/* Of a thread with nothing but frames of the shim nothing is known. */
START_TEST(hides_the_shim)
{
	struct fdp_frame frames[] = { NATIVE("fdp_handle", shim, 0),
				      NATIVE("fdp_default", shim, 4) };
	struct fdp_report_thread thread = { .tid = 7, FRAMES(frames) };
	struct fdp_report report = unknown_report();
	char *text;

	report.threads = &thread;
	report.thread_count = 1;
	ck_assert_ptr_null(fdp_thread_culprit(&thread));
	text = render(&report, true, false);
	ck_assert_ptr_null(strstr(text, "fdp_"));
	ck_assert_ptr_nonnull(strstr(text, "(no frames are known)"));
	free(text);
}
END_TEST

/* Many threads, all alike but one: two stacks are shown. */
START_TEST(folds_equal_threads)
{
	enum { COUNT = 5000 };
	static struct fdp_report_thread many[COUNT];
	static struct fdp_frame frames[] = { PYTHON("wait", 5) };
	static struct fdp_frame other[] = { PYTHON("wait", 6) };
	struct fdp_report report = unknown_report();
	size_t stacks = 0;
	char *text;

	for (int i = 0; i < COUNT; i++)
		many[i] = (struct fdp_report_thread){ .tid = 100 + i,
						      FRAMES(frames) };
	many[COUNT / 2].frames = other;
	report.threads = many;
	report.thread_count = COUNT;
	text = render(&report, false, false);
	for (const char *at = text; (at = strstr(at, "File \"")); at++)
		stacks++;
	/* That of the first thread, which is shown by itself, and two. */
	ck_assert_uint_eq(stacks, 3);
	ck_assert_ptr_nonnull(strstr(text, "Threads 101, 102, 103, "));
	ck_assert_ptr_nonnull(strstr(text, "\nThread 2600, most recent"));
	for (const char *at = text; *at; at += strcspn(at, "\n") + 1)
		ck_assert_uint_le(strcspn(at, "\n"), 150);
	free(text);
	text = render(&report, true, false);
	ck_assert_ptr_nonnull(strstr(text, "... and 4935 more threads\n"));
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("render_stack");
	TCase *tcase = tcase_create("render_stack");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, shows_source, 0, (int)ARRAY_SIZE(sources));
	tcase_add_test(tcase, cuts_long_lines);
	tcase_add_loop_test(tcase, folds_repeated_frames, 0,
			    (int)ARRAY_SIZE(folds));
	tcase_add_test(tcase, marks_signal_frames);
	tcase_add_test(tcase, shows_gaps);
	tcase_add_test(tcase, hides_the_shim);
	tcase_add_test(tcase, folds_equal_threads);
	suite_add_tcase(suite, tcase);
	return fdp_suite_run(suite);
}
