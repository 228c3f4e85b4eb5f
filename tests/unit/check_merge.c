/*
 * Merging, by table.  A stack is written as a string, most recent call first.
 *
 * Native frames: one letter each; an upper-case letter is an evaluation of
 * Python code (it is named _PyEval_EvalFrameDefault), a following ' says that
 * it was inlined into the next frame, and - is a gap.  Frame number n has the
 * stack [0x1000 + 0x100 n, 0x1100 + 0x100 n), inlined ones that of their
 * container.
 *
 * Python runs: digits are frames; a run is written <frames>@<native frame>,
 * which puts its anchor into that frame; @- is an anchor of 0, @< and @> one
 * below and above all native frames.
 *
 * Results: the frames in order; * after a native frame says is_eval.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/analysis/merge.h"
#include "../../daemon/base/util.h"
#include "suite.h"

#define FRAMES_MAX 32

static const struct merge_case {
	const char *what;
	const char *native;
	const char *python;
	const char *merged;
	bool native_truncated, python_truncated;
	bool complete;		/* nothing is said to be missing */
	bool scanned;		/* what is behind the gaps was looked for */
	bool guessed;		/* merging says so */
	const char *evaluation; /* of 2.7 */
} cases[] = {
	/* Anchors: 3.10 and later. */
	{ .what = "one evaluation",
	  .native = "aEm",
	  .python = "12@E",
	  .merged = "a12E*m",
	  .complete = true },
	{ .what = "C calls Python calls C calls Python",
	  .native = "aEbFcGm",
	  .python = "1@E 234@F 5@G",
	  .merged = "a1E*b234F*c5G*m",
	  .complete = true },
	{ .what = "crashed in the evaluation itself",
	  .native = "Em",
	  .python = "1@E",
	  .merged = "1E*m",
	  .complete = true },
	{ .what = "a shim on top: entered, and no frame pushed yet",
	  .native = "aEbFm",
	  .python = "@E 12@F",
	  .merged = "aE*b12F*m",
	  .complete = true },
	{ .what = "an evaluation that has no run: half pushed",
	  .native = "EbFm",
	  .python = "12@F",
	  .merged = "Eb12F*m",
	  .complete = true },
	{ .what = "an empty run that nothing holds is no loss",
	  .native = "am",
	  .python = "@<",
	  .merged = "am",
	  .complete = true },
	{ .what = "a thread with no Python frames",
	  .native = "abm",
	  .python = "",
	  .merged = "abm",
	  .complete = true },
	{ .what = "Python knows the thread, no evaluation runs in it",
	  .native = "am",
	  .python = "@m",
	  .merged = "am*",
	  .complete = true },
	{ .what = "no native stack",
	  .native = "",
	  .python = "12@- 3@-",
	  .merged = "123",
	  .complete = true },
	{ .what = "no native stack, anchors known",
	  .native = "",
	  .python = "12@> 3@>",
	  .merged = "123",
	  .complete = true },
	{ .what = "neither",
	  .native = "",
	  .python = "",
	  .merged = "",
	  .complete = true },
	{ .what = "calls inlined into the evaluation stay on its far side",
	  .native = "ax'y'Em",
	  .python = "12@E",
	  .merged = "axy12E*m",
	  .complete = true },
	{ .what = "the evaluation is inlined itself",
	  .native = "ax'E'vm",
	  .python = "12@v",
	  .merged = "ax12E*vm",
	  .complete = true },
	{ .what = "names say nothing: an anchor in a frame without a name",
	  .native = "abcm",
	  .python = "1@a 2@c",
	  .merged = "1a*b2c*m",
	  .complete = true },
	{ .what = "handlers of instructions that call each other at their end",
	  .native = "atEbuFm",
	  .python = "1@E 23@F",
	  .merged = "at1E*bu23F*m",
	  .complete = true },
	{ .what = "an anchor below every frame",
	  .native = "am",
	  .python = "1@<",
	  .merged = "1am",
	  .guessed = true },
	{ .what = "an anchor above every frame: the unwinder stopped early",
	  .native = "aE",
	  .python = "1@E 2@>",
	  .merged = "a1E*2",
	  .guessed = true },
	{ .what = "a wild anchor costs one boundary only",
	  .native = "aEbFm",
	  .python = "1@> 2@F",
	  .merged = "aEb12F*m",
	  .guessed = true },
	{ .what = "a wild anchor between others",
	  .native = "aEbFcGm",
	  .python = "1@E 2@> 3@G",
	  .merged = "a12E*bFc3G*m",
	  .guessed = true },
	{ .what = "anchors in each other's place",
	  .native = "aEbFcGm",
	  .python = "1@F 2@E 3@G",
	  .merged = "a12E*bFc3G*m",
	  .guessed = true },
	{ .what = "a wild anchor, and behind it a run without one",
	  .native = "aEbFm",
	  .python = "1@E 2@< 3@- 4@F",
	  .merged = "a123E*b4F*m",
	  .guessed = true },
	{ .what = "a run without an anchor stays behind what it called",
	  .native = "aEbFm",
	  .python = "1@E 2@- 3@F",
	  .merged = "a12E*b3F*m",
	  .guessed = true },
	{ .what = "the newest run has left its anchor, and not its evaluation",
	  .native = "ax'EbFm",
	  .python = "1@- 2@F",
	  .merged = "ax1E*b2F*m",
	  .complete = true },
	{ .what = "the same, and nobody knows in which of two",
	  .native = "aEbFcGm",
	  .python = "1@- 2@G",
	  .merged = "1aEbFc2G*m",
	  .guessed = true },
	{ .what = "the same, and in a gap",
	  .native = "a-bEcFm",
	  .python = "1@- 2@F",
	  .merged = "1a-bEc2F*m",
	  .guessed = true },
	{ .what = "the same, without any",
	  .native = "abFm",
	  .python = "1@- 2@F",
	  .merged = "1ab2F*m",
	  .guessed = true },
	{ .what = "two runs in one evaluation",
	  .native = "aEm",
	  .python = "1@E 2@E",
	  .merged = "a12E*m",
	  .complete = true },

	{ .what = "behind a gap: as if it were not there",
	  .native = "aEb-cFm",
	  .python = "1@E 2@F",
	  .merged = "a1E*b-c2F*m",
	  .complete = true },
	{ .what = "behind a gap by a scan",
	  .native = "aEb-cFm",
	  .python = "1@E 2@F",
	  .merged = "a1E*b-c2F*m",
	  .complete = true,
	  .scanned = true,
	  .guessed = true },
	{ .what = "an evaluation in the gap: its run stands behind it",
	  .native = "aEb-cFm",
	  .python = "1@E 2@- 3@F",
	  .merged = "a12E*b-c3F*m",
	  .guessed = true },

	/* No anchors: up to 3.9. */
	{ .what = "by count: a gap without evaluations",
	  .native = "aEb-cFm",
	  .python = "1@- 2@-",
	  .merged = "a1E*b-c2F*m",
	  .complete = true },
	{ .what = "by count: evaluations in the gap",
	  .native = "aEb-cFm",
	  .python = "1@- 2@- 3@- 4@-",
	  .merged = "a1E*b-23c4F*m",
	  .guessed = true },
	{ .what = "by count: a gap, and no end",
	  .native = "aEb-cFd",
	  .native_truncated = true,
	  .python = "1@- 2@- 3@-",
	  .merged = "a1E*b-cFd23",
	  .guessed = true },
	{ .what = "by count: as many of both",
	  .native = "aEbFm",
	  .python = "1@- 2@-",
	  .merged = "a1E*b2F*m",
	  .complete = true },
	{ .what = "by count: more evaluations, the innermost has no frame yet",
	  .native = "EbFcGm",
	  .python = "1@- 2@-",
	  .merged = "Eb1F*c2G*m",
	  .complete = true },
	{ .what = "by count: fewer evaluations, what is left comes first",
	  .native = "aEm",
	  .python = "1@- 2@- 3@-",
	  .merged = "12a3E*m",
	  .guessed = true },
	{ .what = "by count: evaluations that have another name",
	  .native = "aEbm",
	  .python = "1@- 2@- 3@-",
	  .merged = "1a*E2b*3m*",
	  .complete = true,
	  .evaluation = "f_" },
	{ .what = "by count: what evaluates in other versions does not",
	  .native = "EFm",
	  .python = "1@-",
	  .merged = "EF1m*",
	  .complete = true,
	  .evaluation = "f_m" },
	{ .what = "by count: no names at all",
	  .native = "abm",
	  .python = "1@- 2@-",
	  .merged = "12abm",
	  .guessed = true },
	{ .what = "by count: inlined calls before the evaluation",
	  .native = "ax'Em",
	  .python = "1@-",
	  .merged = "ax1E*m",
	  .complete = true },
	{ .what = "by count: the native stack ends early, inner ends meet",
	  .native = "aEb",
	  .native_truncated = true,
	  .python = "1@- 2@-",
	  .merged = "a1E*b2",
	  .guessed = true },
	{ .what = "by count: the Python stack ends early, inner ends meet",
	  .native = "aEbFm",
	  .python_truncated = true,
	  .python = "1@-",
	  .merged = "a1E*bFm",
	  .complete = true,
	  .guessed = true },
};

static void make_native(struct fdp_frame *frames, char (*names)[64],
			const struct merge_case *test,
			struct fdp_native_stack *stack)
{
	size_t count = 0, gaps = 0;

	for (const char *at = test->native; *at; at++) {
		struct fdp_frame *frame = &frames[count];

		if (*at == '\'') {
			frames[count - 1].inlined = true;
			continue;
		}
		snprintf(names[count], sizeof(names[count]), "%s%c",
			 *at >= 'A' && *at <= 'Z'
				 ? "_PyEval_EvalFrameDefault.part."
				 : "f_",
			 *at);
		frame->kind = *at == '-' ? FDP_FRAME_GAP : FDP_FRAME_NATIVE;
		gaps += *at == '-';
		frame->function = names[count];
		frame->stack_low = 0x1000 + 0x100 * count;
		frame->stack_high = frame->stack_low + 0x100;
		count++;
	}
	for (size_t i = count; i-- > 0;) {
		if (!frames[i].inlined)
			continue;
		frames[i].stack_low = frames[i + 1].stack_low;
		frames[i].stack_high = frames[i + 1].stack_high;
	}
	*stack = (struct fdp_native_stack){ .tid = 7,
					    .frames = frames,
					    .frame_count = count,
					    .gaps = gaps,
					    .guessed = test->scanned,
					    .truncated =
						    test->native_truncated };
}

static uint64_t anchor_of(const struct fdp_native_stack *native, char where)
{
	if (where == '-')
		return 0;
	if (where == '<')
		return 0x800;
	for (size_t i = 0; i < native->frame_count; i++) {
		const char *name = native->frames[i].function;

		if (name[strlen(name) - 1] == where)
			return native->frames[i].stack_low + 0x90;
	}
	return 0x100000;
}

static void make_python(struct fdp_frame *frames, char (*names)[64],
			struct fdp_python_run *runs,
			const struct merge_case *test,
			const struct fdp_native_stack *native,
			struct fdp_python_stack *stack)
{
	size_t frame_count = 0;
	size_t run_count = 0;
	size_t first = 0;

	for (const char *at = test->python; *at; at++) {
		if (*at == ' ')
			continue;
		if (*at == '@') {
			runs[run_count++] = (struct fdp_python_run){
				.anchor = anchor_of(native, *++at),
				.first = first,
				.count = frame_count - first,
			};
			first = frame_count;
			continue;
		}
		snprintf(names[frame_count], sizeof(names[0]), "%c", *at);
		frames[frame_count].kind = FDP_FRAME_PYTHON;
		frames[frame_count].function = names[frame_count];
		frame_count++;
	}
	*stack = (struct fdp_python_stack){
		.tid = 7,
		.frames = frames,
		.frame_count = frame_count,
		.runs = runs,
		.run_count = run_count,
		.truncated = test->python_truncated,
		.evaluation = test->evaluation,
	};
}

static void spell(const struct fdp_frame *frames, size_t count, char *out)
{
	for (size_t i = 0; i < count; i++) {
		*out++ = frames[i].function[strlen(frames[i].function) - 1];
		if (frames[i].is_eval)
			*out++ = '*';
	}
	*out = '\0';
}

static bool has_anchor(const struct fdp_python_stack *python)
{
	for (size_t i = 0; i < python->run_count; i++)
		if (python->runs[i].anchor)
			return true;
	return false;
}

START_TEST(merges)
{
	const struct merge_case *test = &cases[_i];
	struct fdp_frame native_frames[FRAMES_MAX] = { 0 };
	struct fdp_frame python_frames[FRAMES_MAX] = { 0 };
	struct fdp_python_run runs[FRAMES_MAX];
	char native_names[FRAMES_MAX][64], python_names[FRAMES_MAX][64];
	struct fdp_report report = { .capture.complete = true };
	struct fdp_native_stack native;
	struct fdp_python_stack python;
	struct fdp_frame *merged = NULL;
	char spelled[4 * FRAMES_MAX];
	struct fdp_merging merging;
	size_t count = 0;

	make_native(native_frames, native_names, test, &native);
	make_python(python_frames, python_names, runs, test, &native, &python);
	ck_assert_int_eq(
		fdp_merge(&report, &native, &python, &merged, &count, &merging),
		0);
	spell(merged, count, spelled);
	ck_assert_msg(strcmp(spelled, test->merged) == 0, "%s: %s is not %s",
		      test->what, spelled, test->merged);
	ck_assert_msg(report.capture.complete == test->complete,
		      "%s: complete is %d", test->what,
		      report.capture.complete);
	ck_assert_uint_eq(report.capture.missing_count, !test->complete);
	ck_assert_msg(merging.guessed == test->guessed, "%s: guessed is %d",
		      test->what, merging.guessed);
	ck_assert_uint_eq(merging.gaps, native.gaps);
	if (native.frame_count && python.run_count)
		ck_assert_str_eq(merging.by,
				 has_anchor(&python) ? "address" : "count");
	else
		ck_assert_ptr_null(merging.by);
	fdp_report_done(&report);
}
END_TEST

START_TEST(accepts_null)
{
	struct fdp_report report = { .capture.complete = true };
	struct fdp_merging merging = { .by = "", .guessed = true };
	struct fdp_frame *merged = NULL;
	size_t count = 1;

	ck_assert_int_eq(
		fdp_merge(&report, NULL, NULL, &merged, &count, &merging), 0);
	ck_assert_uint_eq(count, 0);
	ck_assert(report.capture.complete);
	ck_assert_ptr_null(merging.by);
	ck_assert(!merging.guessed);
	fdp_report_done(&report);
}
END_TEST

/* Runs that do not cover the frames: still every frame exactly once. */
START_TEST(loses_no_frame_to_bad_runs)
{
	static const struct fdp_python_run runs[][2] = {
		{ { 0x1010, 0, 9 }, { 0x1110, 9, 1 } },
		{ { 0x1010, 0, 1 }, { 0x1110, 2, 1 } },
		{ { 0x1010, 0, SIZE_MAX }, { 0x1110, 1, 2 } },
		{ { 0x1010, 0, 1 }, { 0x1110, 1, 1 } },
	};
	struct fdp_frame frames[3] = {
		{ .kind = FDP_FRAME_PYTHON, .function = "1" },
		{ .kind = FDP_FRAME_PYTHON, .function = "2" },
		{ .kind = FDP_FRAME_PYTHON, .function = "3" },
	};
	struct fdp_python_run used[2];
	struct fdp_python_stack python = {
		.frames = frames, .frame_count = 3, .runs = used, .run_count = 2
	};
	struct fdp_report report = { .capture.complete = true };
	struct fdp_frame *merged = NULL;
	char spelled[16];
	size_t count = 0;

	memcpy(used, runs[_i], sizeof(used));
	ck_assert_int_eq(
		fdp_merge(&report, NULL, &python, &merged, &count, NULL), 0);
	spell(merged, count, spelled);
	ck_assert_str_eq(spelled, "123");
	fdp_report_done(&report);
}
END_TEST

/* Half a million frames: what is quadratic would not come back. */
START_TEST(is_fast_for_deep_stacks)
{
	const size_t depth = 250000;
	struct fdp_frame *natives = calloc(2 * depth, sizeof(*natives));
	struct fdp_frame *pythons = calloc(depth, sizeof(*pythons));
	struct fdp_python_run *runs = calloc(depth, sizeof(*runs));
	struct fdp_report report = { .capture.complete = true };
	struct fdp_native_stack native = { .frames = natives,
					   .frame_count = 2 * depth };
	struct fdp_python_stack python = { .frames = pythons,
					   .frame_count = depth,
					   .runs = runs,
					   .run_count = depth };
	struct fdp_frame *merged = NULL;
	size_t count = 0;

	for (size_t i = 0; i < 2 * depth; i++) {
		natives[i].kind = FDP_FRAME_NATIVE;
		natives[i].stack_low = 0x1000 + 64 * i;
		natives[i].stack_high = natives[i].stack_low + 64;
	}
	for (size_t i = 0; i < depth; i++) {
		runs[i].first = i;
		runs[i].count = 1;
		runs[i].anchor = natives[2 * i + 1].stack_low + 8;
	}
	ck_assert_int_eq(
		fdp_merge(&report, &native, &python, &merged, &count, NULL), 0);
	ck_assert_uint_eq(count, 3 * depth);
	for (size_t i = 0; i < count; i += 3) {
		ck_assert_int_eq(merged[i].kind, FDP_FRAME_NATIVE);
		ck_assert_int_eq(merged[i + 1].kind, FDP_FRAME_PYTHON);
		ck_assert(merged[i + 2].is_eval);
	}
	fdp_report_done(&report);
	free(natives);
	free(pythons);
	free(runs);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("merge");
	TCase *tcase = tcase_create("merge");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, merges, 0, (int)ARRAY_SIZE(cases));
	tcase_add_test(tcase, accepts_null);
	tcase_add_loop_test(tcase, loses_no_frame_to_bad_runs, 0, 4);
	tcase_add_test(tcase, is_fast_for_deep_stacks);
	suite_add_tcase(suite, tcase);
	return fdp_suite_run(suite);
}
