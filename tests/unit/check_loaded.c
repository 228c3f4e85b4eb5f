/* Extension modules that a program has loaded, by sys.modules. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "../../daemon/python/loaded.h"
#include "fake_objects.h"
#include "suite.h"

#define FIRST 8
#define END 14

struct fixture {
	struct fdp_target *target;
	struct fake_objects objects;
	struct fdp_report report;
	uint64_t interpreter, file;
};

static void setup(struct fixture *fixture, int minor)
{
	memset(fixture, 0, sizeof(*fixture));
	fixture->target = fake_target_new();
	fake_objects_start(&fixture->objects, fixture->target, minor);
	fixture->interpreter =
		fake_python_alloc(&fixture->objects.python, 8192);
	fixture->file = fake_string(&fixture->objects, "__file__");
}

static void teardown(struct fixture *fixture)
{
	fdp_report_done(&fixture->report);
	fdp_target_free(fixture->target);
}

/* A module of which FILE says where it comes from; NULL: nothing does. */
static uint64_t make_module(struct fixture *fixture, const char *file,
			    bool in_c)
{
	struct fake_objects *objects = &fixture->objects;
	const uint64_t pairs[] = {
		fake_string(objects, "__name__"),
		fake_string(objects, "anything"),
		fixture->file,
		file ? fake_string(objects, file) : 0,
	};
	uint64_t module =
		fake_module(objects, fake_dict(objects, pairs, file ? 2 : 1));

	if (in_c)
		fake_python_set(&objects->python, module,
				objects->python.offsets->module.definition,
				0x1000);
	return module;
}

static void read_loaded(struct fixture *fixture, const uint64_t *pairs,
			size_t count)
{
	struct fake_objects *objects = &fixture->objects;

	fake_python_set(&objects->python, fixture->interpreter,
			objects->python.offsets->interpreter.modules,
			fake_dict(objects, pairs, count));
	ck_assert_int_eq(
		fdp_loaded_read(fixture->target, objects->python.offsets,
				fixture->interpreter, &fixture->report),
		0);
}

static const struct {
	const char *name, *file;
	bool in_c, is_there;
} rows[] = {
	{ "sys", NULL, true, false },
	{ "json", "/usr/lib/python3/json/__init__.py", false, false },
	{ "a.b", "/site/a/b.cpython-312-x86_64-linux-gnu.so", true, true },
	{ "_json", "/usr/lib/python3/lib-dynload/_json.so", true, false },
	{ "c", "/site/c.abi3.so", true, true },
	{ "frozen", "/site/frozen.py", true, false },
	{ "like", "/site/like.so", false, false },
	{ "so", ".so", true, false },
};

START_TEST(test_modules)
{
	uint64_t pairs[2 * ARRAY_SIZE(rows)];
	struct fixture fixture;
	size_t count = 0;

	setup(&fixture, _i);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		pairs[2 * i] = fake_string(&fixture.objects, rows[i].name);
		pairs[2 * i + 1] =
			make_module(&fixture, rows[i].file, rows[i].in_c);
	}
	read_loaded(&fixture, pairs, ARRAY_SIZE(rows));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct fdp_extension *one =
			&fixture.report.python.extensions[count];

		if (!rows[i].is_there)
			continue;
		ck_assert_uint_lt(count++,
				  fixture.report.python.extension_count);
		ck_assert_str_eq(one->name, rows[i].name);
		ck_assert_str_eq(one->file, rows[i].file);
	}
	ck_assert_uint_eq(fixture.report.python.extension_count, count);
	teardown(&fixture);
}
END_TEST

/* What has been written over is left out, and the rest is not. */
START_TEST(test_damaged)
{
	struct fixture fixture;
	struct fake_objects *objects = &fixture.objects;

	setup(&fixture, _i);
	const uint64_t pairs[] = {
		fake_string(objects, "a"),
		FAKE_NOWHERE,
		FAKE_NOWHERE,
		make_module(&fixture, "/a.so", true),
		fake_string(objects, "b"),
		fake_module(objects, FAKE_NOWHERE),
		fake_integer(objects, 1),
		make_module(&fixture, "/c.so", true),
		fake_string(objects, "ok"),
		make_module(&fixture, "/d.so", true),
	};
	read_loaded(&fixture, pairs, ARRAY_SIZE(pairs) / 2);
	ck_assert_uint_eq(fixture.report.python.extension_count, 1);
	ck_assert_str_eq(fixture.report.python.extensions[0].name, "ok");
	teardown(&fixture);
}
END_TEST

/* Dicts of so many globals that all of them would take seconds, and say so. */
START_TEST(test_budget)
{
	uint64_t pairs[2 * 10];
	struct fixture fixture;
	struct fake_objects *objects = &fixture.objects;
	const size_t count = FDP_LOADED_GLOBALS_MAX / 4;
	uint64_t *globals = calloc(2 * count, sizeof(*globals));
	uint64_t module;

	ck_assert_ptr_nonnull(globals);
	setup(&fixture, _i);
	globals[0] = fixture.file;
	globals[1] = fake_string(objects, "/site/first.so");
	for (size_t i = 1; i < count; i++)
		globals[2 * i] = globals[2 * i + 1] = 8;
	pairs[0] = fake_string(objects, "first");
	pairs[1] = fake_module(objects, fake_dict(objects, globals, 1));
	module = fake_module(objects,
			     fake_dict(objects, globals + 2, count - 1));
	for (size_t i = 2; i < ARRAY_SIZE(pairs); i += 2) {
		pairs[i] = pairs[0];
		pairs[i + 1] = module;
	}
	for (size_t i = 1; i < ARRAY_SIZE(pairs); i += 2)
		fake_python_set(&objects->python, pairs[i],
				objects->python.offsets->module.definition, 8);
	read_loaded(&fixture, pairs, ARRAY_SIZE(pairs) / 2);
	ck_assert_uint_eq(fixture.report.python.extension_count, 1);
	ck_assert_uint_eq(fixture.report.capture.missing_count, 1);
	ck_assert_str_eq(fixture.report.capture.missing[0],
			 "extension modules: only the first 500000 names in "
			 "modules were looked at");
	teardown(&fixture);
	free(globals);
}
END_TEST

START_TEST(test_none)
{
	struct fixture fixture;
	struct fake_objects *objects = &fixture.objects;

	/* None of them is something else than not known. */
	setup(&fixture, _i);
	read_loaded(&fixture, NULL, 0);
	ck_assert_ptr_nonnull(fixture.report.python.extensions);
	ck_assert_uint_eq(fixture.report.python.extension_count, 0);
	teardown(&fixture);
	setup(&fixture, _i);
	fake_python_set(&objects->python, fixture.interpreter,
			objects->python.offsets->interpreter.modules,
			FAKE_NOWHERE);
	ck_assert_int_eq(fdp_loaded_read(fixture.target,
					 objects->python.offsets,
					 fixture.interpreter, &fixture.report),
			 0);
	ck_assert_ptr_null(fixture.report.python.extensions);
	teardown(&fixture);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("loaded");
	TCase *tcase = tcase_create("loaded");

	tcase_add_loop_test(tcase, test_modules, FIRST, END);
	tcase_add_loop_test(tcase, test_damaged, FIRST, END);
	tcase_add_loop_test(tcase, test_budget, FIRST, END);
	tcase_add_loop_test(tcase, test_none, FIRST, END);
	suite_add_tcase(suite, tcase);
	return fdp_suite_run(suite);
}
