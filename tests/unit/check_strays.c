/* Frames that are in a stack and not of its thread. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "../../daemon/python/strays.h"
#include "fake_python.h"
#include "suite.h"

#define STACKS 2
#define FRAMES_MAX 8
#define CHUNK_BYTES 0x1000

/* Where the memory of each thread for its frames begins, and what is on the
 * heap: frames of generators, and all up to 3.10. */
#define CHUNK UINT64_C(0x10000)
#define HEAP UINT64_C(0x90000)

/*
 * Two stacks, newest frame first: a to d lie in the first thread's memory, A to
 * D in the second's, g to z in nobody's; | ends a run.  And what is left.
 */
static const struct row {
	const char *what;
	int minor;
	const char *stacks[STACKS], *left[STACKS];
} rows[] = {
	{ "as they should be", 13, { "ab|cd|", "AB|" }, { "ab|cd|", "AB|" } },
	{ "as they should be", 9, { "g|h|i|", "j|k|" }, { "g|h|i|", "j|k|" } },
	{ "generators", 11, { "ag|hb|", "iA|" }, { "ag|hb|", "iA|" } },
	{ "into another", 12, { "abAB|", "AB|" }, { "ab|", "AB|" } },
	{ "behind a run", 14, { "ab|AB|", "AB|" }, { "ab|", "AB|" } },
	{ "into what it has no more", 15, { "abCD|", "A|" }, { "ab|", "A|" } },
	{ "by a generator", 13, { "abgA|", "BgA|" }, { "ab|", "BgA|" } },
	{ "at once", 13, { "A|", "A|" }, { "", "A|" } },
	{ "of each other", 13, { "aB|", "Ab|" }, { "a|", "A|" } },
	{ "nobody knows whose", 9, { "g|h|m|", "k|m|" }, { "g|h|", "k|" } },
	{ "the newest is in another", 8, { "h|k|m|", "k|m|" }, { "h|", "" } },
	{ "frames of generators", 13, { "agh|", "Ah|" }, { "ag|", "A|" } },
};

struct fixture {
	struct fdp_target *target;
	struct fake_python python;
	struct fdp_report report;
	struct fdp_python_stack stacks[STACKS];
	struct fdp_frame frames[STACKS][FRAMES_MAX];
	struct fdp_python_run runs[STACKS][FRAMES_MAX];
	struct fdp_python read;
};

static uint64_t address_of(char letter)
{
	if (letter >= 'a' && letter <= 'd')
		return CHUNK + 64 + (uint64_t)(letter - 'a') * 128;
	if (letter >= 'A' && letter <= 'D')
		return CHUNK + CHUNK_BYTES + 64 +
		       (uint64_t)(letter - 'A') * 128;
	return HEAP + (uint64_t)(letter - 'a') * 512;
}

/* The state of a thread, with one chunk. */
static uint64_t make_state(struct fixture *fixture, size_t number)
{
	uint64_t state = fake_python_alloc(&fixture->python, 512);
	uint64_t chunk = CHUNK + number * CHUNK_BYTES;
	uint32_t field = fixture->python.offsets->thread.chunk;

	fake_target_write_u64(fixture->target, chunk + FDP_CHUNK_PREVIOUS, 0);
	fake_target_write_u64(fixture->target, chunk + FDP_CHUNK_SIZE,
			      CHUNK_BYTES);
	if (field)
		fake_target_write_u64(fixture->target, state + field, chunk);
	return state;
}

static void fill_stack(struct fixture *fixture, size_t number, const char *text)
{
	struct fdp_python_stack *stack = &fixture->stacks[number];

	*stack = (struct fdp_python_stack){
		.tid = (pid_t)number + 1,
		.state = make_state(fixture, number),
		.frames = fixture->frames[number],
		.runs = fixture->runs[number],
	};
	for (size_t first = 0; *text; text++) {
		if (*text != '|') {
			stack->frames[stack->frame_count++].address =
				address_of(*text);
			continue;
		}
		stack->runs[stack->run_count++] = (struct fdp_python_run){
			.anchor = number * 0x1000 + first + 1,
			.first = first,
			.count = stack->frame_count - first,
		};
		first = stack->frame_count;
	}
}

static void setup(struct fixture *fixture, const struct row *row)
{
	memset(fixture, 0, sizeof(*fixture));
	fixture->target = fake_target_new();
	fake_python_start(&fixture->python, fixture->target, row->minor);
	for (size_t i = 0; i < STACKS; i++)
		fill_stack(fixture, i, row->stacks[i]);
	fixture->read = (struct fdp_python){ .stacks = fixture->stacks,
					     .stack_count = STACKS };
}

static void cut(struct fixture *fixture)
{
	ck_assert_int_eq(fdp_strays_cut(fixture->target, &fixture->report,
					fixture->python.offsets,
					&fixture->read),
			 0);
}

static void teardown(struct fixture *fixture)
{
	fdp_report_done(&fixture->report);
	fdp_target_free(fixture->target);
}

/* As fill_stack() takes it. */
static void write_stack(const struct fdp_python_stack *stack, char *text)
{
	for (size_t i = 0; i < stack->run_count; i++) {
		const struct fdp_python_run *run = &stack->runs[i];

		for (size_t j = 0; j < run->count; j++) {
			uint64_t address =
				stack->frames[run->first + j].address;
			char letter = 'a';

			while (address_of(letter) != address)
				letter = letter == 'z' ? 'A' : letter + 1;
			*text++ = letter;
		}
		*text++ = '|';
	}
	*text = '\0';
}

START_TEST(stacks)
{
	const struct row *row = &rows[_i];
	struct fixture fixture;
	size_t missing = 0;

	setup(&fixture, row);
	cut(&fixture);
	for (size_t i = 0; i < STACKS; i++) {
		char left[2 * FRAMES_MAX + 1];
		bool changed = strcmp(row->stacks[i], row->left[i]) != 0;

		write_stack(&fixture.stacks[i], left);
		ck_assert_msg(strcmp(left, row->left[i]) == 0,
			      "%s: stack %zu: %s, not %s", row->what, i, left,
			      row->left[i]);
		ck_assert(fixture.stacks[i].truncated == changed);
		missing += changed;
	}
	ck_assert_uint_eq(fixture.report.capture.missing_count, missing);
	teardown(&fixture);
}
END_TEST

/* Of a run that is cut: a shim stands behind it, a CFrame before. */
START_TEST(anchors)
{
	static const struct row cut_rows[] = {
		{ "", 11, { "aA|", "A|" }, { NULL, NULL } },
		{ "", 12, { "aA|", "A|" }, { NULL, NULL } },
	};
	struct fixture fixture;

	setup(&fixture, &cut_rows[_i]);
	cut(&fixture);
	ck_assert_uint_eq(fixture.runs[0][0].anchor, _i ? 0 : 1);
	ck_assert_uint_eq(fixture.runs[1][0].anchor, 0x1001);
	teardown(&fixture);
}
END_TEST

START_TEST(anchor_of_two)
{
	struct fixture fixture;

	setup(&fixture, &rows[0]);
	fixture.runs[0][1].anchor = fixture.runs[1][0].anchor;
	cut(&fixture);
	ck_assert_uint_eq(fixture.runs[0][0].anchor, 1);
	ck_assert_uint_eq(fixture.runs[0][1].anchor, 0);
	ck_assert_uint_eq(fixture.runs[1][0].anchor, 0);
	ck_assert_uint_eq(fixture.stacks[0].frame_count, 4);
	teardown(&fixture);
}
END_TEST

/* Chunks that go round, are nowhere, or larger than memory: nobody's. */
START_TEST(damaged_chunks)
{
	static const struct {
		uint32_t field;
		uint64_t value;
	} damages[] = {
		{ FDP_CHUNK_PREVIOUS, CHUNK },
		{ FDP_CHUNK_PREVIOUS, CHUNK + CHUNK_BYTES },
		{ FDP_CHUNK_PREVIOUS, 0xdead0000 },
		{ FDP_CHUNK_SIZE, UINT64_MAX },
		{ FDP_CHUNK_SIZE, 0 },
	};
	struct fixture fixture;

	setup(&fixture, &rows[0]);
	fake_target_write_u64(fixture.target, CHUNK + damages[_i].field,
			      damages[_i].value);
	cut(&fixture);
	ck_assert_uint_eq(fixture.stacks[0].frame_count, 4);
	ck_assert_uint_eq(fixture.stacks[1].frame_count, 2);
	teardown(&fixture);
}
END_TEST

/* Stacks of different moments are left as they are. */
START_TEST(of_what_moves)
{
	struct fixture fixture;

	setup(&fixture, &rows[3]);
	fake_target_fact(fixture.target, "capture/method", "nonblocking");
	cut(&fixture);
	ck_assert_uint_eq(fixture.stacks[0].frame_count, 4);
	teardown(&fixture);
}
END_TEST

static Suite *strays_suite(void)
{
	Suite *suite = suite_create("strays");
	TCase *tests = tcase_create("strays");

	tcase_add_loop_test(tests, stacks, 0, (int)ARRAY_SIZE(rows));
	tcase_add_loop_test(tests, anchors, 0, 2);
	tcase_add_test(tests, anchor_of_two);
	tcase_add_loop_test(tests, damaged_chunks, 0, 5);
	tcase_add_test(tests, of_what_moves);
	suite_add_tcase(suite, tests);
	return suite;
}

int main(void)
{
	return fdp_suite_run(strays_suite());
}
