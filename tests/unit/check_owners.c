/* Python stacks that name another thread than the one they stand on. */
#include <check.h>
#include <stdlib.h>

#include "../../daemon/analysis/owners.h"
#include "../../daemon/base/util.h"
#include "suite.h"

#define FIRST 11
#define SECOND 12
#define NOBODY 99

/* Where a stack says that it is, where its anchor is, and what comes out. */
struct row {
	const char *what;
	pid_t said;
	uint64_t anchor; /* 0x1000 on FIRST's stack, 0x2000 on SECOND's */
	pid_t expected;
};

static const struct row rows[] = {
	{ "as it says", FIRST, 0x1010, FIRST },
	{ "as it says", SECOND, 0x2010, SECOND },
	{ "on the other's", FIRST, 0x2010, SECOND },
	{ "on the other's", SECOND, 0x1010, FIRST },
	{ "of a thread that is not there", NOBODY, 0x2010, SECOND },
	{ "of none, by what Python says", 0, 0x1010, FIRST },
	{ "no anchor", FIRST, 0, FIRST },
	{ "an anchor on nobody's", SECOND, 0x3000, SECOND },
	{ "just below the first frame", FIRST, 0x1fff, FIRST },
	{ "just behind the last frame", FIRST, 0x2200, FIRST },
};

START_TEST(settles)
{
	const struct row *row = &rows[_i];
	struct fdp_thread threads[] = { { .tid = FIRST }, { .tid = SECOND } };
	const struct fdp_subject subject = { .threads = threads,
					     .thread_count = 2 };
	struct fdp_frame first[] = { { .stack_low = 0x1000,
				       .stack_high = 0x1100 } };
	struct fdp_frame second[] = {
		{ .stack_low = 0x2000, .stack_high = 0x2100 },
		{ .stack_low = 0x2100, .stack_high = 0x2200 },
	};
	const struct fdp_native_stack natives[] = {
		{ .frames = first, .frame_count = 1 },
		{ .frames = second, .frame_count = 2 },
	};
	/* The newest evaluation may have no anchor of its own. */
	struct fdp_python_run runs[] = { { .anchor = 0 },
					 { .anchor = row->anchor } };
	struct fdp_python_stack stack = { .tid = row->said,
					  .runs = runs,
					  .run_count = 2 };
	struct fdp_python python = { .stacks = &stack, .stack_count = 1 };

	fdp_owners_settle(&subject, natives, &python);
	ck_assert_msg(stack.tid == row->expected, "%s: thread %d", row->what,
		      (int)stack.tid);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("owners");
	TCase *test = tcase_create("owners");

	tcase_add_loop_test(test, settles, 0, ARRAY_SIZE(rows));
	suite_add_tcase(suite, test);
	return fdp_suite_run(suite);
}
