/* The graph of who waits for whom, and its circles. */
#include <check.h>
#include <string.h>

#include "../../daemon/analysis/deadlocks.h"
#include "../../daemon/base/util.h"
#include "suite.h"

#define THREADS_MAX 8
#define CYCLES_MAX 3

/*
 * Threads have the tids 1, 2, ...; owners[i] is whom thread i + 1 waits for, 0:
 * nobody, 99: one that is not there.  The order in which they come out, and
 * each circle from its first thread on.
 */
struct row {
	const char *what;
	pid_t owners[THREADS_MAX];
	size_t count;
	bool crashed; /* the first */
	pid_t order[THREADS_MAX];
	pid_t cycles[CYCLES_MAX][THREADS_MAX]; /* up to a 0 */
};

static const struct row rows[] = {
	{ "none", { 0, 0, 0 }, 3, false, { 1, 2, 3 }, { { 0 } } },
	{ "no threads", { 0 }, 0, false, { 0 }, { { 0 } } },
	{ "a chain", { 2, 3, 0 }, 3, false, { 1, 2, 3 }, { { 0 } } },
	{ "all for one", { 0, 1, 1, 1 }, 4, false, { 1, 2, 3, 4 }, { { 0 } } },
	{ "unknown", { 99, 1, 2 }, 3, false, { 1, 2, 3 }, { { 0 } } },
	{ "itself", { 0, 2, 0 }, 3, false, { 2, 1, 3 }, { { 2 } } },
	{ "two", { 0, 3, 2 }, 3, false, { 2, 3, 1 }, { { 2, 3 } } },
	{ "two, backwards",
	  { 0, 4, 0, 2 },
	  4,
	  false,
	  { 2, 4, 1, 3 },
	  { { 2, 4 } } },
	{ "three", { 0, 4, 2, 3 }, 4, false, { 2, 4, 3, 1 }, { { 2, 4, 3 } } },
	{ "two circles, one in the other's way",
	  { 3, 4, 1, 2 },
	  4,
	  false,
	  { 1, 3, 2, 4 },
	  { { 1, 3 }, { 2, 4 } } },
	{ "one that waits for a circle",
	  { 3, 0, 4, 3 },
	  4,
	  false,
	  { 3, 4, 1, 2 },
	  { { 3, 4 } } },
	{ "a crash beside it",
	  { 0, 0, 4, 3 },
	  4,
	  true,
	  { 1, 3, 4, 2 },
	  { { 3, 4 } } },
	{ "a crash in it", { 3, 0, 1 }, 3, true, { 1, 3, 2 }, { { 1, 3 } } },
	{ "a crash that waits for it",
	  { 3, 0, 4, 3 },
	  4,
	  true,
	  { 1, 3, 4, 2 },
	  { { 3, 4 } } },
};

static void make(struct fdp_report *report, const struct row *row)
{
	memset(report, 0, sizeof(*report));
	report->kind = row->crashed ? "crash" : "dump";
	report->threads = fdp_arena_array(&report->arena, row->count + 1,
					  sizeof(*report->threads));
	ck_assert_ptr_nonnull(report->threads);
	report->thread_count = row->count;
	for (size_t i = 0; i < row->count; i++) {
		report->threads[i].tid = (pid_t)i + 1;
		report->threads[i].waits.owner = row->owners[i];
	}
	if (row->count)
		report->threads[0].crashed = row->crashed;
}

START_TEST(test_cycles)
{
	const struct row *row = &rows[_i];
	struct fdp_report report;
	size_t cycles = 0;

	make(&report, row);
	ck_assert_int_eq(fdp_deadlocks_find(&report), 0);
	for (size_t i = 0; i < row->count; i++)
		ck_assert_msg(report.threads[i].tid == row->order[i],
			      "%s: thread %d at %zu", row->what,
			      (int)report.threads[i].tid, i);
	for (; row->cycles[cycles][0]; cycles++) {
		const struct fdp_deadlock *found = &report.deadlocks[cycles];
		const pid_t *expected = row->cycles[cycles];
		size_t count = 0;

		ck_assert_uint_gt(report.deadlock_count, cycles);
		for (; expected[count]; count++)
			ck_assert_msg(count < found->count &&
					      found->tids[count] ==
						      expected[count],
				      "%s: %zu", row->what, count);
		ck_assert_uint_eq(found->count, count);
	}
	ck_assert_uint_eq(report.deadlock_count, cycles);
	fdp_report_done(&report);
}
END_TEST

/* Only a dump has no cause of its own. */
START_TEST(test_cause)
{
	const struct row row = { .owners = { 2, 1 }, .count = 2 };
	struct fdp_report report;

	make(&report, &row);
	ck_assert_int_eq(fdp_deadlocks_find(&report), 0);
	ck_assert_str_eq(report.cause.kind, "deadlock");
	ck_assert_str_eq(report.cause.text,
			 "2 threads wait for each other in a circle");
	fdp_report_done(&report);
	make(&report, &row);
	report.kind = "crash";
	ck_assert_int_eq(fdp_deadlocks_find(&report), 0);
	ck_assert_ptr_null(report.cause.kind);
	ck_assert_uint_eq(report.deadlock_count, 1);
	fdp_report_done(&report);
	make(&report, &row);
	report.threads[1].waits.owner = 0;
	ck_assert_int_eq(fdp_deadlocks_find(&report), 0);
	ck_assert_ptr_null(report.cause.kind);
	fdp_report_done(&report);
}
END_TEST

/* Threads of which only Python knows have no tid. */
START_TEST(test_no_tid)
{
	const struct row row = { .owners = { 0, 0 }, .count = 2 };
	struct fdp_report report;

	make(&report, &row);
	report.threads[0].tid = report.threads[1].tid = 0;
	ck_assert_int_eq(fdp_deadlocks_find(&report), 0);
	ck_assert_uint_eq(report.deadlock_count, 0);
	fdp_report_done(&report);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("deadlocks");
	TCase *tcase = tcase_create("deadlocks");

	tcase_add_loop_test(tcase, test_cycles, 0, ARRAY_SIZE(rows));
	tcase_add_test(tcase, test_cause);
	tcase_add_test(tcase, test_no_tid);
	suite_add_tcase(suite, tcase);
	return fdp_suite_run(suite);
}
