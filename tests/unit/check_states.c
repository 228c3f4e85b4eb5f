/* Who collects garbage, what is imported, whom Python does not know. */
#include <check.h>
#include <string.h>

#include "../../daemon/analysis/states.h"
#include "../../daemon/base/util.h"
#include "suite.h"

#define THREADS 3

static const struct fdp_module interpreter = { .is_interpreter = true };
static const struct fdp_module other = { .path = "/x.so" };

struct fixture {
	struct fdp_report report;
	struct fdp_report_thread threads[THREADS];
	struct fdp_frame frames[THREADS];
	struct fdp_python python;
	struct fdp_python_stack stacks[2];
	struct fdp_imports imports;
};

/* Threads 1 and 2 are Python's, 3 is not; 2 holds the GIL. */
static void setup(struct fixture *fixture, int collecting)
{
	memset(fixture, 0, sizeof(*fixture));
	for (int i = 0; i < THREADS; i++) {
		fixture->frames[i] = (struct fdp_frame){
			.kind = FDP_FRAME_NATIVE,
			.function = "visit",
			.module = &interpreter,
		};
		fixture->threads[i] = (struct fdp_report_thread){
			.tid = i + 1,
			.python_thread = i < 2,
			.holds_gil = i == 1,
			.frames = &fixture->frames[i],
			.frame_count = 1,
		};
	}
	fixture->stacks[0].tid = 1;
	fixture->stacks[1].tid = 2;
	fixture->python = (struct fdp_python){
		.found = true,
		.threads_whole = true,
		.stacks = fixture->stacks,
		.stack_count = 2,
	};
	fixture->report.threads = fixture->threads;
	fixture->report.thread_count = THREADS;
	fixture->report.python.gc_collecting = collecting;
}

static void fill(struct fixture *fixture)
{
	ck_assert_int_eq(fdp_states_fill(&fixture->python, &fixture->imports,
					 &fixture->report),
			 0);
}

static void expect_collecting(const struct fixture *fixture, int first,
			      int second, int third)
{
	ck_assert_int_eq(fixture->threads[0].is_collecting, first);
	ck_assert_int_eq(fixture->threads[1].is_collecting, second);
	ck_assert_int_eq(fixture->threads[2].is_collecting, third);
}

static const struct {
	const char *function;
	const struct fdp_module *module;
	enum fdp_frame_kind kind;
	bool collects;
} collector_rows[] = {
	{ "gc_collect_main", &interpreter, FDP_FRAME_NATIVE, true },
	{ "gc_collect_main.constprop.0", &interpreter, FDP_FRAME_NATIVE, true },
	{ "collect", &interpreter, FDP_FRAME_NATIVE, true },
	{ "collect.isra.0", &interpreter, FDP_FRAME_NATIVE, true },
	{ "collect_with_callback", &interpreter, FDP_FRAME_NATIVE, true },
	{ "_PyGC_CollectNoFail", &interpreter, FDP_FRAME_NATIVE, true },
	{ "_Py_RunGC", &interpreter, FDP_FRAME_NATIVE, true },
	{ "collections", &interpreter, FDP_FRAME_NATIVE, false },
	{ "collect", &other, FDP_FRAME_NATIVE, false },
	{ "collect", NULL, FDP_FRAME_NATIVE, false },
	{ "collect", &interpreter, FDP_FRAME_PYTHON, false },
	{ NULL, &interpreter, FDP_FRAME_NATIVE, false },
};

START_TEST(test_collector)
{
	struct fixture fixture;

	setup(&fixture, 1);
	fixture.frames[0].function = collector_rows[_i].function;
	fixture.frames[0].module = collector_rows[_i].module;
	fixture.frames[0].kind = collector_rows[_i].kind;
	fill(&fixture);
	if (collector_rows[_i].collects)
		expect_collecting(&fixture, 1, 0, 0);
	else
		expect_collecting(&fixture, 0, 1, 0);
}
END_TEST

/* Nobody collects, whatever functions are called; nobody is known to. */
START_TEST(test_collecting)
{
	struct fixture fixture;

	setup(&fixture, 0);
	fixture.frames[0].function = "gc_collect_main";
	fill(&fixture);
	expect_collecting(&fixture, 0, 0, 0);
	setup(&fixture, FDP_UNKNOWN);
	fixture.frames[0].function = "gc_collect_main";
	fill(&fixture);
	expect_collecting(&fixture, FDP_UNKNOWN, FDP_UNKNOWN, FDP_UNKNOWN);
	setup(&fixture, 1);
	fixture.threads[1].holds_gil = FDP_UNKNOWN;
	fill(&fixture);
	expect_collecting(&fixture, FDP_UNKNOWN, FDP_UNKNOWN, FDP_UNKNOWN);
}
END_TEST

START_TEST(test_foreign)
{
	struct fixture fixture;

	setup(&fixture, 0);
	fill(&fixture);
	ck_assert_int_eq(fixture.threads[0].is_foreign, 0);
	ck_assert_int_eq(fixture.threads[1].is_foreign, 0);
	ck_assert_int_eq(fixture.threads[2].is_foreign, 1);
	ck_assert_int_eq(fixture.report.python.foreign_threads, 1);
	/* A list that ends early, one whose thread was not found, no Python. */
	for (int how = 0; how < 3; how++) {
		setup(&fixture, 0);
		if (how == 0)
			fixture.python.threads_whole = false;
		if (how == 1)
			fixture.stacks[1].tid = 0;
		if (how == 2)
			fixture.python.found = false;
		fill(&fixture);
		ck_assert_int_eq(fixture.threads[0].is_foreign, 0);
		ck_assert_int_eq(fixture.threads[2].is_foreign, FDP_UNKNOWN);
		ck_assert_int_eq(fixture.report.python.foreign_threads,
				 FDP_UNKNOWN);
	}
}
END_TEST

START_TEST(test_imports)
{
	struct fdp_import all[] = {
		{ .tid = 1, .module = "a.b" },
		{ .tid = 2, .module = "c", .waits = true },
		{ .tid = 1, .module = "a" },
		{ .tid = 0, .module = "ghost" },
	};
	struct fixture fixture;

	setup(&fixture, 0);
	fixture.imports.all = all;
	fixture.imports.count = ARRAY_SIZE(all);
	fixture.threads[2].tid = 0;
	fill(&fixture);
	ck_assert_uint_eq(fixture.threads[0].import_count, 2);
	ck_assert_str_eq(fixture.threads[0].imports[0], "a.b");
	ck_assert_str_eq(fixture.threads[0].imports[1], "a");
	/* It waits for somebody else to import it. */
	ck_assert_uint_eq(fixture.threads[1].import_count, 0);
	ck_assert_uint_eq(fixture.threads[2].import_count, 0);
	fdp_report_done(&fixture.report);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("states");
	TCase *tcase = tcase_create("states");

	tcase_add_loop_test(tcase, test_collector, 0,
			    (int)ARRAY_SIZE(collector_rows));
	tcase_add_test(tcase, test_collecting);
	tcase_add_test(tcase, test_foreign);
	tcase_add_test(tcase, test_imports);
	suite_add_tcase(suite, tcase);
	return fdp_suite_run(suite);
}
