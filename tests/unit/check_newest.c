/* 3.11 and 3.12: the newest frame while an evaluation begins or ends. */
#include <check.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "../../daemon/python/cframes.h"
#include "../../daemon/python/frames.h"
#include "../../daemon/python/newest.h"
#include "fake_python.h"
#include "suite.h"

#define MINOR_FIRST 11
#define MINORS 2

/* Where the C stack of the thread is: its newest CFrame, and the one before. */
#define STACK UINT64_C(0x7ffc00010000)
#define NEWEST (STACK + 64)
#define BEFORE (STACK + 1024)
#define NOWHERE UINT64_C(0x100000000)

/*
 * The thread has run "outer" and then, from C, "inner"; "left" is what "inner"
 * called, and "other" is another stack's.
 */
enum who { NOBODY, OUTER, INNER, LEFT, OTHER, UNREADABLE, WHO_COUNT };

struct fixture {
	struct fdp_target *target;
	struct fake_python fake;
	struct fdp_report report;
	struct fdp_frame_reader reader;
	struct fdp_python_stack stack;
	struct fdp_map map;
	uint64_t thread;
	uint64_t frames[WHO_COUNT];
};

static uint64_t make_frame(struct fixture *fixture, const char *name,
			   uint64_t previous, int is_entry)
{
	const struct fake_code code = { name, "/app/main.py", 3 };
	const struct fake_frame frame = {
		.previous = previous,
		.code = fake_python_code(&fixture->fake, &code),
		.is_entry = is_entry,
	};

	fake_python_alloc(&fixture->fake, 64);
	return fake_python_frame(&fixture->fake, &frame);
}

/* The first frame of an evaluation that was begun from PREVIOUS. */
static uint64_t make_evaluation(struct fixture *fixture, const char *name,
				uint64_t previous)
{
	const struct fake_frame shim = { .previous = previous, .owner = 3 };

	if (fixture->fake.offsets->style != FDP_FRAMES_SHIM)
		return make_frame(fixture, name, previous, 1);
	fake_python_alloc(&fixture->fake, 64);
	return make_frame(fixture, name,
			  fake_python_frame(&fixture->fake, &shim), 0);
}

static void write_cframe(struct fixture *fixture, uint64_t address,
			 uint64_t frame, uint64_t previous)
{
	const struct fdp_python_offsets *offsets = fixture->fake.offsets;

	fake_target_write_u64(fixture->target, address + offsets->cframe.frame,
			      frame);
	fake_target_write_u64(fixture->target,
			      address + offsets->cframe.previous, previous);
}

static uint64_t root_of(const struct fixture *fixture)
{
	return fixture->thread + fixture->fake.offsets->thread.root_cframe;
}

static void make_thread(struct fixture *fixture)
{
	const struct fdp_python_offsets *offsets = fixture->fake.offsets;
	uint64_t *frames = fixture->frames;
	const uint64_t room[] = { frames[OUTER], frames[LEFT],
				  frames[LEFT] + 512 };

	fixture->thread = fake_python_thread(&fixture->fake, 0, 0, 0);
	fake_python_set(&fixture->fake, fixture->thread, offsets->thread.cframe,
			NEWEST);
	fake_target_write(fixture->target,
			  fixture->thread + offsets->thread.chunk, room,
			  sizeof(room));
	write_cframe(fixture, root_of(fixture), 0, 0);
	write_cframe(fixture, BEFORE, frames[OUTER], root_of(fixture));
	write_cframe(fixture, NEWEST, frames[INNER], BEFORE);
}

static void setup(struct fixture *fixture, int minor)
{
	static const char zeros[4096];
	uint64_t *frames = fixture->frames;

	*fixture = (struct fixture){ .target = fake_target_new() };
	fixture->map = (struct fdp_map){ .start = STACK,
					 .end = STACK + sizeof(zeros),
					 .readable = true };
	fixture->target->maps = &fixture->map;
	fixture->target->map_count = 1;
	fake_target_write(fixture->target, STACK, zeros, sizeof(zeros));
	fake_python_start(&fixture->fake, fixture->target, minor);
	frames[UNREADABLE] = NOWHERE;
	frames[OUTER] = make_evaluation(fixture, "outer", 0);
	frames[INNER] = make_evaluation(fixture, "inner", frames[OUTER]);
	frames[OTHER] = make_evaluation(fixture, "other", 0);
	frames[LEFT] = make_frame(fixture, "left", frames[INNER], 0);
	make_thread(fixture);
	fixture->reader = (struct fdp_frame_reader){
		.target = fixture->target,
		.offsets = fixture->fake.offsets,
		.report = &fixture->report,
		.frames_left = FDP_PYTHON_FRAMES_MAX,
	};
	ck_assert_int_eq(fdp_codes_new(fixture->target, fixture->fake.offsets,
				       &fixture->report,
				       &fixture->reader.codes),
			 0);
}

static void teardown(struct fixture *fixture)
{
	fdp_codes_free(fixture->reader.codes);
	fdp_report_done(&fixture->report);
	fdp_target_free(fixture->target);
}

/* The newest CFrame has FRAME and PREVIOUS (0: BEFORE, as it should have). */
struct row {
	const char *what;
	enum who frame;
	uint64_t previous;
	bool busy; /* nobody is called: sp is near */
	const char *expected[3];
};

static const struct row rows[] = {
	{ "as it is all the time", INNER, 0, true, { "inner", "outer" } },
	{ "it waits in a call", INNER, 0, false, { "inner", "outer" } },
	{ "it ends", LEFT, 0, true, { "inner", "outer" } },
	{ "it ends, and was interrupted",
	  LEFT,
	  0,
	  false,
	  { "inner", "outer" } },
	{ "it begins, with nothing yet", NOBODY, 0, true, { "outer" } },
	{ "it begins, with one of the same thread",
	  OUTER,
	  0,
	  true,
	  { "outer" } },
	{ "it begins, with one of another", OTHER, 0, true, { "outer" } },
	{ "it begins, with no frame", UNREADABLE, 0, true, { "outer" } },
	{ "and points nowhere", OTHER, NOWHERE, true, { "outer" } },
	{ "and points to no CFrame", OTHER, BEFORE + 64, true, { "outer" } },
	{ "and points further in", OTHER, STACK, true, { "outer" } },
	{ "of a thread that does something else: damage",
	  OTHER,
	  0,
	  false,
	  { "other" } },
};

START_TEST(newest)
{
	const struct row *row = &rows[(size_t)_i % ARRAY_SIZE(rows)];
	int minor = MINOR_FIRST + _i / (int)ARRAY_SIZE(rows);
	struct fixture fixture;

	setup(&fixture, minor);
	fixture.reader.standing_sp = row->busy ? STACK : STACK - 65536;
	write_cframe(&fixture, NEWEST, fixture.frames[row->frame],
		     row->previous ? row->previous : BEFORE);
	ck_assert_int_eq(fdp_frames_read(&fixture.reader, fixture.thread,
					 &fixture.stack),
			 0);
	for (size_t i = 0; i < fixture.stack.frame_count; i++)
		ck_assert_msg(
			row->expected[i] &&
				strcmp(row->expected[i],
				       fixture.stack.frames[i].function) == 0,
			"3.%d, %s: frame %zu is %s", minor, row->what, i,
			fixture.stack.frames[i].function);
	ck_assert_msg(!row->expected[fixture.stack.frame_count],
		      "3.%d, %s: %zu frames", minor, row->what,
		      fixture.stack.frame_count);
	ck_assert(!fixture.stack.truncated);
	ck_assert_uint_eq(fixture.report.capture.missing_count, 0);
	teardown(&fixture);
}
END_TEST

/* The anchors stay those of the evaluations that the frames belong to. */
START_TEST(anchors)
{
	static const struct {
		enum who frame;
		size_t count;
		uint64_t anchors[2];
	} cases[] = {
		{ INNER, 2, { NEWEST, BEFORE } },
		{ LEFT, 2, { NEWEST, BEFORE } },
		{ OTHER, 1, { BEFORE } },
	};
	struct fixture fixture;

	setup(&fixture, 11);
	fixture.reader.standing_sp = STACK;
	write_cframe(&fixture, NEWEST, fixture.frames[cases[_i].frame], BEFORE);
	ck_assert_int_eq(fdp_frames_read(&fixture.reader, fixture.thread,
					 &fixture.stack),
			 0);
	ck_assert_uint_eq(fixture.stack.run_count, cases[_i].count);
	for (size_t i = 0; i < cases[_i].count; i++)
		ck_assert_uint_eq(fixture.stack.runs[i].anchor,
				  cases[_i].anchors[i]);
	teardown(&fixture);
}
END_TEST

static int read_target(void *argument, uint64_t address, void *buffer,
		       size_t size)
{
	return fdp_target_read(argument, address, buffer, size);
}

START_TEST(begun_from)
{
	struct fixture fixture;
	struct fdp_memory memory;
	uint64_t *frames = fixture.frames;
	const struct fdp_python_offsets *offsets;

	setup(&fixture, MINOR_FIRST + _i);
	offsets = fixture.fake.offsets;
	memory = (struct fdp_memory){ read_target, fixture.target };
	ck_assert(fdp_newest_begun_from(offsets, &memory, frames[LEFT],
					frames[OUTER]));
	ck_assert(fdp_newest_begun_from(offsets, &memory, frames[OUTER], 0));
	ck_assert(!fdp_newest_begun_from(offsets, &memory, frames[LEFT],
					 frames[OTHER]));
	ck_assert(!fdp_newest_begun_from(offsets, &memory, frames[LEFT], 0));
	ck_assert(!fdp_newest_begun_from(offsets, &memory, 0, 0));
	ck_assert(!fdp_newest_begun_from(offsets, &memory, NOWHERE, 0));
	teardown(&fixture);
}
END_TEST

START_TEST(circle)
{
	struct fixture fixture;
	struct fdp_memory memory;
	uint64_t first, last;

	setup(&fixture, MINOR_FIRST + _i);
	memory = (struct fdp_memory){ read_target, fixture.target };
	first = last = make_frame(&fixture, "circle", 0, 0);
	for (int i = 0; i < 10; i++)
		last = make_frame(&fixture, "circle", last, 0);
	fake_target_write_u64(fixture.target,
			      first + fixture.fake.offsets->frame.previous,
			      last);
	ck_assert(
		!fdp_newest_begun_from(fixture.fake.offsets, &memory, last, 0));
	teardown(&fixture);
}
END_TEST

START_TEST(has_ended)
{
	struct fixture fixture;
	struct fdp_memory memory;
	const struct fdp_python_offsets *offsets;

	setup(&fixture, MINOR_FIRST + _i);
	offsets = fixture.fake.offsets;
	memory = (struct fdp_memory){ read_target, fixture.target };
	ck_assert(fdp_newest_has_ended(offsets, &memory, fixture.thread,
				       fixture.frames[LEFT]));
	ck_assert(fdp_newest_has_ended(offsets, &memory, fixture.thread,
				       fixture.frames[LEFT] + 511));
	ck_assert(!fdp_newest_has_ended(offsets, &memory, fixture.thread,
					fixture.frames[LEFT] + 512));
	ck_assert(!fdp_newest_has_ended(offsets, &memory, fixture.thread,
					fixture.frames[LEFT] - 1));
	ck_assert(!fdp_newest_has_ended(offsets, &memory, NOWHERE,
					fixture.frames[LEFT]));
	teardown(&fixture);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("newest");
	TCase *tests = tcase_create("newest");

	tcase_add_loop_test(tests, newest, 0, MINORS * (int)ARRAY_SIZE(rows));
	tcase_add_loop_test(tests, anchors, 0, 3);
	tcase_add_loop_test(tests, begun_from, 0, MINORS);
	tcase_add_loop_test(tests, circle, 0, MINORS);
	tcase_add_loop_test(tests, has_ended, 0, MINORS);
	suite_add_tcase(suite, tests);
	return fdp_suite_run(suite);
}
