/* What traceback points out of an expression. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "../../daemon/render/anchors.h"
#include "../../daemon/render/expression.h"
#include "../../daemon/render/points.h"
#include "suite.h"

/* Below the segment: ~ and ^ as far as it goes; "": nothing is pointed out. */
static const struct {
	enum fdp_anchors_style style;
	const char *segment, *marks;
} rows[] = {
	{ FDP_ANCHORS_312, "a + b", "~~^~~" },
	{ FDP_ANCHORS_313, "a + b", "~~^~~" },
	{ FDP_ANCHORS_313, "a // b", "~~^^~~" },
	{ FDP_ANCHORS_313, "a ** b", "~~^^~~" },
	{ FDP_ANCHORS_313, "a ** b ** c", "~~^^~~~~~~~" },
	{ FDP_ANCHORS_313, "a - b - c", "~~~~~~^~~" },
	{ FDP_ANCHORS_313, "a * b + c", "~~~~~~^~~" },
	{ FDP_ANCHORS_313, "a + b * c", "~~^~~~~~~" },
	{ FDP_ANCHORS_313, "a | b & c ^ d", "~~^~~~~~~~~~~" },
	{ FDP_ANCHORS_313, "a >> b", "~~^^~~" },
	{ FDP_ANCHORS_313, "(a) + (b)", "~~~~^~~~~" },
	{ FDP_ANCHORS_313, "a +(b)", "~~^^~~" },
	{ FDP_ANCHORS_313, "(a, b)+(c)", "~~~~~~^^~~" },
	{ FDP_ANCHORS_312, "(a)+ b", "~~~^^~" },
	{ FDP_ANCHORS_311, "(a)+ b", "~~^^~~" },
	{ FDP_ANCHORS_313, "-a ** b", "" },
	{ FDP_ANCHORS_313, "a ** -b", "~~^^~~~" },
	{ FDP_ANCHORS_313, "await a + b", "~~~~~~~~^~~" },
	{ FDP_ANCHORS_313, "await a", "" },
	{ FDP_ANCHORS_313, "not a + b", "" },
	{ FDP_ANCHORS_313, "a + b < c", "" },
	{ FDP_ANCHORS_313, "a + b and c", "" },
	{ FDP_ANCHORS_313, "a if b else c + d", "" },
	{ FDP_ANCHORS_313, "lambda: a + b", "" },
	{ FDP_ANCHORS_313, "a in b", "" },
	{ FDP_ANCHORS_313, "a not in b", "" },
	{ FDP_ANCHORS_313, "a is not b", "" },
	{ FDP_ANCHORS_313, "a, b", "" },
	{ FDP_ANCHORS_313, "a.b", "" },
	{ FDP_ANCHORS_313, "a = b + c", "" },
	{ FDP_ANCHORS_313, "a += b", "" },
	{ FDP_ANCHORS_313, "return a + b", "" },
	{ FDP_ANCHORS_313, "a +", "" },
	{ FDP_ANCHORS_313, "", "" },
	{ FDP_ANCHORS_313, "f(x)", "~^^^" },
	{ FDP_ANCHORS_312, "f(x)", "" },
	{ FDP_ANCHORS_313, "f (x)(y)", "~~~~~^^^" },
	{ FDP_ANCHORS_313, "a.f(x)", "~~~^^^" },
	{ FDP_ANCHORS_313, "(f)(x)", "~~~^^^" },
	{ FDP_ANCHORS_313, "f(')', \"(\", [')'])", "~^^^^^^^^^^^^^^^^^" },
	{ FDP_ANCHORS_313, "f('\\'(')", "~^^^^^^^" },
	{ FDP_ANCHORS_313, "f('''(''')", "~^^^^^^^^^" },
	{ FDP_ANCHORS_313, "f(f'{x[\"(\"]}(')", "~^^^^^^^^^^^^^^" },
	{ FDP_ANCHORS_313, "f(f'{{(')", "~^^^^^^^^" },
	{ FDP_ANCHORS_313, "f(1e-5, 0xe-1)", "~^^^^^^^^^^^^^" },
	{ FDP_ANCHORS_313, "f(x", "" },
	{ FDP_ANCHORS_313, "f('x)", "" },
	{ FDP_ANCHORS_313, "a[b]", "~^^^" },
	{ FDP_ANCHORS_312, "a[b]", "~^^^" },
	{ FDP_ANCHORS_311, "a[b]", "~^^^" },
	{ FDP_ANCHORS_311, "a[b ]", "~^^^~" },
	{ FDP_ANCHORS_312, "a[b ]", "~^^^^" },
	{ FDP_ANCHORS_311, "a[(b)]", "~^^^^~" },
	{ FDP_ANCHORS_313, "a[b][c:d]", "~~~~^^^^^" },
	{ FDP_ANCHORS_313, "a [b]", "~~^^^" },
	{ FDP_ANCHORS_313, "1 .x[2]", "~~~~^^^" },
	{ FDP_ANCHORS_313, "größe + b", "~~~~~~^~~" },
	{ FDP_ANCHORS_312, "größe + b", "~~~~~~^~~" },
	{ FDP_ANCHORS_313, "a\n+ b", "~~^~~" },
	{ FDP_ANCHORS_313, "a # +\n+ b", "~~~~~~^~~" },
	{ FDP_ANCHORS_313, "a \\\n+ b", "~~~~^~~" },
	{ FDP_ANCHORS_313, "f(\n1)", "~^^^^" },
};

static void draw(const struct fdp_anchors *anchors, size_t count, char *marks)
{
	for (size_t i = 0; i < count; i++)
		marks[i] = i >= anchors->left && i < anchors->right ? '^' : '~';
	marks[count] = '\0';
}

START_TEST(points_out_what_traceback_does)
{
	struct fdp_anchors anchors;
	struct fdp_points points;
	char marks[128] = "";

	ck_assert_int_eq(fdp_points_new(rows[_i].segment,
					strlen(rows[_i].segment), &points),
			 0);
	if (fdp_anchors_find(points.at, points.count, rows[_i].style, &anchors))
		draw(&anchors, points.count, marks);
	ck_assert_msg(strcmp(marks, rows[_i].marks) == 0, "%s\n%s, not\n%s",
		      rows[_i].segment, marks, rows[_i].marks);
	fdp_points_done(&points);
}
END_TEST

static const struct {
	const char *text;
	size_t start, end;
	bool plain;
} calls[] = {
	{ "x = f(y)", 4, 8, true },	   { "return f(y)", 7, 11, true },
	{ "x = f(y) # c", 4, 8, true },	   { "x = f(y); z", 4, 8, true },
	{ "x = (f(y))", 5, 9, true },	   { "x = f(y)", 4, 7, false },
	{ "x = a.f(y)", 4, 10, false },	   { "x = f(y)(z)", 4, 11, false },
	{ "x = f(y) + z", 4, 8, false },   { "x = f(y), z", 4, 8, false },
	{ "x == f(y)", 5, 9, false },	   { "x.y = f(z)", 6, 10, false },
	{ "f(y)", 0, 4, false },	   { "returns = f(y)", 10, 14, true },
	{ "returned f(y)", 9, 13, false }, { "return", 6, 6, false },
};

START_TEST(knows_a_plain_call)
{
	struct fdp_points points;

	ck_assert_int_eq(
		fdp_points_new(calls[_i].text, strlen(calls[_i].text), &points),
		0);
	ck_assert_msg(fdp_anchors_are_plain_call(
			      points.at, points.count, calls[_i].start,
			      calls[_i].end) == calls[_i].plain,
		      "%s", calls[_i].text);
	fdp_points_done(&points);
}
END_TEST

/* Nesting without end is given up, and takes no time. */
START_TEST(depth_is_bounded)
{
	static const char *const patterns[] = {
		"(", "[", "f(", "-", "not ", "lambda: ", "f'{", "a if b else "
	};
	const size_t size = 100000;
	size_t length = strlen(patterns[_i]);
	char *text = malloc(size + 1);
	struct fdp_anchors anchors;
	struct fdp_points points;

	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < size; i++)
		text[i] = patterns[_i][i % length];
	ck_assert_int_eq(fdp_points_new(text, size, &points), 0);
	ck_assert(!fdp_anchors_find(points.at, points.count, FDP_ANCHORS_313,
				    &anchors));
	fdp_points_done(&points);
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("anchors");
	TCase *tcase = tcase_create("anchors");

	tcase_add_loop_test(tcase, points_out_what_traceback_does, 0,
			    ARRAY_SIZE(rows));
	tcase_add_loop_test(tcase, knows_a_plain_call, 0, ARRAY_SIZE(calls));
	tcase_add_loop_test(tcase, depth_is_bounded, 0, 8);
	suite_add_tcase(suite, tcase);
	return fdp_suite_run(suite);
}
