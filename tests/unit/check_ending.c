/* How a process ended, from /proc/PID/stat and from a pidfd. */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../daemon/base/util.h"
#include "../../daemon/ending.h"
#include "suite.h"

/* A zombie's line: FLAGS and the last number, the wait status, vary. */
#define STAT(name, state, flags, status)                                       \
	"21944 (" name ") " state " 21942 21933 4927 0 -1 " flags              \
	" 19 0 0 0 0 0 0 0 20 0 1 0 201039 0 0 18446744073709551615 0 0 0 0 "  \
	"0 0 0 0 0 1 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 " status "\n"

static const struct {
	const char *text;
	int expected; /* of the function */
	struct fdp_ending ending;
} lines[] = {
	{ STAT("python3", "Z", "4228684", "11"),
	  0,
	  { "python3", true, 201039, 11 } },
	{ STAT("python3", "Z", "4228684", "139"),
	  0,
	  { "python3", true, 201039, 139 } },
	/* On its way out, and not a zombie yet. */
	{ STAT("a", "R", "4194308", "11"), 0, { "a", true, 201039, 11 } },
	/* Stopped: it has a status, and has not ended. */
	{ STAT("a", "T", "4194304", "19"), 0, { "a", false, 201039, 0 } },
	{ STAT("a", "S", "4194304", "0"), 0, { "a", false, 201039, 0 } },
	{ STAT("a) Z 1 1 1 (b", "S", "4194304", "0"),
	  0,
	  { "a) Z 1 1 1 (b", false, 201039, 0 } },
	{ STAT("", "Z", "4", "0"), 0, { "", true, 201039, 0 } },
	{ STAT("a", "Z", "4", "65536"), -EBADMSG, { "", false, 0, 0 } },
	{ STAT("a", "Z", "4", "-1"), -EBADMSG, { "", false, 0, 0 } },
	{ STAT("a", "Z", "x", "0"), -EBADMSG, { "", false, 0, 0 } },
	{ STAT("0123456789012345678901234567890123456789012345678901234567890"
	       "12",
	       "Z", "4", "0"),
	  0,
	  { "0123456789012345678901234567890123456789012345678901234567890"
	    "12",
	    true, 201039, 0 } },
	{ STAT("0123456789012345678901234567890123456789012345678901234567890"
	       "123",
	       "Z", "4", "0"),
	  -EBADMSG,
	  { "", false, 0, 0 } },
	{ "", -EBADMSG, { "", false, 0, 0 } },
	{ "1 (a", -EBADMSG, { "", false, 0, 0 } },
	{ "1 )a( Z 1", -EBADMSG, { "", false, 0, 0 } },
	{ "1 (a)Z 1", -EBADMSG, { "", false, 0, 0 } },
	{ "1 (a) Z 1 2 3", -EBADMSG, { "", false, 0, 0 } },
};

START_TEST(reads_stat)
{
	const struct fdp_ending *expected = &lines[_i].ending;
	struct fdp_ending ending;

	ck_assert_int_eq(fdp_ending_parse(lines[_i].text, &ending),
			 lines[_i].expected);
	if (lines[_i].expected < 0)
		return;
	ck_assert_str_eq(ending.comm, expected->comm);
	ck_assert_int_eq(ending.exiting, expected->exiting);
	ck_assert_uint_eq(ending.start_time, expected->start_time);
	ck_assert_int_eq(ending.status, expected->status);
}
END_TEST

/* A child that has ended as HOW says and is not reaped. */
static pid_t make_zombie(int how)
{
	siginfo_t info;
	pid_t child = fork();

	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		signal(SIGUSR1, _exit);
		if (how > 0)
			raise(how);
		_exit(-how);
	}
	ck_assert_int_gt(child, 0);
	ck_assert_int_eq(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT),
			 0);
	return child;
}

static const int ways[] = { SIGKILL, SIGABRT, 0, -3 };

/* The same before and after it is reaped, and the same as its parent sees. */
START_TEST(agrees_with_wait)
{
	pid_t child = make_zombie(ways[_i]);
	int pidfd = (int)syscall(SYS_pidfd_open, child, 0);
	int status, asked = -1;
	struct fdp_ending ending;
	int r;

	ck_assert_int_ge(pidfd, 0);
	ck_assert_int_eq(fdp_ending_read(child, &ending), 0);
	ck_assert(ending.exiting);
	ck_assert_int_lt(fdp_ending_ask(pidfd, &asked), 0);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(ending.status, status);
	ck_assert_int_lt(fdp_ending_read(child, &ending), 0);
	r = fdp_ending_ask(pidfd, &asked);
	/* Before Linux 6.15 nobody can say any more. */
	if (r == 0)
		ck_assert_int_eq(asked, status);
	else
		ck_assert(r == -ENOTTY || r == -EINVAL || r == -ENODATA);
	close(pidfd);
}
END_TEST

START_TEST(knows_the_handlers_of_the_dead)
{
	pid_t child = make_zombie(SIGKILL);
	uint64_t handled = 0;

	ck_assert_int_eq(fdp_ending_handled(child, &handled), 0);
	ck_assert(handled >> (SIGUSR1 - 1) & 1);
	ck_assert(!(handled >> (SIGABRT - 1) & 1));
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	ck_assert_int_lt(fdp_ending_handled(child, &handled), 0);
}
END_TEST

#define STATUS(threads)                                                        \
	"Name:\tx\nThreads:\t" threads "\nSigCgt:\t00000000000004f8\n"

/* One that is reaped at that moment has no threads; what it says is nothing. */
START_TEST(reads_status)
{
	uint64_t handled = 0;

	ck_assert_int_eq(fdp_ending_parse_handled(STATUS("2"), &handled), 0);
	ck_assert_uint_eq(handled, 0x4f8);
	ck_assert_int_eq(fdp_ending_parse_handled(STATUS("0"), &handled),
			 -ENODATA);
	ck_assert_int_eq(fdp_ending_parse_handled("Name:\tx\n", &handled),
			 -ENODATA);
	ck_assert_int_eq(
		fdp_ending_parse_handled("Name:\tx\nThreads:\t1\n", &handled),
		-ENODATA);
}
END_TEST

START_TEST(knows_itself_alive)
{
	struct fdp_ending ending;

	ck_assert_int_eq(fdp_ending_read(getpid(), &ending), 0);
	ck_assert(!ending.exiting);
	ck_assert_uint_gt(ending.start_time, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ending");
	TCase *tests = tcase_create("ending");

	tcase_add_loop_test(tests, reads_stat, 0, (int)ARRAY_SIZE(lines));
	tcase_add_loop_test(tests, agrees_with_wait, 0, (int)ARRAY_SIZE(ways));
	tcase_add_test(tests, knows_the_handlers_of_the_dead);
	tcase_add_test(tests, reads_status);
	tcase_add_test(tests, knows_itself_alive);
	suite_add_tcase(suite, tests);
	return fdp_suite_run(suite);
}
