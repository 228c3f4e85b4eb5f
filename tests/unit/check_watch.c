/* What has not moved from one dump to the next: reports that are made up. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/analysis/watch.h"
#include "../../daemon/base/util.h"
#include "fake_target.h"
#include "suite.h"

#define SECOND UINT64_C(1000000000)
#define TID 101

struct fixture {
	struct fdp_target *target;
	struct fdp_report report;
	struct fdp_report_thread thread;
	struct fdp_frame frames[200];
	struct fdp_watch_history *before, *after;
	uint64_t now_ns;
};

static void set_frames(struct fixture *fixture, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fixture->frames[i] = (struct fdp_frame){
			.kind = FDP_FRAME_PYTHON,
			.function = "f",
			.file = "app.py",
			.line = (int)(count - i),
		};
	fixture->thread.frame_count = count;
}

static void setup(struct fixture *fixture)
{
	*fixture = (struct fixture){ .now_ns = 100 * SECOND };
	fixture->before = calloc(1, sizeof(*fixture->before));
	fixture->after = calloc(1, sizeof(*fixture->after));
	ck_assert(fixture->before && fixture->after);
	fixture->thread.tid = TID;
	fixture->thread.frames = fixture->frames;
	fixture->report.threads = &fixture->thread;
	fixture->report.thread_count = 1;
	set_frames(fixture, 5);
}

static void teardown(struct fixture *fixture)
{
	fdp_report_done(&fixture->report);
	fdp_target_free(fixture->target);
	free(fixture->before);
	free(fixture->after);
}

/* Another dump, so many seconds later: the thread has run for CPU_MS in all. */
static const struct fdp_watch *dump(struct fixture *fixture, unsigned after_s,
				    unsigned cpu_ms, unsigned started)
{
	struct fdp_watch_history *swapped = fixture->before;
	char text[256];

	fdp_target_free(fixture->target);
	fixture->target = fake_target_new();
	snprintf(text, sizeof(text), "%u000000 5 6", 1000 + cpu_ms);
	fake_target_fact(fixture->target, "thread/101/schedstat", text);
	snprintf(text, sizeof(text),
		 "101 (a ) b) S 1 2 3 4 5 6 7 8 9 10 1 2 13 14 15 16 17 18 %u "
		 "20\n",
		 started);
	fake_target_fact(fixture->target, "thread/101/stat", text);
	fixture->now_ns += after_s * SECOND;
	if (fixture->after->time_ns) {
		fixture->before = fixture->after;
		fixture->after = swapped;
	}
	fdp_watch_compare(fixture->target, fixture->now_ns, fixture->before,
			  &fixture->report, fixture->after);
	return &fixture->thread.watch;
}

static void expect(const struct fdp_watch *watch, unsigned dumps,
		   double seconds, double cpu_s, long frames)
{
	ck_assert(watch->watched);
	ck_assert_uint_eq(watch->unmoved_dumps, dumps);
	ck_assert_double_eq_tol(watch->unmoved_s, seconds, 1e-9);
	ck_assert_double_eq_tol(watch->cpu_s, cpu_s, 1e-9);
	ck_assert_int_eq(watch->unmoved_frames, frames);
}

START_TEST(stands)
{
	struct fixture fixture;

	setup(&fixture);
	expect(dump(&fixture, 0, 500, 7), 1, 0, FDP_UNKNOWN, FDP_UNKNOWN);
	expect(dump(&fixture, 2, 500, 7), 2, 2, 0, 5);
	expect(dump(&fixture, 4, 6400, 7), 3, 6, 5.9, 5);
	teardown(&fixture);
}
END_TEST

/* What makes a frame another one, from the outermost to the innermost. */
START_TEST(moves)
{
	struct fixture fixture;
	struct fdp_frame *frame;

	setup(&fixture);
	frame = &fixture.frames[2];
	dump(&fixture, 0, 0, 7);
	expect(dump(&fixture, 2, 1, 7), 2, 2, 0.001, 5);
	switch (_i) {
	case 0:
		frame->line++;
		break;
	case 1:
		frame->function = "g";
		break;
	case 2:
		frame->file = NULL;
		break;
	case 3:
		frame->kind = FDP_FRAME_NATIVE;
		break;
	}
	expect(dump(&fixture, 2, 101, 7), 1, 0, 0.1, 2);
	expect(dump(&fixture, 2, 201, 7), 2, 2, 0.1, 5);
	teardown(&fixture);
}
END_TEST

START_TEST(native_moves)
{
	struct fixture fixture;

	setup(&fixture);
	fixture.frames[0].kind = FDP_FRAME_NATIVE;
	fixture.frames[0].pc = 0x1000;
	dump(&fixture, 0, 0, 7);
	ck_assert_uint_eq(dump(&fixture, 1, 0, 7)->unmoved_dumps, 2);
	fixture.frames[0].pc++;
	expect(dump(&fixture, 1, 0, 7), 1, 0, 0, 4);
	teardown(&fixture);
}
END_TEST

START_TEST(grows_and_shrinks)
{
	struct fixture fixture;

	setup(&fixture);
	dump(&fixture, 0, 0, 7);
	set_frames(&fixture, 6);
	expect(dump(&fixture, 1, 0, 7), 1, 0, 0, 5);
	set_frames(&fixture, 3);
	expect(dump(&fixture, 1, 0, 7), 1, 0, 0, 3);
	teardown(&fixture);
}
END_TEST

/* Another thread has its number. */
START_TEST(number_is_used_again)
{
	struct fixture fixture;

	setup(&fixture);
	dump(&fixture, 0, 500, 7);
	expect(dump(&fixture, 2, 100, 8), 1, 0, FDP_UNKNOWN, FDP_UNKNOWN);
	teardown(&fixture);
}
END_TEST

/* Nothing is known of the stack, or not all. */
START_TEST(not_known)
{
	struct fixture fixture;

	setup(&fixture);
	if (_i)
		set_frames(&fixture, 0);
	else
		fixture.thread.kept_moving = true;
	dump(&fixture, 0, 0, 7);
	expect(dump(&fixture, 2, 1000, 7), 1, 0, 1, _i ? FDP_UNKNOWN : 5);
	teardown(&fixture);
}
END_TEST

/* Deeper than what is remembered frame by frame. */
START_TEST(deep)
{
	struct fixture fixture;

	setup(&fixture);
	set_frames(&fixture, 200);
	dump(&fixture, 0, 0, 7);
	expect(dump(&fixture, 1, 0, 7), 2, 1, 0, 200);
	fixture.frames[0].line = 1000;
	expect(dump(&fixture, 1, 0, 7), 1, 0, 0, FDP_WATCH_FRAMES_MAX);
	teardown(&fixture);
}
END_TEST

/* Where there is no schedstat. */
START_TEST(ticks)
{
	static const struct {
		const char *stat;
		double cpu_s;
	} rows[] = {
		{ "101 (x) S 1 2 3 4 5 6 7 8 9 10 120 30 1 1 1 1 1 1 7", 1.5 },
		{ "101 (x) S 1 2", FDP_UNKNOWN },
		{ "101 x", FDP_UNKNOWN },
		{ NULL, FDP_UNKNOWN },
	};
	struct fixture fixture;

	setup(&fixture);
	fixture.target = fake_target_new();
	if (rows[_i].stat)
		fake_target_fact(fixture.target, "thread/101/stat",
				 rows[_i].stat);
	fdp_watch_compare(fixture.target, SECOND, fixture.before,
			  &fixture.report, fixture.after);
	ck_assert_uint_eq(fixture.after->count, 1);
	if (rows[_i].cpu_s >= 0)
		ck_assert_uint_eq(fixture.after->threads[0].cpu_ns,
				  3 * SECOND / 2);
	else
		ck_assert_uint_eq(fixture.after->threads[0].cpu_ns, UINT64_MAX);
	teardown(&fixture);
}
END_TEST

/* A history that whoever wrote it had no business to write. */
START_TEST(hostile_history)
{
	struct fixture fixture;
	struct fdp_watched *thread;

	setup(&fixture);
	dump(&fixture, 0, 0, 7);
	fixture.after->count = UINT32_MAX;
	thread = &fixture.after->threads[0];
	thread->frame_count = UINT32_MAX;
	thread->since_ns = UINT64_MAX;
	thread->cpu_ns = UINT64_MAX - 1;
	expect(dump(&fixture, 1, 0, 7), 1, 0, 0, 5);
	teardown(&fixture);
}
END_TEST

START_TEST(too_many_threads)
{
	struct fixture fixture;
	size_t count = FDP_WATCH_THREADS_MAX + 1;
	struct fdp_report_thread *threads = calloc(count, sizeof(*threads));

	setup(&fixture);
	fixture.target = fake_target_new();
	ck_assert_ptr_nonnull(threads);
	for (size_t i = 0; i < count; i++)
		threads[i].tid = (pid_t)(1000 + i);
	fixture.report.threads = threads;
	fixture.report.thread_count = count;
	fdp_watch_compare(fixture.target, SECOND, fixture.before,
			  &fixture.report, fixture.after);
	ck_assert_uint_eq(fixture.after->count, FDP_WATCH_THREADS_MAX);
	ck_assert_uint_eq(fixture.report.capture.missing_count, 1);
	free(threads);
	teardown(&fixture);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("watch");
	TCase *tests = tcase_create("watch");

	tcase_add_test(tests, stands);
	tcase_add_loop_test(tests, moves, 0, 4);
	tcase_add_test(tests, native_moves);
	tcase_add_test(tests, grows_and_shrinks);
	tcase_add_test(tests, number_is_used_again);
	tcase_add_loop_test(tests, not_known, 0, 2);
	tcase_add_test(tests, deep);
	tcase_add_loop_test(tests, ticks, 0, 4);
	tcase_add_test(tests, hostile_history);
	tcase_add_test(tests, too_many_threads);
	suite_add_tcase(suite, tests);
	return fdp_suite_run(suite);
}
