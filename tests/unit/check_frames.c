/* Chains of Python frames: runs and their anchors, and what damage does. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "../../daemon/python/frames.h"
#include "fake_python.h"
#include "suite.h"

/* Frame objects, CFrames and shims of one test: at most this many. */
#define NODES 12

/* A place in the fake process where nothing can be read. */
#define NOWHERE 0xdead0000

/* Where the C stack of a thread would be. */
#define FAKE_STACK UINT64_C(0x7ffd00000000)

/*
 * A chain, newest first, one letter for each node:
 *
 *	a-z  a frame whose code object has this name
 *	|    the end of a run: a shim, or is_entry of the frame before (3.11)
 *	?    a frame whose code object is no code object
 *	0    a frame without a code object
 *	!    the pointer to the next frame points nowhere
 *	@    the chain goes back to its first frame
 */
struct chain_row {
	const char *what;
	int minor;
	const char *chain;
	const char *frames; /* names, '?' for an unknown one */
	const char *runs;   /* counts of frames, as digits */
	bool truncated;
};

static const struct chain_row rows[] = {
	{ "nothing", 12, "", "", "", false },
	{ "one run", 12, "ab|", "ab", "2", false },
	{ "one run", 13, "ab|", "ab", "2", false },
	{ "one run", 11, "ab|", "ab", "2", false },
	{ "one run", 14, "ab|", "ab", "2", false },
	{ "one run", 15, "ab|", "ab", "2", false },
	{ "three runs", 15, "a|bc|def|", "abcdef", "123", false },
	{ "a circle over a shim", 14, "ab|@", "ab", "2", true },
	{ "one run each", 7, "ab", "ab", "11", false },
	{ "one run each", 8, "ab", "ab", "11", false },
	{ "one run each", 9, "ab", "ab", "11", false },
	{ "one run each", 10, "ab", "ab", "11", false },
	{ "three runs", 12, "a|bc|def|", "abcdef", "123", false },
	{ "three runs", 13, "a|bc|def|", "abcdef", "123", false },
	{ "evaluation just entered", 12, "|a|", "a", "01", false },
	{ "evaluation just entered", 13, "|a|", "a", "01", false },
	{ "no shim at the end", 13, "a|b", "ab", "11", false },
	{ "half-built newest frame", 13, "?a|", "a", "1", false },
	{ "half-built newest frame", 12, "0a|", "a", "1", false },
	{ "half-built newest frame", 8, "?a", "a", "01", false },
	{ "one code object is broken", 13, "a?b|", "a?b", "3", false },
	{ "one code object is broken", 12, "a?b|", "a?b", "3", false },
	{ "one code object is broken", 11, "a?b|", "a?b", "3", false },
	{ "one code object is broken", 8, "a?b", "a?b", "111", false },
	{ "pointer to nowhere", 13, "a|bc!", "abc", "12", true },
	{ "pointer to nowhere", 8, "ab!", "ab", "11", true },
	{ "a circle", 13, "ab@", "ab", "2", true },
	{ "a circle over a shim", 12, "ab|@", "ab", "2", true },
	{ "a circle", 11, "ab@", "ab", "2", true },
	{ "a circle", 10, "ab@", "ab", "11", true },
	{ "a circle of one", 9, "a@", "a", "1", true },
	{ "zeros", 13, "ab0|", "ab", "2", true },
	{ "garbage", 13, "a?????|", "a", "1", true },
	{ "garbage behind a shim", 13, "a|?????|", "a", "1", true },
};

struct fixture {
	struct fdp_target *target;
	struct fake_python python;
	struct fdp_report report;
	struct fdp_frame_reader reader;
	struct fdp_python_stack stack;
	uint64_t nodes[NODES];
};

static void setup(struct fixture *fixture, int minor)
{
	*fixture = (struct fixture){ 0 };
	fixture->target = fake_target_new();
	fake_python_start(&fixture->python, fixture->target, minor);
	for (size_t i = 0; i < NODES; i++)
		fixture->nodes[i] = fake_python_alloc(&fixture->python, 512);
	ck_assert_int_eq(
		fdp_frame_reader_open(fixture->target, fixture->python.offsets,
				      &fixture->report, &fixture->reader),
		0);
}

static void teardown(struct fixture *fixture)
{
	fdp_codes_free(fixture->reader.codes);
	fdp_report_done(&fixture->report);
	fdp_target_free(fixture->target);
}

static uint64_t code_of(struct fake_python *python, char letter)
{
	char name[2] = { letter, '\0' };
	struct fake_code code = { name, "<test>", letter };

	if (letter == '?')
		return fake_python_bytes(python, "no code", 7);
	return letter >= 'a' && letter <= 'z' ? fake_python_code(python, &code)
					      : 0;
}

/* Where the node at AT points. */
static uint64_t previous_of(const struct fixture *fixture, const char *chain,
			    size_t node, char after)
{
	if (after == '!')
		return NOWHERE;
	if (after == '@')
		return fixture->nodes[0];
	return after && *chain ? fixture->nodes[node + 1] : 0;
}

/* Makes the chain; the first frame, or 0. */
static uint64_t make_chain(struct fixture *fixture, const char *chain)
{
	bool entry_style = fixture->python.offsets->style == FDP_FRAMES_ENTRY;
	size_t node = 0;

	for (const char *at = chain; *at && *at != '!' && *at != '@'; at++) {
		const char *after = at + 1;
		struct fake_frame frame = {
			.code = code_of(&fixture->python, *at),
			.owner = *at == '|' ? 3 : 0,
		};

		if (entry_style && *after == '|') {
			frame.is_entry = 1;
			after++;
			at++;
		}
		frame.previous = previous_of(fixture, after, node, *after);
		fake_python_frame_at(&fixture->python, fixture->nodes[node++],
				     &frame);
	}
	return node ? fixture->nodes[0] : 0;
}

static void check_frames(const struct chain_row *row,
			 const struct fdp_python_stack *stack)
{
	bool columns = row->minor >= 11;

	ck_assert_msg(stack->frame_count == strlen(row->frames),
		      "3.%d, %s: %zu frames", row->minor, row->what,
		      stack->frame_count);
	for (size_t i = 0; i < stack->frame_count; i++) {
		const struct fdp_frame *frame = &stack->frames[i];

		ck_assert_int_eq(frame->kind, FDP_FRAME_PYTHON);
		if (row->frames[i] == '?') {
			ck_assert_ptr_null(frame->function);
			ck_assert_int_eq(frame->line, FDP_UNKNOWN);
			continue;
		}
		ck_assert_int_eq(frame->function[0], row->frames[i]);
		ck_assert_str_eq(frame->file, "<test>");
		ck_assert_int_eq(frame->line, row->frames[i]);
		ck_assert_int_eq(frame->end_line,
				 columns ? frame->line : FDP_UNKNOWN);
		ck_assert_int_eq(frame->column, columns ? 4 : FDP_UNKNOWN);
		ck_assert_int_eq(frame->end_column, columns ? 9 : FDP_UNKNOWN);
		ck_assert(!frame->qualname == !columns);
	}
}

static void check_runs(const struct chain_row *row,
		       const struct fdp_python_stack *stack)
{
	size_t first = 0;

	ck_assert_msg(stack->run_count == strlen(row->runs),
		      "3.%d, %s: %zu runs", row->minor, row->what,
		      stack->run_count);
	for (size_t i = 0; i < stack->run_count; i++) {
		ck_assert_uint_eq(stack->runs[i].first, first);
		ck_assert_msg(stack->runs[i].count ==
				      (size_t)(row->runs[i] - '0'),
			      "3.%d, %s: %zu frames in run %zu", row->minor,
			      row->what, stack->runs[i].count, i);
		first += stack->runs[i].count;
	}
	ck_assert_uint_eq(first, stack->frame_count);
}

START_TEST(test_chain)
{
	const struct chain_row *row = &rows[_i];
	struct fixture fixture;
	uint64_t thread;

	setup(&fixture, row->minor);
	thread = fake_python_thread(&fixture.python, 0, 0,
				    make_chain(&fixture, row->chain));
	ck_assert_int_eq(
		fdp_frames_read(&fixture.reader, thread, &fixture.stack), 0);
	check_frames(row, &fixture.stack);
	check_runs(row, &fixture.stack);
	ck_assert_msg(fixture.stack.truncated == row->truncated,
		      "3.%d, %s: truncated is %d", row->minor, row->what,
		      fixture.stack.truncated);
	teardown(&fixture);
}
END_TEST

/* 3.15: the outermost shim is none of an evaluation, and ends the stack. */
START_TEST(test_base_frame)
{
	struct fixture fixture;
	uint64_t thread;

	setup(&fixture, 15);
	thread = fake_python_thread(&fixture.python, 0, 0,
				    make_chain(&fixture, "ab|c||"));
	fake_python_set(&fixture.python, thread,
			fixture.python.offsets->base_frame, fixture.nodes[5]);
	ck_assert_int_eq(
		fdp_frames_read(&fixture.reader, thread, &fixture.stack), 0);
	ck_assert_uint_eq(fixture.stack.frame_count, 3);
	ck_assert_uint_eq(fixture.stack.run_count, 2);
	ck_assert_uint_eq(fixture.stack.runs[1].anchor, fixture.nodes[4]);
	ck_assert(!fixture.stack.truncated);
	teardown(&fixture);
}
END_TEST

/* From 3.14 on the pointer to the code has tags; before that it must not. */
START_TEST(test_tags)
{
	struct fixture fixture;
	uint64_t thread;
	uint64_t code;

	setup(&fixture, _i);
	make_chain(&fixture, "ab|");
	thread = fake_python_thread(&fixture.python, 0, 0, fixture.nodes[0]);
	code = code_of(&fixture.python, 'c');
	fake_python_set(&fixture.python, fixture.nodes[1],
			fixture.python.offsets->frame.code, code | 1);
	fake_python_set(&fixture.python, fixture.nodes[1],
			fixture.python.offsets->frame.instruction,
			code + fixture.python.offsets->code.bytecode);
	ck_assert_int_eq(
		fdp_frames_read(&fixture.reader, thread, &fixture.stack), 0);
	ck_assert_uint_eq(fixture.stack.frame_count, 2);
	if (_i >= 14)
		ck_assert_str_eq(fixture.stack.frames[1].function, "c");
	else
		ck_assert_ptr_null(fixture.stack.frames[1].function);
	teardown(&fixture);
}
END_TEST

/*
 * Free-threaded 3.14 and 3.15: a frame runs the copy of the bytecode that its
 * index says.  3: there are only two, so the position is not known.
 */
START_TEST(test_copies)
{
	const struct fdp_version version = { 3, 14 + _i / 4, true };
	struct fixture fixture = { .target = fake_target_new() };
	struct fake_python *python = &fixture.python;
	struct fake_frame frame = { 0 };
	uint64_t array, copy;

	fake_python_start_as(python, fixture.target, &version);
	fake_python_types(python);
	ck_assert_int_eq(fdp_frame_reader_open(fixture.target, python->offsets,
					       &fixture.report,
					       &fixture.reader),
			 0);
	frame.code = code_of(python, 'a');
	copy = fake_python_alloc(python, 64);
	array = fake_python_alloc(python, 64);
	fake_target_write_u64(fixture.target, array, 2);
	fake_target_write_u64(fixture.target, array + 8,
			      frame.code + python->offsets->code.bytecode);
	fake_target_write_u64(fixture.target, array + 16, copy);
	fake_python_set(python, frame.code, python->offsets->copies.array,
			array);
	fixture.nodes[0] = fake_python_frame(python, &frame);
	if (_i % 4) {
		fake_target_write_u32(fixture.target,
				      fixture.nodes[0] +
					      python->offsets->copies.index,
				      (uint32_t)(_i % 4));
		fake_python_set(python, fixture.nodes[0],
				python->offsets->frame.instruction, copy + 2);
	}
	ck_assert_int_eq(fdp_frames_read(&fixture.reader,
					 fake_python_thread(python, 0, 0,
							    fixture.nodes[0]),
					 &fixture.stack),
			 0);
	ck_assert_uint_eq(fixture.stack.frame_count, 1);
	ck_assert_str_eq(fixture.stack.frames[0].function, "a");
	ck_assert_int_eq(fixture.stack.frames[0].line,
			 _i % 4 > 1 ? FDP_UNKNOWN : 'a');
	teardown(&fixture);
}
END_TEST

/* 3.12 and later: the address of the shim. */
START_TEST(test_anchor_shim)
{
	struct fixture fixture;
	uint64_t thread;

	setup(&fixture, _i);
	thread = fake_python_thread(&fixture.python, 0, 0,
				    make_chain(&fixture, "ab|c|"));
	ck_assert_int_eq(
		fdp_frames_read(&fixture.reader, thread, &fixture.stack), 0);
	ck_assert_uint_eq(fixture.stack.run_count, 2);
	ck_assert_uint_eq(fixture.stack.runs[0].anchor, fixture.nodes[2]);
	ck_assert_uint_eq(fixture.stack.runs[1].anchor, fixture.nodes[4]);
	teardown(&fixture);
}
END_TEST

#define CFRAMES_MAX 4

/*
 * CFrames, newest first; one of -1 runs no frame of the chain, one of -2 points
 * nowhere, others run the node of this number.
 */
struct cframe_row {
	const char *what;
	int minor;
	const char *chain;
	size_t cframe_count; /* without the root */
	int cframes[CFRAMES_MAX];
	const char *frames, *runs;
	int anchors[CFRAMES_MAX]; /* which CFrame each run has; -1: none */
	bool truncated;
	const char *library; /* that is loaded, or NULL */
};

static const struct cframe_row cframe_rows[] = {
	{ "one each",
	  11,
	  "ab|c|",
	  2,
	  { 0, 2 },
	  "abc",
	  "21",
	  { 0, 1 },
	  false,
	  NULL },
	{ "greenlet's own in between",
	  11,
	  "ab|c|",
	  3,
	  { 0, -1, 2 },
	  "abc",
	  "21",
	  { 0, 2 },
	  false,
	  NULL },
	{ "the newest has no frame yet",
	  11,
	  "ab|c|",
	  3,
	  { -2, 0, 2 },
	  "abc",
	  "021",
	  { 0, 1, 2 },
	  false,
	  NULL },
	{ "a broken run does not end the stack",
	  11,
	  "ab!cd|",
	  2,
	  { 0, 2 },
	  "abcd",
	  "22",
	  { 0, 1 },
	  true,
	  NULL },
	{ "a broken run does not end the stack",
	  12,
	  "ab!cd|",
	  2,
	  { 0, 2 },
	  "abcd",
	  "22",
	  { 0, -3 },
	  true,
	  NULL },
	{ "one each",
	  10,
	  "abc",
	  3,
	  { -1, -1, -1 },
	  "abc",
	  "111",
	  { 0, 1, 2 },
	  false,
	  NULL },
	{ "the newest has left its own",
	  10,
	  "abc",
	  2,
	  { -1, -1 },
	  "abc",
	  "111",
	  { -1, 0, 1 },
	  false,
	  NULL },
	{ "the newest has no frame yet",
	  10,
	  "abc",
	  4,
	  { -1, -1, -1, -1 },
	  "abc",
	  "111",
	  { 1, 2, 3 },
	  false,
	  NULL },
	{ "greenlet's own below",
	  10,
	  "abc",
	  4,
	  { -1, -1, -1, -1 },
	  "abc",
	  "111",
	  { 0, 1, 2 },
	  false,
	  "/x/greenlet/_greenlet.cpython-310-x86_64-linux-gnu.so" },
	{ "a chain without end, and fewer CFrames",
	  10,
	  "abc!",
	  2,
	  { -1, -1 },
	  "abc",
	  "111",
	  { 0, 1, -1 },
	  true,
	  NULL },
	{ "a chain without end",
	  10,
	  "ab!",
	  3,
	  { -1, -1, -1 },
	  "ab",
	  "11",
	  { 0, 1 },
	  true,
	  NULL },
};

/* Frames made from a chain that has a '!' in the middle go on behind it. */
static void make_chains(struct fixture *fixture, const char *chain)
{
	const char *broken = strchr(chain, '!');
	struct fixture rest = *fixture;
	size_t skipped;

	make_chain(fixture, chain);
	if (!broken || !broken[1])
		return;
	skipped = (size_t)(broken - chain);
	memmove(rest.nodes, rest.nodes + skipped,
		(NODES - skipped) * sizeof(rest.nodes[0]));
	rest.python.next = fixture->python.next;
	make_chain(&rest, broken + 1);
	fixture->python.next = rest.python.next;
}

/* Puts the CFrames below THREAD, the root last. */
static void make_cframes(struct fixture *fixture, const struct cframe_row *row,
			 uint64_t thread, uint64_t *ret_cframes)
{
	const struct fdp_python_offsets *offsets = fixture->python.offsets;
	uint64_t link = thread + offsets->thread.cframe;

	for (size_t i = 0; i <= row->cframe_count; i++) {
		uint64_t cframe = fake_python_alloc(&fixture->python, 64);
		int node = i < row->cframe_count ? row->cframes[i] : -1;

		fake_target_write_u64(fixture->target, link, cframe);
		fake_python_set(&fixture->python, cframe, offsets->cframe.frame,
				node >= 0   ? fixture->nodes[node]
				: node < -1 ? NOWHERE
					    : 0);
		link = cframe + offsets->cframe.previous;
		ret_cframes[i] = cframe;
	}
}

START_TEST(test_anchor_cframe)
{
	const struct cframe_row *row = &cframe_rows[_i];
	const struct chain_row expected = { row->what,	row->minor,
					    row->chain, row->frames,
					    row->runs,	row->truncated };
	struct fixture fixture;
	struct fdp_module library = { .path = row->library };
	uint64_t cframes[CFRAMES_MAX + 1];
	uint64_t thread;

	setup(&fixture, row->minor);
	fixture.report.modules = &library;
	fixture.report.module_count = row->library != NULL;
	make_chains(&fixture, row->chain);
	thread = fake_python_thread(&fixture.python, 0, 0, fixture.nodes[0]);
	make_cframes(&fixture, row, thread, cframes);
	ck_assert_int_eq(
		fdp_frames_read(&fixture.reader, thread, &fixture.stack), 0);
	check_frames(&expected, &fixture.stack);
	check_runs(&expected, &fixture.stack);
	ck_assert_int_eq(fixture.stack.truncated, row->truncated);
	for (size_t i = 0; i < fixture.stack.run_count; i++) {
		uint64_t anchor = row->anchors[i] == -1 ? 0
				  : row->anchors[i] == -3
					  ? fixture.nodes[4] /* its shim */
					  : cframes[row->anchors[i]];

		ck_assert_msg(fixture.stack.runs[i].anchor == anchor,
			      "3.%d, %s: anchor of run %zu", row->minor,
			      row->what, i);
	}
	teardown(&fixture);
}
END_TEST

/* What the newest CFrame has as the one before, while it is not filled in. */
struct half_built_row {
	const char *what;
	uint64_t previous, frame;
};

static const struct half_built_row half_built_rows[] = {
	{ "zeros", 0, 0 },
	{ "zeros, and a frame", 0, NOWHERE },
	{ "what was on the stack before", NOWHERE, NOWHERE },
	{ "an address further in", FAKE_STACK - 64, NOWHERE },
};

static void write_cframe(struct fixture *fixture, uint64_t address,
			 uint64_t frame, uint64_t previous)
{
	const struct fdp_python_offsets *offsets = fixture->python.offsets;

	fake_target_write_u64(fixture->target,
			      address + offsets->cframe.previous, previous);
	if (offsets->cframe.frame != FDP_ABSENT)
		fake_target_write_u64(fixture->target,
				      address + offsets->cframe.frame, frame);
}

/* Nodes of three frames in two evaluations, in three up to 3.10. */
struct half_built_version {
	int minor;
	const char *chain;
	int newest_of[2]; /* of each CFrame behind the newest, its frame */
	int anchors[3];	  /* shims; -1: the CFrame */
	const char *runs;
};

static const struct half_built_version half_built_versions[] = {
	{ 10, "abc", { 0, 1 }, { -1, -1, -1 }, "111" },
	{ 11, "ab|c|", { 0, 2 }, { -1, -1, -1 }, "021" },
	{ 12, "ab|c|", { 0, 3 }, { -1, 2, 4 }, "021" },
};

/* The stack goes on with the CFrame that was there before. */
START_TEST(test_cframe_half_built)
{
	const struct half_built_row *row =
		&half_built_rows[(size_t)_i % ARRAY_SIZE(half_built_rows)];
	const struct half_built_version *version =
		&half_built_versions[(size_t)_i / ARRAY_SIZE(half_built_rows)];
	/* Without a frame it has no run. */
	size_t begin = version->minor > 10 && !row->frame;
	const struct chain_row expected = {
		row->what, version->minor,	  version->chain,
		"abc",	   version->runs + begin, false
	};
	const uint64_t cframes[] = { FAKE_STACK, FAKE_STACK + 256,
				     FAKE_STACK + 512 };
	struct fdp_map stack = { .start = FAKE_STACK - 4096,
				 .end = FAKE_STACK + 4096,
				 .readable = true };
	struct fixture fixture;
	uint64_t thread, root;
	char zeros[1024] = { 0 };

	setup(&fixture, version->minor);
	fixture.target->maps = &stack;
	fixture.target->map_count = 1;
	fake_target_write(fixture.target, FAKE_STACK, zeros, sizeof(zeros));
	thread = fake_python_thread(&fixture.python, 0, 0,
				    make_chain(&fixture, version->chain));
	root = thread + fixture.python.offsets->thread.root_cframe;
	write_cframe(&fixture, root, 0, 0);
	write_cframe(&fixture, cframes[2], fixture.nodes[version->newest_of[1]],
		     root);
	write_cframe(&fixture, cframes[1], fixture.nodes[version->newest_of[0]],
		     cframes[2]);
	write_cframe(&fixture, cframes[0], row->frame, row->previous);
	fake_python_set(&fixture.python, thread,
			fixture.python.offsets->thread.cframe, cframes[0]);
	ck_assert_int_eq(
		fdp_frames_read(&fixture.reader, thread, &fixture.stack), 0);
	check_frames(&expected, &fixture.stack);
	check_runs(&expected, &fixture.stack);
	for (size_t i = begin; i < ARRAY_SIZE(cframes); i++) {
		int node = version->anchors[i];

		ck_assert_msg(
			fixture.stack.runs[i - begin].anchor ==
				(node < 0 ? cframes[i] : fixture.nodes[node]),
			"3.%d, %s: anchor of run %zu", version->minor,
			row->what, i);
	}
	teardown(&fixture);
}
END_TEST

/* CFrames that go round in a circle. */
START_TEST(test_cframe_circle)
{
	struct fixture fixture;
	uint64_t cframe;
	uint64_t thread;

	setup(&fixture, _i);
	thread = fake_python_thread(&fixture.python, 0, 0,
				    make_chain(&fixture, "a|"));
	cframe = fake_python_alloc(&fixture.python, 64);
	fake_python_set(&fixture.python, cframe,
			fixture.python.offsets->cframe.frame, fixture.nodes[0]);
	fake_python_set(&fixture.python, cframe,
			fixture.python.offsets->cframe.previous, cframe);
	fake_python_set(&fixture.python, thread,
			fixture.python.offsets->thread.cframe, cframe);
	ck_assert_int_eq(
		fdp_frames_read(&fixture.reader, thread, &fixture.stack), 0);
	ck_assert_uint_ge(fixture.stack.frame_count, 1);
	ck_assert_str_eq(fixture.stack.frames[0].function, "a");
	teardown(&fixture);
}
END_TEST

/* CPython's own frame below an inlined __init__() is no frame of the program.
 */
START_TEST(test_artificial)
{
	struct fixture fixture;
	struct fake_code code = { "__init__", "__init__", 0 };
	struct fake_frame cleanup = { 0 };
	uint64_t thread;
	uint64_t name;

	setup(&fixture, _i);
	make_chain(&fixture, "abc|");
	cleanup.code = fake_python_code(&fixture.python, &code);
	cleanup.previous = fixture.nodes[2];
	name = fake_python_string(&fixture.python, "__init__");
	fake_python_set(&fixture.python, cleanup.code,
			fixture.python.offsets->code.name, name);
	fake_python_set(&fixture.python, cleanup.code,
			fixture.python.offsets->code.filename, name);
	fake_python_frame_at(&fixture.python, fixture.nodes[1], &cleanup);
	thread = fake_python_thread(&fixture.python, 0, 0, fixture.nodes[0]);
	ck_assert_int_eq(
		fdp_frames_read(&fixture.reader, thread, &fixture.stack), 0);
	ck_assert_uint_eq(fixture.stack.frame_count, 2);
	ck_assert_str_eq(fixture.stack.frames[0].function, "a");
	ck_assert_str_eq(fixture.stack.frames[1].function, "c");
	ck_assert(!fixture.stack.truncated);
	teardown(&fixture);
}
END_TEST

/* The limit is one for all threads, and reaching it is said. */
START_TEST(test_limit)
{
	struct fixture fixture;
	struct fdp_python_stack second = { 0 };
	uint64_t thread;
	bool shims;

	setup(&fixture, _i);
	thread = fake_python_thread(&fixture.python, 0, 0,
				    make_chain(&fixture, "abcd|"));
	fixture.reader.frames_left = 6;
	ck_assert_int_eq(
		fdp_frames_read(&fixture.reader, thread, &fixture.stack), 0);
	ck_assert_int_eq(fdp_frames_read(&fixture.reader, thread, &second), 0);
	ck_assert_uint_eq(fixture.stack.frame_count, 4);
	ck_assert(!fixture.stack.truncated);
	/* A shim counts as much as a frame that is shown. */
	shims = fixture.python.offsets->style == FDP_FRAMES_SHIM;
	ck_assert_uint_eq(second.frame_count, shims ? 1 : 2);
	ck_assert(second.truncated);
	ck_assert_uint_eq(fixture.report.capture.missing_count, 1);
	teardown(&fixture);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("frames");
	TCase *tests = tcase_create("frames");

	tcase_add_loop_test(tests, test_chain, 0, (int)ARRAY_SIZE(rows));
	tcase_add_loop_test(tests, test_anchor_shim, 12, 16);
	tcase_add_test(tests, test_base_frame);
	tcase_add_loop_test(tests, test_tags, 12, 16);
	tcase_add_loop_test(tests, test_copies, 0, 8);
	tcase_add_loop_test(tests, test_anchor_cframe, 0,
			    (int)ARRAY_SIZE(cframe_rows));
	tcase_add_loop_test(tests, test_cframe_half_built, 0,
			    (int)(ARRAY_SIZE(half_built_versions) *
				  ARRAY_SIZE(half_built_rows)));
	tcase_add_loop_test(tests, test_cframe_circle, 10, 13);
	tcase_add_loop_test(tests, test_artificial, 12, 16);
	tcase_add_loop_test(tests, test_limit, 11, 16);
	suite_add_tcase(suite, tests);
	return fdp_suite_run(suite);
}
