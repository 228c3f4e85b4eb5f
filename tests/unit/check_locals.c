/* Names and values of frames, and what damage does to them. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "../../daemon/python/locals.h"
#include "fake_objects.h"
#include "suite.h"

/* co_localspluskinds */
#define LOCAL 0x20
#define CELL 0x40
#define FREE 0x80

#define FLAG_VARARGS 4

struct fixture {
	struct fdp_target *target;
	struct fake_objects objects;
	struct fdp_report report;
	struct fdp_locals *locals;
	uint64_t code, frame;
	uint64_t tag; /* of each reference in the frame */
};

static uint64_t names_of(struct fixture *fixture, const char *const *names,
			 size_t count)
{
	uint64_t items[8];

	for (size_t i = 0; i < count; i++)
		items[i] = fake_string(&fixture->objects, names[i]);
	return fake_tuple(&fixture->objects, items, count);
}

static void set(struct fixture *fixture, uint64_t object, uint32_t field,
		uint64_t value)
{
	fake_python_set(&fixture->objects.python, object, field, value);
}

/* def f(a, captured, *rest): local, token, cell; around it: free */
static void make_code(struct fixture *fixture)
{
	static const char *const all[] = { "a",	    "captured", "rest", "local",
					   "token", "cell",	"free" };
	static const char *const cells[] = { "captured", "cell" };
	static const uint8_t kinds[] = { LOCAL, LOCAL | CELL, LOCAL, LOCAL,
					 LOCAL, CELL,	      FREE };
	const struct fdp_python_offsets *offsets =
		fixture->objects.python.offsets;
	uint64_t code = fake_python_alloc(&fixture->objects.python, 512);

	fake_target_write_u32(fixture->target, code + offsets->code.arguments,
			      2);
	fake_target_write_u32(fixture->target, code + offsets->code.flags,
			      FLAG_VARARGS);
	set(fixture, code, offsets->code.local_names,
	    names_of(fixture, all, 7));
	set(fixture, code, offsets->code.local_kinds,
	    fake_python_bytes(&fixture->objects.python, kinds, sizeof(kinds)));
	set(fixture, code, offsets->code.variables, names_of(fixture, all, 5));
	set(fixture, code, offsets->code.cells, names_of(fixture, cells, 2));
	set(fixture, code, offsets->code.free, names_of(fixture, all + 6, 1));
	fixture->code = code;
}

static void set_slot(struct fixture *fixture, uint32_t slot, uint64_t value)
{
	set(fixture, fixture->frame,
	    fixture->objects.python.offsets->frame.locals + 8 * slot,
	    value | fixture->tag);
}

static bool is_old(const struct fixture *fixture)
{
	return fixture->objects.python.offsets->code.local_names == FDP_ABSENT;
}

static void setup(struct fixture *fixture, int number)
{
	memset(fixture, 0, sizeof(*fixture));
	fixture->target = fake_target_new();
	fake_objects_start(&fixture->objects, fixture->target, number);
	make_code(fixture);
	fixture->frame = fake_python_alloc(&fixture->objects.python, 512);
	ck_assert_int_eq(fdp_locals_new(fixture->target,
					fixture->objects.python.offsets,
					&fixture->report, &fixture->locals),
			 0);
}

/* All seven have a value: 0 to 6, and the token's cannot be read. */
static void fill(struct fixture *fixture)
{
	struct fake_objects *objects = &fixture->objects;

	for (int32_t i = 0; i < 4; i++)
		set_slot(fixture, (uint32_t)i, fake_integer(objects, i));
	set_slot(fixture, 4, FAKE_NOWHERE);
	if (is_old(fixture)) {
		/* It has moved. */
		set_slot(fixture, 1, 0);
		set_slot(fixture, 5,
			 fake_cell(objects, fake_integer(objects, 1)));
		set_slot(fixture, 6,
			 fake_cell(objects, fake_integer(objects, 5)));
		set_slot(fixture, 7,
			 fake_cell(objects, fake_integer(objects, 6)));
		return;
	}
	set_slot(fixture, 1, fake_cell(objects, fake_integer(objects, 1)));
	set_slot(fixture, 5, fake_cell(objects, fake_integer(objects, 5)));
	set_slot(fixture, 6, fake_cell(objects, fake_integer(objects, 6)));
}

static void teardown(struct fixture *fixture)
{
	fdp_locals_free(fixture->locals);
	fdp_report_done(&fixture->report);
	fdp_target_free(fixture->target);
}

/* All locals as "name:kind=value ...". */
static void expect(struct fixture *fixture, const char *expected)
{
	static const char kinds[] = "alcf";
	struct fdp_frame frame = { .locals = NULL };
	char text[1024] = "";
	size_t size = 0;

	ck_assert_int_eq(fdp_locals_read(fixture->locals, fixture->frame,
					 fixture->code, &frame),
			 0);
	ck_assert(frame.locals || frame.local_count == 0);
	for (size_t i = 0; i < frame.local_count; i++)
		size += (size_t)snprintf(
			text + size, sizeof(text) - size, "%s%s:%c=%s",
			i ? " " : "", frame.locals[i].name,
			kinds[frame.locals[i].kind], frame.locals[i].value);
	ck_assert_msg(strcmp(text, expected) == 0, "3.%d%s: %s",
		      fixture->objects.python.offsets->minor,
		      fixture->objects.python.offsets->free_threaded ? "t" : "",
		      text);
}

START_TEST(test_all)
{
	struct fixture fixture;

	setup(&fixture, _i);
	fill(&fixture);
	expect(&fixture, "a:a=0 captured:a=1 rest:a=2 local:l=3 "
			 "token:l=<masked> cell:c=5 free:f=6");
	ck_assert_uint_eq(fixture.report.capture.missing_count, 0);
	teardown(&fixture);
}
END_TEST

/* A frame that has just begun has no cells yet, and few values. */
START_TEST(test_begun)
{
	struct fixture fixture;

	setup(&fixture, _i);
	set_slot(&fixture, 1, fake_integer(&fixture.objects, 8));
	expect(&fixture, "captured:a=8");
	teardown(&fixture);
}
END_TEST

/*
 * From 3.14 on a reference says in its lowest bit who counts it, and one to
 * nothing has that bit alone.
 */
static const int tagged[] = { 14, 15, FAKE_FREE + 14 - FAKE_FREE_FIRST,
			      FAKE_FREE + 15 - FAKE_FREE_FIRST };

START_TEST(test_tagged)
{
	struct fixture fixture;

	setup(&fixture, tagged[_i]);
	fixture.tag = 1;
	fill(&fixture);
	set_slot(&fixture, 0, 0);
	expect(&fixture, "captured:a=1 rest:a=2 local:l=3 token:l=<masked> "
			 "cell:c=5 free:f=6");
	ck_assert_uint_eq(fixture.report.capture.missing_count, 0);
	teardown(&fixture);
}
END_TEST

START_TEST(test_no_cell)
{
	struct fixture fixture;
	uint32_t cell = 5;

	setup(&fixture, _i);
	fill(&fixture);
	if (is_old(&fixture))
		cell = 6;
	set_slot(&fixture, cell, fake_integer(&fixture.objects, 9));
	set_slot(&fixture, cell + 1, fake_cell(&fixture.objects, 0));
	expect(&fixture, "a:a=0 captured:a=1 rest:a=2 local:l=3 "
			 "token:l=<masked> cell:c=9");
	teardown(&fixture);
}
END_TEST

#define AT(member) offsetof(struct fdp_python_offsets, member)

/* A code object whose names cannot be read: no locals, which is said. */
static const struct {
	const char *what;
	size_t field;
	uint64_t value;
	bool old, new;
} damages[] = {
	{ "no names", AT(code.local_names), 0, false, true },
	{ "names nowhere", AT(code.local_names), FAKE_NOWHERE, false, true },
	{ "no kinds", AT(code.local_kinds), 0, false, true },
	{ "no variables", AT(code.variables), 0, true, false },
	{ "variables nowhere", AT(code.variables), FAKE_NOWHERE, true, false },
	{ "no cells", AT(code.cells), 0, true, false },
	{ "no free ones", AT(code.free), 0, true, false },
};

START_TEST(test_damaged)
{
	for (int number = FAKE_FIRST; number < FAKE_END; number++) {
		struct fixture fixture;
		uint32_t field;

		setup(&fixture, number);
		if (is_old(&fixture) ? damages[_i].old : damages[_i].new) {
			memcpy(&field,
			       (const char *)fixture.objects.python.offsets +
				       damages[_i].field,
			       sizeof(field));
			set(&fixture, fixture.code, field, damages[_i].value);
			fill(&fixture);
			expect(&fixture, "");
			expect(&fixture, "");
			ck_assert_uint_eq(fixture.report.capture.missing_count,
					  1);
		}
		teardown(&fixture);
	}
}
END_TEST

/* Fewer kinds than names. */
START_TEST(test_few_kinds)
{
	static const uint8_t kinds[] = { LOCAL, LOCAL, LOCAL };
	struct fixture fixture;

	setup(&fixture, _i);
	fill(&fixture);
	set(&fixture, fixture.code,
	    fixture.objects.python.offsets->code.local_kinds,
	    fake_python_bytes(&fixture.objects.python, kinds, sizeof(kinds)));
	if (!is_old(&fixture)) {
		expect(&fixture, "");
		ck_assert_uint_eq(fixture.report.capture.missing_count, 1);
	}
	teardown(&fixture);
}
END_TEST

START_TEST(test_frame_unreadable)
{
	struct fixture fixture;

	setup(&fixture, _i);
	fixture.frame = FAKE_NOWHERE;
	expect(&fixture, "");
	ck_assert_uint_eq(fixture.report.capture.missing_count, 1);
	teardown(&fixture);
}
END_TEST

/* More names than anybody has, and as many as a hostile length says. */
START_TEST(test_many_names)
{
	struct fixture fixture;
	const struct fdp_python_offsets *offsets;
	uint64_t name, tuple;
	uint64_t items[FDP_LOCALS_MAX + 1];
	uint8_t kinds[FDP_LOCALS_MAX + 1];
	uint32_t field;

	setup(&fixture, _i);
	offsets = fixture.objects.python.offsets;
	name = fake_string(&fixture.objects, "n");
	for (size_t i = 0; i < ARRAY_SIZE(items); i++)
		items[i] = name;
	memset(kinds, LOCAL, sizeof(kinds));
	tuple = fake_tuple(&fixture.objects, items, ARRAY_SIZE(items));
	field = is_old(&fixture) ? offsets->code.variables
				 : offsets->code.local_names;
	set(&fixture, fixture.code, field, tuple);
	set(&fixture, fixture.code, offsets->code.local_kinds,
	    fake_python_bytes(&fixture.objects.python, kinds, sizeof(kinds)));
	set(&fixture, tuple, offsets->object.size, UINT64_MAX);
	fixture.frame = fake_python_alloc(&fixture.objects.python, 16384);
	set_slot(&fixture, FDP_LOCALS_MAX - 1,
		 fake_integer(&fixture.objects, 4));
	set_slot(&fixture, FDP_LOCALS_MAX, fake_integer(&fixture.objects, 5));
	expect(&fixture, "n:l=4");
	ck_assert_uint_eq(fixture.report.capture.missing_count, 1);
	teardown(&fixture);
}
END_TEST

static Suite *locals_suite(void)
{
	Suite *suite = suite_create("locals");
	TCase *tests = tcase_create("locals");

	tcase_add_loop_test(tests, test_all, FAKE_FIRST, FAKE_END);
	tcase_add_loop_test(tests, test_all, FAKE_MOVED, FAKE_MOVED_END);
	tcase_add_loop_test(tests, test_begun, FAKE_FIRST, FAKE_END);
	tcase_add_loop_test(tests, test_begun, FAKE_MOVED, FAKE_MOVED_END);
	tcase_add_loop_test(tests, test_tagged, 0, (int)ARRAY_SIZE(tagged));
	tcase_add_loop_test(tests, test_no_cell, FAKE_FIRST, FAKE_END);
	tcase_add_loop_test(tests, test_no_cell, FAKE_MOVED, FAKE_MOVED_END);
	tcase_add_loop_test(tests, test_damaged, 0, (int)ARRAY_SIZE(damages));
	tcase_add_loop_test(tests, test_few_kinds, FAKE_FIRST, FAKE_END);
	tcase_add_loop_test(tests, test_few_kinds, FAKE_MOVED, FAKE_MOVED_END);
	tcase_add_loop_test(tests, test_frame_unreadable, FAKE_FIRST, FAKE_END);
	tcase_add_loop_test(tests, test_frame_unreadable, FAKE_MOVED,
			    FAKE_MOVED_END);
	tcase_add_loop_test(tests, test_many_names, FAKE_FIRST, FAKE_END);
	tcase_add_loop_test(tests, test_many_names, FAKE_MOVED, FAKE_MOVED_END);
	suite_add_tcase(suite, tests);
	return suite;
}

int main(void)
{
	return fdp_suite_run(locals_suite());
}
