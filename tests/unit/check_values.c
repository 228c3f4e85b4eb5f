/* The values of settings that shim and daemon both read. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "../../proto/values.h"
#include "suite.h"

#define TEN(text) text text text text text text text text text text

static const struct {
	const char *text;
	uint64_t microseconds; /* 0: refused */
} seconds_rows[] = {
	{ "90", 90000000 },
	{ "0.5", 500000 },
	{ "1.25", 1250000 },
	{ "1.", 1000000 },
	{ ".5", 500000 },
	{ "0.000001", 1 },
	{ "00090", 90000000 },
	{ TEN(TEN("0")) "1", 1000000 },
	/* Beyond microseconds: cut off, not rounded. */
	{ "0.0000019", 1 },
	{ "0." TEN(TEN("9")), 999999 },
	{ "2." TEN(TEN("0")) "1", 2000000 },
	{ "0.0000009", 0 },
	/* Nothing. */
	{ "0", 0 },
	{ "0.0", 0 },
	{ ".0", 0 },
	{ "", 0 },
	{ ".", 0 },
	/* No such number. */
	{ "..", 0 },
	{ "..5", 0 },
	{ "1..5", 0 },
	{ "1.5.", 0 },
	{ "1,5", 0 },
	{ "1e3", 0 },
	{ "1.5e3", 0 },
	{ "0x10", 0 },
	{ "-1", 0 },
	{ "+1", 0 },
	{ "1-", 0 },
	{ "0.-1", 0 },
	{ " 1", 0 },
	{ "1 ", 0 },
	{ "1\n", 0 },
	{ "1s", 0 },
	{ "inf", 0 },
	{ "nan", 0 },
	{ "\xd9\xa3", 0 }, /* a digit, but not one of these */
	{ "1\xff", 0 },
	/* The longest time: 36525 days. */
	{ "3155760000", FDP_TIMEOUT_US_MAX },
	{ "0003155760000.000000", FDP_TIMEOUT_US_MAX },
	{ "3155760000.0000009", FDP_TIMEOUT_US_MAX },
	{ "3155759999.999999", FDP_TIMEOUT_US_MAX - 1 },
	{ "3155760000.000001", 0 },
	{ "3155760001", 0 },
	{ "31557600000", 0 },
	/* What would be little if it went round at 2^64. */
	{ "18446744073710", 0 },
	{ "18446744073709551616", 0 },
	{ "18446744073709551617.5", 0 },
	{ TEN(TEN("9")), 0 },
	{ TEN(TEN("9")) ".5", 0 },
};

START_TEST(test_seconds)
{
	uint64_t found = fdp_value_seconds(seconds_rows[_i].text);

	ck_assert_msg(found == seconds_rows[_i].microseconds, "\"%s\": %llu",
		      seconds_rows[_i].text, (unsigned long long)found);
}
END_TEST

static const struct {
	const char *text;
	int number; /* 0: refused */
	bool chain;
} signal_rows[] = {
	{ "SIGUSR1", SIGUSR1, false },
	{ "USR1", SIGUSR1, false },
	{ "10", SIGUSR1, false },
	{ "SIGUSR1,chain", SIGUSR1, true },
	{ "USR1,chain", SIGUSR1, true },
	{ "10,chain", SIGUSR1, true },
	{ "1", SIGHUP, false },
	{ "01", SIGHUP, false },
	{ "IO", SIGIO, false },
	{ "SIGPOLL", SIGIO, false },
	{ "SIGSTKFLT", SIGSTKFLT, false },
	{ "34", 34, false },
	{ "64,chain", 64, true },
	/* Reports are made of these, and the last two cannot be caught. */
	{ "SEGV", 0, false },
	{ "SIGSEGV", 0, false },
	{ "SIGSEGV,chain", 0, false },
	{ "11", 0, false },
	{ "11,chain", 0, false },
	{ "KILL", 0, false },
	{ "SIGKILL", 0, false },
	{ "9", 0, false },
	{ "09", 0, false },
	{ "STOP", 0, false },
	{ "SIGSTOP", 0, false },
	{ "19", 0, false },
	/* No signals, or not the program's. */
	{ "0", 0, false },
	{ "00", 0, false },
	{ "32", 0, false },
	{ "33", 0, false },
	{ "33,chain", 0, false },
	{ "65", 0, false },
	{ "99", 0, false },
	{ "010", 0, false },
	{ "100", 0, false },
	{ "266", 0, false },
	{ "4294967306", 0, false },
	{ "-10", 0, false },
	{ "+10", 0, false },
	{ " 10", 0, false },
	{ "1 ", 0, false },
	{ "1x", 0, false },
	{ "1.", 0, false },
	{ "0x0a", 0, false },
	{ "", 0, false },
	{ "SIG", 0, false },
	{ "SIGSIGUSR1", 0, false },
	{ "usr1", 0, false },
	{ "SIGusr1", 0, false },
	{ "sigUSR1", 0, false },
	{ "USR", 0, false },
	{ "USR1x", 0, false },
	{ " USR1", 0, false },
	{ "USR1 ", 0, false },
	{ "RTMIN", 0, false },
	{ "SIGRTMIN+1", 0, false },
	{ "VTALRMVTALRM", 0, false },
	{ TEN(TEN("SIG")), 0, false },
	/* Behind the comma. */
	{ ",chain", 0, false },
	{ "SIG,chain", 0, false },
	{ ",", 0, false },
	{ "USR1,", 0, false },
	{ "USR1,chai", 0, false },
	{ "USR1,chained", 0, false },
	{ "USR1,CHAIN", 0, false },
	{ "USR1, chain", 0, false },
	{ "USR1,chain,", 0, false },
	{ "USR1,chain,chain", 0, false },
	{ "USR1,,chain", 0, false },
	{ "USR1,USR2", 0, false },
	{ "USR1 chain", 0, false },
};

START_TEST(test_dump_signal)
{
	const char *text = signal_rows[_i].text;
	bool chain;
	int number = fdp_value_dump_signal(text, &chain);

	ck_assert_msg(number == signal_rows[_i].number, "\"%s\": %d", text,
		      number);
	if (number)
		ck_assert_msg(chain == signal_rows[_i].chain, "\"%s\"", text);
}
END_TEST

static bool can_be_asked(int number)
{
	static const int others[] = { SIGSEGV, SIGBUS,	SIGFPE, SIGILL,
				      SIGABRT, SIGKILL, SIGSTOP };

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (number == others[i])
			return false;
	return true;
}

/* Each that has a name, in all its forms. */
START_TEST(test_all_signals)
{
	const int expected = can_be_asked(_i) ? _i : 0;
	char text[32];
	bool chain;

	ck_assert_ptr_nonnull(sigabbrev_np(_i));
	ck_assert_int_eq(fdp_value_dump_signal(sigabbrev_np(_i), &chain),
			 expected);
	snprintf(text, sizeof(text), "SIG%s,chain", sigabbrev_np(_i));
	ck_assert_int_eq(fdp_value_dump_signal(text, &chain), expected);
	ck_assert(chain);
	snprintf(text, sizeof(text), "%d", _i);
	ck_assert_int_eq(fdp_value_dump_signal(text, &chain), expected);
	ck_assert(!chain);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("values");
	TCase *tests = tcase_create("values");

	tcase_add_loop_test(tests, test_seconds, 0,
			    (int)ARRAY_SIZE(seconds_rows));
	tcase_add_loop_test(tests, test_dump_signal, 0,
			    (int)ARRAY_SIZE(signal_rows));
	tcase_add_loop_test(tests, test_all_signals, 1, 32);
	suite_add_tcase(suite, tests);
	return fdp_suite_run(suite);
}
