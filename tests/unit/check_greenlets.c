/* Greenlets: how they are found and read in memory of each version. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "../../daemon/capture/facts.h"
#include "../../daemon/python/greenlet_offsets.h"
#include "../../daemon/python/greenlets.h"
#include "fake_objects.h"
#include "suite.h"

/* The versions whose greenlets can be found. */
#define FIRST 7
#define END FAKE_FREE

/* Before this one both kinds of the library are tried. */
#define FIRST_CPP_ONLY 11

struct fixture {
	struct fdp_target *target;
	struct fake_objects objects;
	struct fdp_report report;
	struct fdp_module module;
	struct fdp_python python;
	struct fdp_python_stack stack;
	struct fdp_python_reader reader;
	struct fdp_greenlet_layout layout;
	const struct fdp_greenlet_offsets *lists;
	uint64_t interpreter, class, heads[FDP_GENERATIONS];
	bool cpp;
};

/* What becomes of a greenlet. */
enum kind { MAIN, RUNNING, SUSPENDED, UNSTARTED, ENDED };

static void set(struct fixture *fixture, uint64_t object, uint32_t field,
		uint64_t value)
{
	fake_python_set(&fixture->objects.python, object, field, value);
}

static void link_nodes(struct fixture *fixture, uint64_t node, uint64_t next)
{
	set(fixture, node, 0, next);
	set(fixture, next, 8, node);
}

/* Appends OBJECT to list AGE. */
static void track(struct fixture *fixture, uint64_t object, int age)
{
	uint64_t head = fixture->heads[age];
	uint64_t node = object - fixture->lists->head;
	uint64_t last;

	ck_assert_int_eq(fixture->target->ops->read(fixture->target->backend,
						    head + 8, &last, 8),
			 8);
	link_nodes(fixture, last, node);
	link_nodes(fixture, node, head);
}

/* The library as it is imported, in VERSION. */
static void import(struct fixture *fixture, const char *version)
{
	struct fake_objects *objects = &fixture->objects;
	const uint64_t globals[] = {
		fake_string(objects, "__version__"),
		fake_string(objects, version),
		fake_string(objects, "greenlet"),
		fixture->class,
	};
	const uint64_t modules[] = {
		fake_string(objects, "sys"),
		fake_module(objects, 0),
		fake_string(objects, "greenlet"),
		fake_module(objects, fake_dict(objects, globals, 2)),
	};

	set(fixture, fixture->interpreter,
	    objects->python.offsets->interpreter.modules,
	    fake_dict(objects, modules, 2));
}

static void make_lists(struct fixture *fixture, uint32_t displaced)
{
	const struct fdp_python_offsets *offsets =
		fixture->objects.python.offsets;
	uint64_t runtime = fake_python_alloc(&fixture->objects.python, 1024);
	bool global = offsets->runtime.gc_collecting != FDP_ABSENT;
	uint64_t collecting =
		global ? runtime + offsets->runtime.gc_collecting
		       : fixture->interpreter +
				 offsets->interpreter.gc_collecting;

	fixture->python.runtime_address = runtime;
	for (int i = 0; i < FDP_GENERATIONS; i++) {
		fixture->heads[i] =
			collecting +
			(uint64_t)fdp_greenlet_generation(fixture->lists, i) -
			(i < FDP_FROZEN ? displaced : 0);
		link_nodes(fixture, fixture->heads[i], fixture->heads[i]);
	}
}

static void setup_lists(struct fixture *fixture, int minor, bool cpp,
			uint32_t displaced)
{
	struct fake_objects *objects = &fixture->objects;

	*fixture = (struct fixture){ .cpp = cpp };
	fixture->target = fake_target_new();
	fake_objects_start(objects, fixture->target, minor);
	fixture->lists = fdp_greenlet_offsets_of(objects->python.offsets);
	ck_assert_ptr_nonnull(fixture->lists);
	fixture->interpreter = fake_python_alloc(&objects->python, 8192);
	fixture->class = fake_type(objects, "greenlet.greenlet",
				   objects->object_type, 0);
	fixture->layout = cpp ? fdp_greenlet_layout_cpp(fixture->lists, false)
			      : fdp_greenlet_layout_c(16);
	fixture->module.path = "/lib/_greenlet.so";
	fixture->report.modules = &fixture->module;
	fixture->report.module_count = 1;
	fixture->stack.interpreter = fixture->interpreter;
	fixture->python.stacks = &fixture->stack;
	fixture->python.stack_count = 1;
	import(fixture, cpp ? "2.0.2" : "0.4.17");
	make_lists(fixture, displaced);
}

static void setup(struct fixture *fixture, int minor, bool cpp)
{
	setup_lists(fixture, minor, cpp, 0);
}

static void teardown(struct fixture *fixture)
{
	fdp_codes_free(fixture->reader.frames.codes);
	fdp_report_done(&fixture->report);
	fdp_target_free(fixture->target);
}

/* A frame called NAME, as frames point to it. */
static uint64_t make_frame(struct fixture *fixture, const char *name,
			   uint64_t previous)
{
	struct fake_python *python = &fixture->objects.python;
	const struct fake_code code = { name, "<test>", 7 };
	const struct fake_frame frame = {
		.previous = previous,
		.code = fake_python_code(python, &code),
	};

	return fake_python_frame(python, &frame);
}

/* The object of the frame at ADDRESS. */
static uint64_t make_frame_object(struct fixture *fixture, uint64_t address)
{
	uint32_t field = fixture->objects.python.offsets->frame_object.frame;
	uint64_t object;

	if (field == FDP_ABSENT)
		return address;
	object = fake_object(&fixture->objects, fixture->objects.object_type);
	set(fixture, object, field, address);
	return object;
}

/* What is laid out, of the greenlet OBJECT. */
static uint64_t laid_out(struct fixture *fixture, uint64_t object)
{
	uint64_t address = object;

	if (fixture->cpp) {
		address = fake_python_alloc(&fixture->objects.python,
					    FDP_GREENLET_SIZE_MAX);
		set(fixture, object, 32, address);
		set(fixture, address, fixture->layout.self, object);
	}
	return address;
}

static uint64_t make(struct fixture *fixture, uint64_t class, enum kind kind,
		     uint64_t parent)
{
	const struct fdp_greenlet_layout *layout = &fixture->layout;
	uint64_t object = fake_object(&fixture->objects, class);
	uint64_t address = laid_out(fixture, object);

	if (kind != UNSTARTED)
		set(fixture, address, layout->stop,
		    kind == MAIN ? UINT64_MAX : 0x9000);
	if (kind != UNSTARTED && kind != ENDED)
		set(fixture, address, layout->start, 0x8000);
	if (kind == SUSPENDED)
		set(fixture, address, layout->frame,
		    make_frame_object(
			    fixture,
			    make_frame(fixture, "inner",
				       make_frame(fixture, "outer", 0))));
	set(fixture, address, kind == MAIN ? layout->thread : layout->parent,
	    kind == MAIN ? 0x7000 : parent);
	track(fixture, object, 0);
	return object;
}

static const struct fdp_greenlets *read_all(struct fixture *fixture)
{
	struct fdp_python_reader *reader = &fixture->reader;

	*reader = (struct fdp_python_reader){
		.target = fixture->target,
		.report = &fixture->report,
		.python = &fixture->python,
		.runtime.offsets = *fixture->objects.python.offsets,
	};
	ck_assert_int_eq(
		fdp_frame_reader_open(fixture->target, &reader->runtime.offsets,
				      &fixture->report, &reader->frames),
		0);
	ck_assert_int_eq(fdp_greenlets_read(reader, true), 0);
	return &fixture->python.greenlets;
}

/* The only sentence that begins so is WHAT; NULL: there is none. */
static void check_missing(const struct fixture *fixture, const char *what)
{
	const struct fdp_report *report = &fixture->report;

	if (!what) {
		ck_assert_msg(report->capture.missing_count == 0, "%s",
			      report->capture.missing_count
				      ? report->capture.missing[0]
				      : "");
		return;
	}
	ck_assert_uint_eq(report->capture.missing_count, 1);
	ck_assert_msg(strstr(report->capture.missing[0], what), "%s",
		      report->capture.missing[0]);
}

/* Every version from 3.7 on with the GIL has a table, and no other. */
START_TEST(each_version_has_a_table)
{
	for (int free_threaded = 0; free_threaded < 2; free_threaded++) {
		for (int minor = 0; minor < 20; minor++) {
			const struct fdp_python_offsets offsets = {
				.major = 3,
				.minor = minor,
				.free_threaded = free_threaded,
			};

			ck_assert_int_eq(!!fdp_greenlet_offsets_of(&offsets),
					 !free_threaded && minor >= 7 &&
						 minor <= 15);
		}
	}
}
END_TEST

/* As they are in objects of the library: 0.4.17, 2.0.2, 3.1.0, 3.3.2. */
static const struct {
	int minor;
	bool cpp, late;
	struct fdp_greenlet_layout layout;
} layouts[] = {
	{ 9,
	  false,
	  false,
	  { FDP_ABSENT, 16, 24, 32, 40, 72, 56, 64, FDP_ABSENT, 80 } },
	{ 11, true, false, { 160, 48, 56, 64, 72, 96, 184, 176, 168, 192 } },
	{ 14, true, true, { 8, 56, 64, 72, 80, 104, 192, 184, 184, 200 } },
	{ 15, true, true, { 8, 56, 64, 72, 80, 104, 192, 184, 184, 200 } },
};

START_TEST(layouts_are_those_of_the_library)
{
	const struct fdp_python_offsets offsets = {
		.major = 3,
		.minor = layouts[_i].minor,
	};
	const struct fdp_greenlet_offsets *table =
		fdp_greenlet_offsets_of(&offsets);
	struct fdp_greenlet_layout layout =
		layouts[_i].cpp
			? fdp_greenlet_layout_cpp(table, layouts[_i].late)
			: fdp_greenlet_layout_c(16);

	ck_assert_mem_eq(&layout, &layouts[_i].layout, sizeof(layout));
	ck_assert_uint_le(layout.size, FDP_GREENLET_SIZE_MAX);
}
END_TEST

static void check_states(int minor, bool cpp)
{
	struct fixture fixture;
	const struct fdp_greenlets *found;
	uint64_t main;

	setup(&fixture, minor, cpp);
	main = make(&fixture, fixture.class, MAIN, 0);
	make(&fixture, fixture.class, SUSPENDED, main);
	track(&fixture, fake_string(&fixture.objects, "no greenlet"), 1);
	make(&fixture, fake_class(&fixture.objects, "Hub", fixture.class),
	     UNSTARTED, main);
	make(&fixture, fixture.class, ENDED, main);
	found = read_all(&fixture);
	check_missing(&fixture, NULL);
	ck_assert_uint_eq(found->count, 3);
	ck_assert(found->list[0].main);
	ck_assert_uint_eq(found->list[0].address, main);
	ck_assert_int_eq(found->list[0].state, FDP_GREENLET_RUNNING);
	ck_assert_int_eq(found->list[0].parent, FDP_UNKNOWN);
	ck_assert_str_eq(found->list[0].type, "greenlet.greenlet");
	ck_assert_int_eq(found->list[1].state, FDP_GREENLET_SUSPENDED);
	ck_assert_int_eq(found->list[1].parent, 0);
	ck_assert_uint_eq(found->list[1].frame_count, 2);
	ck_assert_str_eq(found->list[1].frames[0].function, "inner");
	ck_assert_str_eq(found->list[1].frames[1].function, "outer");
	ck_assert(!found->list[1].truncated);
	ck_assert_int_eq(found->list[2].state, FDP_GREENLET_UNSTARTED);
	ck_assert_str_eq(found->list[2].type, "m.Hub");
	teardown(&fixture);
}

START_TEST(states_are_told)
{
	check_states(_i, true);
	if (_i < FIRST_CPP_ONLY)
		check_states(_i, false);
}
END_TEST

/* Of each age, the frozen ones too; and where the lists are not aligned. */
START_TEST(all_lists_are_read)
{
	for (uint32_t displaced = 0; displaced < 8; displaced += 4) {
		struct fixture fixture;
		uint64_t object;

		setup_lists(&fixture, _i, true, displaced);
		for (int age = 1; age < FDP_GENERATIONS; age++) {
			object = make(&fixture, fixture.class, UNSTARTED, 0);
			/* From the first list into another. */
			link_nodes(&fixture, fixture.heads[0],
				   fixture.heads[0]);
			track(&fixture, object, age);
		}
		ck_assert_uint_eq(read_all(&fixture)->count, 3);
		check_missing(&fixture, NULL);
		teardown(&fixture);
	}
}
END_TEST

/* How a list of five can be damaged in its middle. */
enum damage { NEXT_NOWHERE, PREVIOUS_NOWHERE, CIRCLE, ZEROS, DAMAGES };

START_TEST(damaged_lists_are_read_from_both_ends)
{
	struct fixture fixture;
	uint64_t nodes[5];

	setup(&fixture, 11, true);
	for (int i = 0; i < 5; i++)
		nodes[i] = make(&fixture, fixture.class, UNSTARTED, 0) -
			   fixture.lists->head;
	if (_i == NEXT_NOWHERE || _i == ZEROS)
		set(&fixture, nodes[2], 0, _i == ZEROS ? 0 : FAKE_NOWHERE);
	if (_i == PREVIOUS_NOWHERE || _i == ZEROS)
		set(&fixture, nodes[2], 8, _i == ZEROS ? 0 : FAKE_NOWHERE);
	if (_i == CIRCLE) {
		set(&fixture, nodes[2], 0, nodes[1]);
		set(&fixture, nodes[2], 8, nodes[3]);
	}
	ck_assert_uint_ge(read_all(&fixture)->count, 4);
	check_missing(&fixture, "could not be read to its end");
	teardown(&fixture);
}
END_TEST

/* While garbage is collected links back are none; those on may be a circle. */
START_TEST(lists_are_read_during_a_collection)
{
	struct fixture fixture;
	uint64_t nodes[5];
	uint64_t collecting;

	setup(&fixture, 11, true);
	for (int i = 0; i < 5; i++) {
		nodes[i] = make(&fixture, fixture.class, UNSTARTED, 0) -
			   fixture.lists->head;
		set(&fixture, nodes[i], 8, 6);
	}
	if (_i)
		set(&fixture, nodes[4], 0, nodes[3]);
	collecting = fixture.heads[0] + fixture.lists->before_collecting;
	fake_target_write_u32(fixture.target, collecting, 1);
	ck_assert_uint_eq(read_all(&fixture)->count, 5);
	ck_assert_uint_eq(fixture.report.capture.missing_count, 1 + _i);
	ck_assert_ptr_nonnull(strstr(fixture.report.capture.missing[_i],
				     "garbage was being collected"));
	teardown(&fixture);
}
END_TEST

START_TEST(classes_in_a_circle_are_none)
{
	struct fixture fixture;
	uint64_t first, second;

	setup(&fixture, 12, true);
	first = fake_class(&fixture.objects, "First", 0);
	second = fake_class(&fixture.objects, "Second", first);
	set(&fixture, first, fixture.objects.python.offsets->type.base, second);
	make(&fixture, second, UNSTARTED, 0);
	make(&fixture, fixture.class, UNSTARTED, 0);
	ck_assert_uint_eq(read_all(&fixture)->count, 1);
	check_missing(&fixture, NULL);
	teardown(&fixture);
}
END_TEST

/* An object of C++ that is another one's, and none at all. */
START_TEST(what_is_not_its_own_is_not_read)
{
	struct fixture fixture;
	uint64_t first, second, third;
	uint64_t behind;

	setup(&fixture, 11, true);
	first = make(&fixture, fixture.class, SUSPENDED, 0);
	second = make(&fixture, fixture.class, SUSPENDED, 0);
	third = make(&fixture, fixture.class, SUSPENDED, 0);
	ck_assert_int_eq(fixture.target->ops->read(fixture.target->backend,
						   first + 32, &behind, 8),
			 8);
	set(&fixture, second, 32, behind);
	set(&fixture, third, 32, FAKE_NOWHERE);
	ck_assert_uint_eq(read_all(&fixture)->count, 1);
	check_missing(&fixture, "2 could not be read");
	teardown(&fixture);
}
END_TEST

/* Parents that are in no list are added; circles of parents end. */
START_TEST(parents_are_added)
{
	struct fixture fixture;
	const struct fdp_greenlets *found;
	uint64_t main, child;

	setup(&fixture, 11, true);
	main = make(&fixture, fixture.class, MAIN, 0);
	link_nodes(&fixture, fixture.heads[0], fixture.heads[0]);
	child = make(&fixture, fixture.class, SUSPENDED, main);
	found = read_all(&fixture);
	ck_assert_uint_eq(found->count, 2);
	ck_assert_uint_eq(found->list[0].address, child);
	ck_assert_int_eq(found->list[0].parent, 1);
	ck_assert_uint_eq(found->list[1].address, main);
	teardown(&fixture);

	setup(&fixture, 10, false);
	child = make(&fixture, fixture.class, SUSPENDED, 0);
	set(&fixture, child, fixture.layout.parent, child);
	found = read_all(&fixture);
	ck_assert_uint_eq(found->count, 1);
	ck_assert_int_eq(found->list[0].parent, 0);
	teardown(&fixture);
}
END_TEST

static const struct {
	int minor;
	const char *version, *missing;
} libraries[] = {
	{ 8, "0.4.17", NULL },
	{ 10, "1.1.3", NULL },
	{ 11, "1.1.3", "how this version" },
	{ 11, "2.0.2", NULL },
	{ 13, "3.3.2", NULL },
	{ 13, "4.0.0", "how this version" },
	{ 13, "30.0", "which version" },
	{ 13, "", "which version" },
	{ 13, "next", "which version" },
};

START_TEST(unknown_libraries_are_not_read)
{
	struct fixture fixture;
	size_t count = libraries[_i].missing ? 0 : 1;

	setup(&fixture, libraries[_i].minor,
	      strtol(libraries[_i].version, NULL, 10) > 1);
	import(&fixture, libraries[_i].version);
	make(&fixture, fixture.class, UNSTARTED, 0);
	ck_assert_uint_eq(read_all(&fixture)->count, count);
	check_missing(&fixture, libraries[_i].missing);
	teardown(&fixture);
}
END_TEST

START_TEST(unknown_builds_are_not_read)
{
	struct fixture fixture;
	struct fdp_python_offsets offsets;

	setup(&fixture, 13, true);
	make(&fixture, fixture.class, UNSTARTED, 0);
	offsets = *fixture.objects.python.offsets;
	offsets.free_threaded = _i == 0;
	offsets.values_known = _i != 1;
	offsets.minor = _i == 2 ? 6 : 13;
	fixture.objects.python.offsets = &offsets;
	ck_assert_uint_eq(read_all(&fixture)->count, 0);
	check_missing(&fixture, "this build of CPython");
	teardown(&fixture);
}
END_TEST

/* Where it is not loaded nothing is looked for. */
START_TEST(without_the_library_nothing_is_read)
{
	static const char *const paths[] = { "/lib/_greenlets.so",
					     "/greenlet/app.so", "" };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct fixture fixture;

		setup(&fixture, 11, true);
		fixture.module.path = paths[i];
		make(&fixture, fixture.class, UNSTARTED, 0);
		ck_assert_uint_eq(read_all(&fixture)->count, 0);
		check_missing(&fixture, NULL);
		ck_assert_ptr_null(fdp_facts_find(fixture.target->facts,
						  "python/greenlets"));
		teardown(&fixture);
	}
}
END_TEST

/* What a capture says may be anything. */
START_TEST(facts_are_not_believed)
{
	struct fixture fixture;
	uint64_t object, class;
	char text[160];

	setup(&fixture, 11, true);
	object = make(&fixture, fixture.class, UNSTARTED, 0);
	class = fake_class(&fixture.objects, "Circle", 0);
	set(&fixture, class, fixture.objects.python.offsets->type.base, class);
	snprintf(text, sizeof(text),
		 "1 5\n%llx\n%llx\n%llx\n%llx\n%llx\nxyz\n1\n",
		 (unsigned long long)object, (unsigned long long)object,
		 (unsigned long long)fixture.class,
		 (unsigned long long)fake_object(&fixture.objects, class),
		 (unsigned long long)FAKE_NOWHERE);
	fake_target_fact(fixture.target, "python/greenlets", text);
	ck_assert_uint_eq(read_all(&fixture)->count, 1);
	check_missing(&fixture, "could not be read to its end");
	teardown(&fixture);
}
END_TEST

/* A stack that was moved away has the shims of 3.12 and later in its copy. */
START_TEST(moved_stacks_are_followed)
{
	struct fixture fixture;
	struct fake_python *python = &fixture.objects.python;
	struct fdp_python_stack stack = { 0 };
	uint64_t outer, copy, place, inner;
	struct fdp_moved_stack moved;

	setup(&fixture, _i, true);
	outer = make_frame(&fixture, "outer", 0);
	copy = fake_python_alloc(python, 512);
	place = fake_python_alloc(python, 512);
	fake_python_frame_at(
		python, copy,
		&(struct fake_frame){ .previous = outer, .owner = 3 });
	fake_python_frame_at(
		python, place,
		&(struct fake_frame){ .previous = FAKE_NOWHERE, .owner = 3 });
	inner = make_frame(&fixture, "inner", place);
	read_all(&fixture);
	moved = (struct fdp_moved_stack){ place, 512, copy };
	ck_assert_int_eq(fdp_frames_read_suspended(&fixture.reader.frames,
						   inner, &moved, 10, &stack),
			 0);
	ck_assert_uint_eq(stack.frame_count, 2);
	ck_assert(!stack.truncated);
	moved.size = 0;
	ck_assert_int_eq(fdp_frames_read_suspended(&fixture.reader.frames,
						   inner, &moved, 10, &stack),
			 0);
	ck_assert_uint_eq(stack.frame_count, 1);
	ck_assert(stack.truncated);
	teardown(&fixture);
}
END_TEST

START_TEST(stacks_end)
{
	struct fixture fixture;
	const struct fdp_moved_stack nothing = { 0 };
	struct fdp_python_stack stack = { 0 };
	uint64_t outer, inner;

	setup(&fixture, _i, true);
	outer = make_frame(&fixture, "outer", 0);
	inner = make_frame(&fixture, "inner", outer);
	set(&fixture, outer, fixture.objects.python.offsets->frame.previous,
	    inner);
	read_all(&fixture);
	ck_assert_int_eq(fdp_frames_read_suspended(&fixture.reader.frames,
						   inner, &nothing, 2, &stack),
			 -E2BIG);
	ck_assert_uint_eq(stack.frame_count, 2);
	ck_assert_int_eq(fdp_frames_read_suspended(&fixture.reader.frames,
						   inner, &nothing, 10, &stack),
			 0);
	ck_assert_uint_eq(stack.frame_count, 2);
	ck_assert(stack.truncated);
	teardown(&fixture);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("greenlets");
	TCase *tcase = tcase_create("greenlets");

	tcase_add_test(tcase, each_version_has_a_table);
	tcase_add_loop_test(tcase, layouts_are_those_of_the_library, 0,
			    ARRAY_SIZE(layouts));
	tcase_add_loop_test(tcase, states_are_told, FIRST, END);
	tcase_add_loop_test(tcase, all_lists_are_read, FIRST, END);
	tcase_add_loop_test(tcase, damaged_lists_are_read_from_both_ends, 0,
			    DAMAGES);
	tcase_add_loop_test(tcase, lists_are_read_during_a_collection, 0, 2);
	tcase_add_test(tcase, classes_in_a_circle_are_none);
	tcase_add_test(tcase, what_is_not_its_own_is_not_read);
	tcase_add_test(tcase, parents_are_added);
	tcase_add_loop_test(tcase, unknown_libraries_are_not_read, 0,
			    ARRAY_SIZE(libraries));
	tcase_add_loop_test(tcase, unknown_builds_are_not_read, 0, 3);
	tcase_add_test(tcase, without_the_library_nothing_is_read);
	tcase_add_test(tcase, facts_are_not_believed);
	tcase_add_loop_test(tcase, moved_stacks_are_followed, 12, END);
	tcase_add_loop_test(tcase, stacks_end, FIRST, END);
	suite_add_tcase(suite, tcase);
	return fdp_suite_run(suite);
}
