/* Frames that can run a code object, and those that cannot. */
#include <check.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "../../daemon/python/executed.h"
#include "../../daemon/python/frames.h"
#include "fake_objects.h"
#include "suite.h"

/* Bytes of bytecode that fake_python_code() makes. */
#define BYTES 16

/* The last version whose frames are objects. */
#define LAST_OBJECTS 10

struct fixture {
	struct fdp_target *target;
	struct fake_objects objects;
	struct fdp_report report;
	uint64_t code, frame;
};

static const struct fdp_python_offsets *
offsets_of(const struct fixture *fixture)
{
	return fixture->objects.python.offsets;
}

static bool is_object(const struct fixture *fixture)
{
	return offsets_of(fixture)->style == FDP_FRAMES_OBJECTS;
}

/* Of the bytecode there is one copy, which is the code object's own. */
static void make_copies(struct fixture *fixture, uint64_t code)
{
	struct fake_python *python = &fixture->objects.python;
	uint64_t array = fake_python_alloc(python, 16);

	fake_python_set(python, array, 0, 1);
	fake_python_set(python, array, 8,
			code + python->offsets->code.bytecode);
	fake_python_set(python, code, python->offsets->copies.array, array);
}

/* f(), with two variables, a cell and a free one, before INSTRUCTION. */
static void setup(struct fixture *fixture, int number, int instruction)
{
	static const struct fake_code code = { "f", "<test>", 1 };
	struct fake_python *python = &fixture->objects.python;
	const uint64_t items[] = { 1 };
	const struct fdp_python_offsets *offsets;

	memset(fixture, 0, sizeof(*fixture));
	fixture->target = fake_target_new();
	fake_objects_start(&fixture->objects, fixture->target, number);
	offsets = offsets_of(fixture);
	fixture->code = fake_python_code(python, &code);
	fixture->frame = fake_python_frame(
		python, &(struct fake_frame){ .code = fixture->code,
					      .instruction = instruction });
	make_copies(fixture, fixture->code);
	if (!is_object(fixture))
		return;
	fake_target_write_u32(fixture->target,
			      fixture->code + offsets->code.local_count, 2);
	fake_python_set(python, fixture->code, offsets->code.cells,
			fake_tuple(&fixture->objects, items, 1));
	fake_python_set(python, fixture->code, offsets->code.free,
			fake_tuple(&fixture->objects, items, 1));
	fake_python_set(python, fixture->frame, offsets->frame.stack_start,
			fixture->frame + offsets->frame.locals + 8 * 4);
}

static void set_code(struct fixture *fixture, uint32_t field, uint64_t value)
{
	fake_python_set(&fixture->objects.python, fixture->code, field, value);
}

static void teardown(struct fixture *fixture)
{
	fdp_report_done(&fixture->report);
	fdp_target_free(fixture->target);
}

/* How the reader of stacks shows the only frame: 1 with its name, 0 without. */
static int is_shown(struct fixture *fixture)
{
	struct fdp_frame_reader reader;
	struct fdp_frame frame;
	int r;

	ck_assert_int_eq(fdp_frame_reader_open(fixture->target,
					       offsets_of(fixture),
					       &fixture->report, &reader),
			 0);
	r = fdp_frames_read_one(&reader, fixture->frame, &frame);
	fdp_codes_free(reader.codes);
	ck_assert_int_eq(r, 1);
	ck_assert_int_eq(frame.kind, FDP_FRAME_PYTHON);
	ck_assert_uint_eq(fixture->report.capture.missing_count,
			  frame.function == NULL);
	return frame.function != NULL;
}

/* Where a frame stands, and whether that is in its code object. */
static const struct {
	int instruction;
	bool inside;
} places[] = {
	{ -2, true },	    { 0, true },   { BYTES - 2, true },
	{ BYTES, false },   { -4, false }, { BYTES * 100, false },
	{ 1 << 20, false },
};

START_TEST(instructions)
{
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		struct fixture fixture;

		setup(&fixture, _i, places[i].instruction);
		ck_assert_msg(is_shown(&fixture) == places[i].inside,
			      "instruction %d", places[i].instruction);
		teardown(&fixture);
	}
}
END_TEST

/* It points to another code object, of as many bytes and at another place. */
START_TEST(another_code)
{
	static const struct fake_code other = { "other", "<test>", 1 };
	struct fixture fixture;
	uint64_t code;

	setup(&fixture, _i, 4);
	code = fake_python_code(&fixture.objects.python, &other);
	make_copies(&fixture, code);
	fake_python_set(&fixture.objects.python, fixture.frame,
			offsets_of(&fixture)->frame.code, code);
	/* Up to 3.10 an index fits both, and what they have is not known. */
	ck_assert_int_eq(is_shown(&fixture), is_object(&fixture));
	teardown(&fixture);
}
END_TEST

/* Up to 3.10 the frame was made for so many variables. */
START_TEST(other_places)
{
	for (uint32_t count = 1; count < 4; count++) {
		struct fixture fixture;

		setup(&fixture, _i, 4);
		fake_target_write_u32(
			fixture.target,
			fixture.code + offsets_of(&fixture)->code.local_count,
			count);
		ck_assert_int_eq(is_shown(&fixture), count == 2);
		teardown(&fixture);
	}
}
END_TEST

/* What was written over, or is not there, contradicts nothing. */
START_TEST(unreadable)
{
	static const uint64_t wrong[] = { 0, 1, FAKE_NOWHERE, UINT64_MAX };

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct fixture fixture;

		setup(&fixture, _i, 1 << 20);
		set_code(&fixture, offsets_of(&fixture)->code.instructions,
			 wrong[i]);
		ck_assert_int_eq(is_shown(&fixture), 1);
		teardown(&fixture);
		setup(&fixture, _i, 4);
		fake_python_set(&fixture.objects.python, fixture.frame,
				offsets_of(&fixture)->frame.stack_start, 8);
		set_code(&fixture, offsets_of(&fixture)->code.cells, wrong[i]);
		ck_assert_int_eq(is_shown(&fixture), 1);
		teardown(&fixture);
	}
}
END_TEST

/* A size that cannot be is none. */
START_TEST(impossible_size)
{
	struct fixture fixture;

	setup(&fixture, _i, 1 << 20);
	set_code(&fixture, offsets_of(&fixture)->object.size, UINT64_MAX);
	ck_assert_int_eq(is_shown(&fixture), 1);
	teardown(&fixture);
}
END_TEST

static Suite *executed_suite(void)
{
	Suite *suite = suite_create("executed");
	TCase *tests = tcase_create("executed");

	tcase_add_loop_test(tests, instructions, FAKE_FIRST, FAKE_END);
	tcase_add_loop_test(tests, another_code, FAKE_FIRST, FAKE_END);
	tcase_add_loop_test(tests, other_places, FAKE_FIRST, LAST_OBJECTS + 1);
	tcase_add_loop_test(tests, unreadable, FAKE_FIRST, LAST_OBJECTS + 1);
	tcase_add_loop_test(tests, impossible_size, LAST_OBJECTS + 1, FAKE_END);
	suite_add_tcase(suite, tests);
	return suite;
}

int main(void)
{
	return fdp_suite_run(executed_suite());
}
