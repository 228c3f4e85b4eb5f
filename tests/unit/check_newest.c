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

/* Where evaluations begin, and where the thread is in them or elsewhere. */
#define EVALUATION UINT64_C(0x7f0000500000)
#define EVALUATION_SIZE 50000
enum pc { CRASHED, BEGINS, RUNS, CALLS };

/*
 * The thread has run "outer" and then, from C, "inner"; "left" is what "inner"
 * called, "thrown" a generator that throw() has put there, "called" does not
 * know by whom, "Skipping" seems to be called by the caller of that, and
 * "other" is another stack's.
 */
enum who {
	NOBODY,
	OUTER,
	INNER,
	LEFT,
	THROWN,
	CALLED,
	SKIPPING,
	OTHER,
	UNREADABLE,
	WHO_COUNT
};

struct fixture {
	struct fdp_target *target;
	struct fake_python fake;
	struct fdp_report report;
	struct fdp_frame_reader reader;
	struct fdp_python_stack stack;
	struct fdp_map map;
	struct fdp_registers registers;
	uint64_t thread;
	uint64_t frames[WHO_COUNT];
};

static uint64_t make_frame(struct fixture *fixture, const char *name,
			   uint64_t previous, int is_entry, int owner)
{
	const struct fake_code code = { name, "/app/main.py", 3 };
	const struct fake_frame frame = {
		.previous = previous,
		.code = fake_python_code(&fixture->fake, &code),
		.is_entry = is_entry,
		.owner = owner,
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
		return make_frame(fixture, name, previous, 1, 0);
	fake_python_alloc(&fixture->fake, 64);
	return make_frame(fixture, name,
			  fake_python_frame(&fixture->fake, &shim), 0, 0);
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
	const uint64_t chunk = frames[OUTER] - 64;
	const uint64_t room[] = { chunk, frames[LEFT] };

	fixture->thread = fake_python_thread(&fixture->fake, 0, 0, 0);
	fake_python_set(&fixture->fake, fixture->thread, offsets->thread.cframe,
			NEWEST);
	fake_target_write(fixture->target,
			  fixture->thread + offsets->thread.chunk, room,
			  sizeof(room));
	fake_target_write_u64(fixture->target, chunk + 8,
			      frames[LEFT] + 512 - chunk);
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
	/* On 3.11 it has been the first of an evaluation once. */
	frames[THROWN] = make_frame(fixture, "thrown", frames[INNER], 1, 1);
	frames[OTHER] = make_evaluation(fixture, "Other", 0);
	frames[CALLED] = make_frame(fixture, "called", frames[OTHER], 0, 0);
	frames[SKIPPING] = make_frame(fixture, "Skipping", frames[INNER], 0, 0);
	frames[LEFT] = make_frame(fixture, "left", frames[INNER], 0, 0);
	make_thread(fixture);
	ck_assert_int_eq(
		fdp_frame_reader_open(fixture->target, fixture->fake.offsets,
				      &fixture->report, &fixture->reader),
		0);
	fixture->reader.evaluation = EVALUATION;
	fixture->reader.evaluation_size = EVALUATION_SIZE;
}

static void teardown(struct fixture *fixture)
{
	fdp_codes_free(fixture->reader.codes);
	fdp_report_done(&fixture->report);
	fdp_target_free(fixture->target);
}

#define HELD 3

/* The thread's pc, and frames that are in registers. */
static void stand(struct fixture *fixture, enum pc pc, const enum who *held)
{
	static const uint64_t offsets[] = {
		[CRASHED] = 70,
		[BEGINS] = 70,
		[RUNS] = 7000,
		[CALLS] = 70000,
	};

	fixture->registers.general[FDP_REGISTER_PC] = EVALUATION + offsets[pc];
	for (int i = 0; i < HELD; i++)
		fixture->registers.general[3 + i] = fixture->frames[held[i]];
	if (pc != CRASHED)
		fixture->reader.standing = &fixture->registers;
}

/* The newest CFrame has FRAME and PREVIOUS (0: BEFORE, as it should have). */
struct row {
	const char *what;
	enum who frame;
	uint64_t previous;
	enum pc pc;
	enum who held[HELD];
	const char *expected; /* by their first letters */
};

static const struct row rows[] = {
	{ "as it is all the time", INNER, 0, RUNS, { OUTER }, "io" },
	{ "it was just filled in", INNER, 0, BEGINS, { OUTER }, "io" },
	{ "it is not even named", INNER, 0, BEGINS, { THROWN }, "io" },
	{ "it ends", LEFT, 0, RUNS, { LEFT }, "io" },
	{ "it ends, and something is called", LEFT, 0, CALLS, { LEFT }, "io" },
	{ "it begins, with nothing yet", NOBODY, 0, BEGINS, { 0 }, "o" },
	{ "with one of the same thread", OUTER, 0, BEGINS, { OUTER }, "o" },
	{ "with one of another", OTHER, 0, BEGINS, { OTHER }, "o" },
	{ "with one that has ended", LEFT, NOWHERE, BEGINS, { LEFT }, "io" },
	{ "with no frame", UNREADABLE, 0, BEGINS, { UNREADABLE }, "o" },
	{ "and points nowhere", OTHER, NOWHERE, BEGINS, { 0 }, "o" },
	{ "and points to no CFrame", OTHER, BEFORE + 64, BEGINS, { 0 }, "o" },
	{ "and points further in", OTHER, STACK, BEGINS, { 0 }, "o" },
	{ "but knows its frame", OTHER, 0, BEGINS, { OTHER, INNER }, "io" },
	{ "thrown into", THROWN, 0, BEGINS, { OUTER }, "tio" },
	{ "it calls", CALLED, 0, RUNS, { CALLED, OUTER, INNER }, "io" },
	{ "it calls further in", CALLED, 0, RUNS, { INNER, THROWN }, "tio" },
	{ "and seems to be called by another",
	  SKIPPING,
	  0,
	  RUNS,
	  { THROWN },
	  "tio" },
	{ "it makes a frame where another was",
	  INNER,
	  0,
	  RUNS,
	  { THROWN },
	  "io" },
	/* What is not explained by that is damage. */
	{ "it calls, and nobody is at hand", CALLED, 0, RUNS, { LEFT }, "cO" },
	{ "amid its work", OTHER, 0, RUNS, { OUTER }, "O" },
	{ "elsewhere", OTHER, 0, CALLS, { INNER }, "O" },
	{ "crashed at the beginning", OTHER, 0, CRASHED, { INNER }, "O" },
	{ "crashed at the end", LEFT, 0, CRASHED, { INNER }, "lio" },
};

/* Frames as they are called in the rows. */
static const char *letters(const struct fdp_python_stack *stack)
{
	static char text[16];
	size_t i;

	ck_assert_uint_lt(stack->frame_count, sizeof(text));
	for (i = 0; i < stack->frame_count; i++)
		text[i] = stack->frames[i].function[0];
	text[i] = '\0';
	return text;
}

START_TEST(newest)
{
	const struct row *row = &rows[(size_t)_i % ARRAY_SIZE(rows)];
	int minor = MINOR_FIRST + _i / (int)ARRAY_SIZE(rows);
	struct fixture fixture;

	setup(&fixture, minor);
	stand(&fixture, row->pc, row->held);
	write_cframe(&fixture, NEWEST, fixture.frames[row->frame],
		     row->previous ? row->previous : BEFORE);
	ck_assert_int_eq(fdp_frames_read(&fixture.reader, fixture.thread,
					 &fixture.stack),
			 0);
	ck_assert_msg(strcmp(letters(&fixture.stack), row->expected) == 0,
		      "3.%d, %s: %s, expected %s", minor, row->what,
		      letters(&fixture.stack), row->expected);
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

	setup(&fixture, MINOR_FIRST);
	stand(&fixture, BEGINS, (const enum who[HELD]){ NOBODY });
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

/*
 * The outermost evaluation begins, or the first of a greenlet (further out
 * greenlet has put a CFrame, and behind that are those of who has switched to
 * it): nobody has called it.
 */
START_TEST(outermost)
{
	bool greenlet = _i % 2;
	struct fixture fixture;
	uint64_t first = STACK + 512;

	setup(&fixture, MINOR_FIRST + _i / 2);
	stand(&fixture, BEGINS, (const enum who[HELD]){ NOBODY });
	write_cframe(&fixture, first, 0, root_of(&fixture));
	write_cframe(&fixture, NEWEST, fixture.frames[OTHER],
		     greenlet ? NOWHERE : root_of(&fixture));
	fake_target_write_u64(fixture.target,
			      fixture.frames[OTHER] +
				      fixture.fake.offsets->frame.previous,
			      NOWHERE);
	ck_assert_int_eq(fdp_frames_read(&fixture.reader, fixture.thread,
					 &fixture.stack),
			 0);
	ck_assert_uint_eq(fixture.stack.frame_count, 0);
	ck_assert(!fixture.stack.truncated);
	teardown(&fixture);
}
END_TEST

static int read_target(void *argument, uint64_t address, void *buffer,
		       size_t size)
{
	return fdp_target_read(argument, address, buffer, size);
}

static size_t depth_within(struct fixture *fixture, uint64_t frame,
			   uint64_t before, size_t *left)
{
	const struct fdp_memory memory = { read_target, fixture->target };
	struct fdp_free_room room;

	fdp_newest_free_room(fixture->fake.offsets, &memory, fixture->thread,
			     &room);
	return fdp_newest_depth(fixture->fake.offsets, &memory, &room, frame,
				before, left);
}

static size_t depth_of(struct fixture *fixture, uint64_t frame, uint64_t before,
		       size_t left)
{
	return depth_within(fixture, frame, before, &left);
}

START_TEST(depth)
{
	struct fixture fixture;
	uint64_t *frames = fixture.frames;
	size_t first;

	setup(&fixture, MINOR_FIRST + _i);
	/* With the shim, where there is one. */
	first = depth_of(&fixture, frames[OUTER], 0, 100);
	ck_assert_uint_eq(
		first, fixture.fake.offsets->style == FDP_FRAMES_SHIM ? 2 : 1);
	ck_assert_uint_eq(depth_of(&fixture, frames[INNER], frames[OUTER], 100),
			  first);
	ck_assert_uint_eq(
		depth_of(&fixture, frames[THROWN], frames[OUTER], 100),
		first + 1);
	ck_assert_uint_eq(
		depth_of(&fixture, frames[THROWN], frames[OUTER], first), 0);
	ck_assert_uint_eq(depth_of(&fixture, frames[INNER], frames[OTHER], 100),
			  0);
	ck_assert_uint_eq(depth_of(&fixture, frames[INNER], 0, 100), 0);
	ck_assert_uint_eq(depth_of(&fixture, frames[LEFT], frames[OUTER], 100),
			  0);
	ck_assert_uint_eq(depth_of(&fixture, 0, 0, 100), 0);
	ck_assert_uint_eq(depth_of(&fixture, NOWHERE, 0, 100), 0);
	teardown(&fixture);
}
END_TEST

START_TEST(circle)
{
	struct fixture fixture;
	uint64_t first, last;
	size_t left = 1000;

	setup(&fixture, MINOR_FIRST + _i);
	first = last = make_frame(&fixture, "circle", 0, 0, 0);
	for (int i = 0; i < 10; i++)
		last = make_frame(&fixture, "circle", last, 0, 0);
	fake_target_write_u64(fixture.target,
			      first + fixture.fake.offsets->frame.previous,
			      last);
	ck_assert_uint_eq(depth_within(&fixture, last, 0, &left), 0);
	/* Others are looked at too. */
	ck_assert_uint_gt(left, 900);
	teardown(&fixture);
}
END_TEST

/* While a chunk is given back the place for the next frame is not in it. */
START_TEST(free_room)
{
	const struct fdp_python_offsets *offsets;
	struct fixture fixture;
	struct fdp_memory memory;
	struct fdp_free_room room;
	uint64_t left;

	setup(&fixture, MINOR_FIRST + _i % MINORS);
	offsets = fixture.fake.offsets;
	memory = (struct fdp_memory){ read_target, fixture.target };
	left = fixture.frames[LEFT];
	if (_i >= MINORS)
		fake_target_write_u64(fixture.target,
				      fixture.thread + offsets->thread.chunk +
					      8,
				      fixture.frames[OUTER] - 4096);
	fdp_newest_free_room(offsets, &memory, fixture.thread, &room);
	ck_assert_int_eq(fdp_newest_has_ended(&room, left), _i < MINORS);
	ck_assert_int_eq(fdp_newest_has_ended(&room, left + 511), _i < MINORS);
	ck_assert(!fdp_newest_has_ended(&room, left + 512));
	ck_assert(!fdp_newest_has_ended(&room, left - 1));
	fdp_newest_free_room(offsets, &memory, NOWHERE, &room);
	ck_assert(!fdp_newest_has_ended(&room, left));
	teardown(&fixture);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("newest");
	TCase *tests = tcase_create("newest");

	tcase_add_loop_test(tests, newest, 0, MINORS * (int)ARRAY_SIZE(rows));
	tcase_add_loop_test(tests, anchors, 0, 3);
	tcase_add_loop_test(tests, outermost, 0, MINORS * 2);
	tcase_add_loop_test(tests, depth, 0, MINORS);
	tcase_add_loop_test(tests, circle, 0, MINORS);
	tcase_add_loop_test(tests, free_room, 0, 2 * MINORS);
	suite_add_tcase(suite, tests);
	return fdp_suite_run(suite);
}
