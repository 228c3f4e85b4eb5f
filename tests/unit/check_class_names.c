/* Names of functions with their classes, and what damage does to them. */
#include <check.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "../../daemon/python/class_names.h"
#include "../../daemon/python/class_search.h"
#include "../../daemon/python/strings.h"
#include "fake_objects.h"
#include "suite.h"

/* The last whose code objects do not say the class. */
#define LAST 10

struct fixture {
	struct fdp_target *target;
	struct fake_objects objects;
	struct fdp_report report;
	struct fdp_class_names *names;
	struct fdp_code code;
	uint64_t function_type;
	uint64_t class, object; /* Handler, and an instance of it */
};

static const struct fdp_python_offsets *
offsets_of(const struct fixture *fixture)
{
	return fixture->objects.python.offsets;
}

static void set(struct fixture *fixture, uint64_t object, uint32_t field,
		uint64_t value)
{
	fake_python_set(&fixture->objects.python, object, field, value);
}

static uint64_t names_of(struct fixture *fixture, const char *const *names,
			 size_t count)
{
	uint64_t items[4];

	for (size_t i = 0; i < count; i++)
		items[i] = fake_string(&fixture->objects, names[i]);
	return fake_tuple(&fixture->objects, items, count);
}

/* def run(self, more): its code, with the cells CELLS. */
static void make_code(struct fixture *fixture, uint64_t variables,
		      uint64_t cells)
{
	uint64_t code = fake_python_alloc(&fixture->objects.python, 512);

	fake_target_write_u32(fixture->target,
			      code + offsets_of(fixture)->code.arguments, 2);
	set(fixture, code, offsets_of(fixture)->code.variables, variables);
	set(fixture, code, offsets_of(fixture)->code.cells, cells);
	fixture->code = (struct fdp_code){
		.address = code,
		.valid = true,
		.name = "run",
	};
}

static uint64_t new_class(struct fixture *fixture, const char *name,
			  const uint64_t *bases, size_t count)
{
	uint64_t class = fake_class(&fixture->objects, name,
				    fixture->objects.object_type);
	uint64_t order[8] = { class };

	for (size_t i = 0; i < count; i++)
		order[i + 1] = bases[i];
	set(fixture, class, offsets_of(fixture)->slots.order,
	    fake_tuple(&fixture->objects, order, count + 1));
	return class;
}

/* What was read once is not asked for again: what is made from now on is on
 * other pages. */
static void turn_page(struct fixture *fixture)
{
	fixture->objects.python.next =
		(fixture->objects.python.next + 4095) & ~UINT64_C(4095);
}

static void setup(struct fixture *fixture, int number)
{
	static const char *const variables[] = { "self", "more" };

	memset(fixture, 0, sizeof(*fixture));
	fixture->target = fake_target_new();
	fake_objects_start(&fixture->objects, fixture->target, number);
	ck_assert_int_eq(fdp_class_names_new(fixture->target,
					     offsets_of(fixture),
					     &fixture->report, &fixture->names),
			 0);
	make_code(fixture, names_of(fixture, variables, 2),
		  names_of(fixture, NULL, 0));
	fixture->function_type = fake_type(&fixture->objects, "function",
					   fixture->objects.object_type, 0);
	fixture->class = new_class(fixture, "Handler", NULL, 0);
	fixture->object = fake_object(&fixture->objects, fixture->class);
}

static void teardown(struct fixture *fixture)
{
	fdp_class_names_free(fixture->names);
	fdp_report_done(&fixture->report);
	fdp_target_free(fixture->target);
}

static uint64_t new_function(struct fixture *fixture, uint64_t code,
			     const char *qualname)
{
	uint64_t function =
		fake_object(&fixture->objects, fixture->function_type);

	set(fixture, function, offsets_of(fixture)->function.code, code);
	set(fixture, function, offsets_of(fixture)->function.qualname,
	    fake_string(&fixture->objects, qualname));
	return function;
}

/* The function of the code, as its class would have it. */
static uint64_t own_function(struct fixture *fixture)
{
	return new_function(fixture, fixture->code.address, "Handler.run");
}

static void set_member(struct fixture *fixture, uint64_t class,
		       const char *name, uint64_t value)
{
	const uint64_t pair[] = { fake_string(&fixture->objects, name), value };

	set(fixture, class, offsets_of(fixture)->type.dict,
	    fake_dict(&fixture->objects, pair, 1));
}

/* A wrapper of the builtin type NAME, or of a class derived from it. */
static uint64_t wrap(struct fixture *fixture, const char *name, uint32_t field,
		     uint64_t value)
{
	uint64_t type = fake_type(&fixture->objects, name,
				  fixture->objects.object_type, 0);
	uint64_t object = fake_object(&fixture->objects, type);

	set(fixture, object, field, value);
	return object;
}

/* In a frame of its own; CELL is what its only cell holds, or 0. */
static const char *guess_in(struct fixture *fixture, uint64_t argument,
			    uint64_t cell)
{
	struct fdp_frame frame = { .function = fixture->code.name };
	uint32_t first = offsets_of(fixture)->frame.locals;
	uint64_t address;

	turn_page(fixture);
	address = fake_python_alloc(&fixture->objects.python, 512);
	set(fixture, address, first, argument);
	set(fixture, address, first + 8 * 3, cell);
	ck_assert_int_eq(fdp_class_names_guess(fixture->names, address,
					       &fixture->code, &frame),
			 0);
	ck_assert(frame.qualname_guessed == (frame.qualname != NULL));
	turn_page(fixture);
	return frame.qualname;
}

static const char *guess(struct fixture *fixture, uint64_t argument)
{
	return guess_in(fixture, argument, 0);
}

START_TEST(of_the_class)
{
	struct fixture fixture;
	uint64_t derived, other;

	setup(&fixture, _i);
	derived = new_class(&fixture, "Derived", &fixture.class, 1);
	other = new_class(&fixture, "Other", NULL, 0);
	set_member(&fixture, fixture.class, "run", own_function(&fixture));
	ck_assert_str_eq(guess(&fixture, fixture.object), "Handler.run");
	ck_assert_str_eq(guess(&fixture, fixture.class), "Handler.run");
	ck_assert_str_eq(
		guess(&fixture, fake_object(&fixture.objects, derived)),
		"Handler.run");
	ck_assert_ptr_null(
		guess(&fixture, fake_object(&fixture.objects, other)));
	ck_assert_ptr_null(guess(&fixture, fake_integer(&fixture.objects, 1)));
	ck_assert_ptr_null(guess(&fixture, 0));
	ck_assert_ptr_null(guess(&fixture, FAKE_NOWHERE));
	ck_assert_uint_eq(fixture.report.capture.missing_count, 0);
	teardown(&fixture);
}
END_TEST

START_TEST(of_a_metaclass)
{
	struct fixture fixture;
	uint64_t meta;

	setup(&fixture, _i);
	meta = new_class(&fixture, "Meta", NULL, 0);
	set(&fixture, meta, offsets_of(&fixture)->type.flags,
	    FDP_TYPE_TYPE | UINT64_C(1) << 9);
	set_member(&fixture, meta, "run",
		   new_function(&fixture, fixture.code.address, "Meta.run"));
	set(&fixture, fixture.class, offsets_of(&fixture)->object.type, meta);
	/* An instance of the class is none of the metaclass. */
	ck_assert_ptr_null(guess(&fixture, fixture.object));
	ck_assert_str_eq(guess(&fixture, fixture.class), "Meta.run");
	teardown(&fixture);
}
END_TEST

START_TEST(wrapped)
{
	const struct fdp_python_offsets *offsets;
	struct fixture fixture;
	uint64_t own, outer;

	setup(&fixture, _i);
	offsets = offsets_of(&fixture);
	own = own_function(&fixture);
	outer = new_function(&fixture, fixture.code.address + 8, "wrapper");
	const uint64_t note[] = { fake_string(&fixture.objects, "__wrapped__"),
				  own };
	set(&fixture, outer, offsets->function.attributes,
	    fake_dict(&fixture.objects, note, 1));
	const uint64_t members[] = {
		wrap(&fixture, "staticmethod", offsets->wrapper.callable, own),
		wrap(&fixture, "classmethod", offsets->wrapper.callable, own),
		wrap(&fixture, "property", offsets->property.get, own),
		wrap(&fixture, "property", offsets->property.set, own),
		wrap(&fixture, "property", offsets->property.delete, own),
		outer,
		wrap(&fixture, "classmethod", offsets->wrapper.callable, outer),
	};

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		uint64_t class = new_class(&fixture, "Handler", NULL, 0);

		set_member(&fixture, class, "run", members[i]);
		ck_assert_str_eq(
			guess(&fixture, fake_object(&fixture.objects, class)),
			"Handler.run");
	}
	outer = new_class(&fixture, "Handler", NULL, 0);
	set_member(&fixture, outer, "run",
		   wrap(&fixture, "partial", offsets->wrapper.callable, own));
	ck_assert_ptr_null(
		guess(&fixture, fake_object(&fixture.objects, outer)));
	teardown(&fixture);
}
END_TEST

/* Its own name, its class, what the class calls it, and what is guessed. */
static const struct {
	const char *qualname, *member, *name, *guess;
} said[] = {
	{ "Handler.run", "run", "run", "Handler.run" },
	{ "f.<locals>.Handler.run", "run", "run", "f.<locals>.Handler.run" },
	{ "Base.run", "other", "run", "Base.run" },
	/* Defined outside, and put there. */
	{ "run", "run", "run", NULL },
	{ "run", "other", "run", NULL },
	/* Somebody has set it. */
	{ "something", "run", "run", "Handler.run" },
	{ "Handler.rerun", "run", "run", "Handler.run" },
	{ "something", "other", "run", NULL },
	{ "something", "prerun", "run", NULL },
	{ "something", "_Handler__run", "__run", "Handler.__run" },
	{ "Handler.__run", "_Handler__run", "__run", "Handler.__run" },
	{ "something", "_Handler_run", "_run", NULL },
};

START_TEST(names)
{
	for (size_t i = 0; i < ARRAY_SIZE(said); i++) {
		struct fixture fixture;
		const char *got;

		setup(&fixture, _i);
		fixture.code.name = said[i].name;
		set_member(&fixture, fixture.class, said[i].member,
			   new_function(&fixture, fixture.code.address,
					said[i].qualname));
		got = guess(&fixture, fixture.object);
		ck_assert_msg(got == said[i].guess ||
				      (got && said[i].guess &&
				       strcmp(got, said[i].guess) == 0),
			      "row %zu: %s", i, got ? got : "none");
		teardown(&fixture);
	}
}
END_TEST

START_TEST(in_a_cell)
{
	struct fixture fixture;
	struct fake_objects *objects = &fixture.objects;
	uint64_t self, other;

	setup(&fixture, _i);
	set_member(&fixture, fixture.class, "run", own_function(&fixture));
	self = fake_string(objects, "self");
	other = fake_string(objects, "other");
	const uint64_t variables[] = { self, other };
	const uint64_t cells[] = { other, self };
	make_code(&fixture, fake_tuple(objects, variables, 2),
		  fake_tuple(objects, cells, 2));
	set_member(&fixture, fixture.class, "run", own_function(&fixture));
	ck_assert_str_eq(
		guess_in(&fixture, 0, fake_cell(objects, fixture.object)),
		"Handler.run");
	/* Deleted; no cell; nowhere; not there. */
	ck_assert_ptr_null(guess_in(&fixture, 0, fake_cell(objects, 0)));
	ck_assert_ptr_null(guess_in(&fixture, 0, fixture.object));
	ck_assert_ptr_null(guess_in(&fixture, 0, FAKE_NOWHERE));
	ck_assert_ptr_null(guess_in(&fixture, 0, 0));
	teardown(&fixture);
}
END_TEST

/* The cell is another variable's. */
START_TEST(in_no_cell)
{
	struct fixture fixture;
	struct fake_objects *objects = &fixture.objects;
	uint64_t other;

	setup(&fixture, _i);
	other = fake_string(objects, "other");
	const uint64_t variables[] = { fake_string(objects, "self"), other };
	const uint64_t cells[] = { other, other };
	make_code(&fixture, fake_tuple(objects, variables, 2),
		  fake_tuple(objects, cells, 2));
	set_member(&fixture, fixture.class, "run", own_function(&fixture));
	ck_assert_ptr_null(
		guess_in(&fixture, 0, fake_cell(objects, fixture.object)));
	teardown(&fixture);
}
END_TEST

START_TEST(without_arguments)
{
	struct fixture fixture;

	setup(&fixture, _i);
	set_member(&fixture, fixture.class, "run", own_function(&fixture));
	fake_target_write_u32(
		fixture.target,
		fixture.code.address + offsets_of(&fixture)->code.arguments, 0);
	ck_assert_ptr_null(guess(&fixture, fixture.object));
	teardown(&fixture);
}
END_TEST

/* What has been written over costs the name, and no more. */
START_TEST(damaged)
{
	static const uint64_t wrong[] = { 0, 1, 8, FAKE_NOWHERE, UINT64_MAX };
	const struct fdp_python_offsets *offsets;
	struct fixture fixture;
	uint64_t own;

	setup(&fixture, _i);
	offsets = offsets_of(&fixture);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		uint64_t class = new_class(&fixture, "Handler", NULL, 0);
		uint64_t object = fake_object(&fixture.objects, class);

		set(&fixture, class, offsets->slots.order, wrong[i]);
		ck_assert_ptr_null(guess(&fixture, object));
		class = new_class(&fixture, "Handler", NULL, 0);
		object = fake_object(&fixture.objects, class);
		set(&fixture, class, offsets->type.dict, wrong[i]);
		ck_assert_ptr_null(guess(&fixture, object));
		class = new_class(&fixture, "Handler", &wrong[i], 1);
		ck_assert_ptr_null(
			guess(&fixture, fake_object(&fixture.objects, class)));
		set_member(&fixture, class, "run", wrong[i]);
		ck_assert_ptr_null(
			guess(&fixture, fake_object(&fixture.objects, class)));
	}
	/* A name that cannot be read is that of the class. */
	own = own_function(&fixture);
	set(&fixture, own, offsets->function.qualname, FAKE_NOWHERE);
	fixture.class = new_class(&fixture, "Handler", NULL, 0);
	set_member(&fixture, fixture.class, "run", own);
	fixture.object = fake_object(&fixture.objects, fixture.class);
	ck_assert_str_eq(guess(&fixture, fixture.object), "Handler.run");
	teardown(&fixture);
}
END_TEST

/* Wrappers of each other, and more of everything than is looked at. */
START_TEST(endless)
{
	const struct fdp_python_offsets *offsets;
	struct fixture fixture;
	uint64_t circle, class, order;

	setup(&fixture, _i);
	offsets = offsets_of(&fixture);
	circle = wrap(&fixture, "property", offsets->property.get, 0);
	set(&fixture, circle, offsets->property.get, circle);
	set(&fixture, circle, offsets->property.set, circle);
	set(&fixture, circle, offsets->property.delete, circle);
	set_member(&fixture, fixture.class, "run", circle);
	ck_assert_ptr_null(guess(&fixture, fixture.object));
	ck_assert_uint_eq(fixture.report.capture.missing_count, 0);
	class = new_class(&fixture, "Derived", NULL, 0);
	order = fake_tuple(&fixture.objects, &class, 1);
	set(&fixture, order, offsets->object.size, FDP_CLASS_BASES_MAX + 1);
	set(&fixture, class, offsets->slots.order, order);
	ck_assert_ptr_null(
		guess(&fixture, fake_object(&fixture.objects, class)));
	ck_assert_uint_eq(fixture.report.capture.missing_count, 1);
	ck_assert_ptr_nonnull(strstr(fixture.report.capture.missing[0],
				     "the first 128 bases"));
	teardown(&fixture);
}
END_TEST

/* So many looks in all that the rest goes without names, which is said. */
START_TEST(budget)
{
	struct fixture fixture;
	uint64_t pairs[2 * 60];

	setup(&fixture, LAST);
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		pairs[i] = fake_string(&fixture.objects, "run");
	set(&fixture, fixture.class, offsets_of(&fixture)->type.dict,
	    fake_dict(&fixture.objects, pairs, ARRAY_SIZE(pairs) / 2));
	for (size_t i = 0; i < FDP_CLASS_STEPS_MAX / 60; i++) {
		/* What was looked for once is not looked for again. */
		make_code(&fixture, 0, 0);
		ck_assert_ptr_null(guess(&fixture, fixture.object));
		ck_assert_ptr_null(guess(&fixture, fixture.object));
	}
	ck_assert_uint_eq(fixture.report.capture.missing_count, 1);
	ck_assert_ptr_nonnull(strstr(fixture.report.capture.missing[0],
				     "among 250000 names"));
	teardown(&fixture);
}
END_TEST

START_TEST(said_by_the_code)
{
	struct fixture fixture;

	setup(&fixture, _i);
	ck_assert_ptr_null(guess(&fixture, fixture.object));
	teardown(&fixture);
}
END_TEST

START_TEST(not_known)
{
	struct fixture fixture;
	struct fdp_python_offsets unknown;
	struct fdp_frame frame = { .function = "run" };

	setup(&fixture, _i);
	unknown = *offsets_of(&fixture);
	unknown.values_known = false;
	fdp_class_names_free(fixture.names);
	ck_assert_int_eq(fdp_class_names_new(fixture.target, &unknown,
					     &fixture.report, &fixture.names),
			 0);
	ck_assert_int_eq(fdp_class_names_guess(fixture.names, fixture.object,
					       &fixture.code, &frame),
			 0);
	ck_assert_ptr_null(frame.qualname);
	ck_assert_uint_eq(fixture.report.capture.missing_count, 1);
	teardown(&fixture);
}
END_TEST

static Suite *class_names_suite(void)
{
	Suite *suite = suite_create("class names");
	TCase *cases = tcase_create("guesses");

	suite_add_tcase(suite, cases);
	tcase_add_loop_test(cases, of_the_class, FAKE_FIRST, LAST + 1);
	tcase_add_loop_test(cases, of_a_metaclass, FAKE_FIRST, LAST + 1);
	tcase_add_loop_test(cases, wrapped, FAKE_FIRST, LAST + 1);
	tcase_add_loop_test(cases, names, FAKE_FIRST, LAST + 1);
	tcase_add_loop_test(cases, in_a_cell, FAKE_FIRST, LAST + 1);
	tcase_add_loop_test(cases, in_no_cell, FAKE_FIRST, LAST + 1);
	tcase_add_loop_test(cases, without_arguments, FAKE_FIRST, LAST + 1);
	tcase_add_loop_test(cases, damaged, FAKE_FIRST, LAST + 1);
	tcase_add_loop_test(cases, endless, FAKE_FIRST, LAST + 1);
	tcase_add_test(cases, budget);
	tcase_add_loop_test(cases, said_by_the_code, LAST + 1, FAKE_END);
	tcase_add_loop_test(cases, not_known, FAKE_FIRST, LAST + 1);
	return suite;
}

int main(void)
{
	return fdp_suite_run(class_names_suite());
}
