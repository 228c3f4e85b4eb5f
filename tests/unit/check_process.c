/*
 * The process: facts of /proc taken apart, hostile names included, and command
 * lines without their secrets.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/analysis/process.h"
#include "../../daemon/base/util.h"
#include "fake_target.h"
#include "suite.h"

/* Arguments are separated by '|' here and by NUL in the process. */
static const struct {
	const char *arguments;
	const char *shown;
} lines[] = {
	{ "python3|app.py|-v", "python3 app.py -v" },
	{ "python3|-c|print('a b')", "python3 -c 'print('\\''a b'\\'')'" },
	{ "a||b", "a '' b" },
	{ "rm|*.py|$HOME|a;b", "rm '*.py' '$HOME' 'a;b'" },
	{ "größe", "'größe'" },
	{ "x|--password=hunter2|y", "x --password=*** y" },
	{ "x|--PASSWORD=hunter2", "x --PASSWORD=***" },
	{ "x|--password|hunter2|y", "x --password *** y" },
	{ "x|--password|--verbose", "x --password --verbose" },
	{ "x|--no-password|app.py", "x --no-password app.py" },
	{ "x|--db-password=a b", "x --db-password=***" },
	{ "x|DB_PASSWORD=a", "x DB_PASSWORD=***" },
	{ "x|--token=a|--api-key=b|--apikey=c",
	  "x --token=*** --api-key=*** --apikey=***" },
	{ "x|--api_key|b", "x --api_key ***" },
	{ "x|--client-secret=a", "x --client-secret=***" },
	{ "x|-p|hunter2", "x -p ***" },
	{ "x|-p|8080", "x -p 8080" },
	{ "x|postgres://me:hunter2@db/app?x=1",
	  "x 'postgres://me:***@db/app?x=1'" },
	{ "x|http://host:80/a@b", "x http://host:80/a@b" },
	{ "x|-c|connect(password = 'hunter2')",
	  "x -c 'connect(password =***'" },
	{ "x|{\"password\": \"hunter2\"}", "x '{\"password\":***'" },
	{ "x|-H|Authorization: Bearer abc", "x -H Authorization:***" },
	{ "x|--accessToken=a|--tokenValue=b|--tokensize=3",
	  "x --accessToken=*** --tokenValue=*** --tokensize=3" },
	{ "x|--tokenizer=bert|--tokenizer|bert",
	  "x --tokenizer=bert --tokenizer bert" },
	{ "x|passwords.txt|y", "x passwords.txt y" },
	{ "--password|a|b", "--password *** b" },
};

START_TEST(shows_command_lines)
{
	struct fdp_arena arena = { 0 };
	size_t size = strlen(lines[_i].arguments) + 1;
	char *bytes = strdup(lines[_i].arguments);
	char *shown;

	for (size_t i = 0; i < size; i++)
		bytes[i] = bytes[i] == '|' ? '\0' : bytes[i];
	shown = fdp_command_line(&arena, bytes, size);
	ck_assert_str_eq(shown, lines[_i].shown);
	/* /proc/PID/cmdline need not end with a NUL. */
	shown = fdp_command_line(&arena, bytes, size - 1);
	ck_assert_str_eq(shown, lines[_i].shown);
	free(bytes);
	fdp_arena_done(&arena);
}
END_TEST

START_TEST(cuts_long_command_lines)
{
	const size_t size = 2 << 20;
	struct fdp_arena arena = { 0 };
	char *bytes = malloc(size);
	char *shown;

	ck_assert_ptr_nonnull(bytes);
	memset(bytes, 'a', size);
	shown = fdp_command_line(&arena, bytes, size);
	ck_assert_uint_lt(strlen(shown), 10000);
	ck_assert_str_eq(shown + strlen(shown) - 5, "a ...");
	free(bytes);
	fdp_arena_done(&arena);
}
END_TEST

#define STAT_TAIL                                                              \
	" S 4700 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 3 0 400 1 2 3\n"

/* What each fact makes of it; "" is a fact that is not there. */
static const struct {
	const char *what, *stat, *status, *cgroup;
	const char *comm, *shown_cgroup;
	int ppid;
	long uid, gid;
	int64_t start_us;
} facts[] = {
	{ "plain", "4711 (python3)" STAT_TAIL,
	  "Name:\tpython3\nUid:\t1000\t0\t0\t0\nGid:\t1001\t0\t0\t0\n",
	  "0::/system.slice/app.service\n", "python3",
	  "/system.slice/app.service", 4700, 1000, 1001, 5000000 },
	{ "a name that looks like the fields behind it",
	  "4711 (a) R 1 2 (b) c)" STAT_TAIL,
	  "Name:\ta\\nUid:\t0\nUid:\t7\t0\nGid:\t8\t0\n", "", "a) R 1 2 (b) c",
	  NULL, 4700, 7, 8, 5000000 },
	{ "nothing there", "", "", "", NULL, NULL, FDP_UNKNOWN, FDP_UNKNOWN,
	  FDP_UNKNOWN, FDP_UNKNOWN },
	{ "cut off", "4711 (a) S 47", "\nUid:\t", "0::", "a", "", 47,
	  FDP_UNKNOWN, FDP_UNKNOWN, FDP_UNKNOWN },
	{ "no parentheses", "4711 a S 1 2 3", "Uid", "x", NULL, NULL,
	  FDP_UNKNOWN, FDP_UNKNOWN, FDP_UNKNOWN, FDP_UNKNOWN },
	{ "parentheses the wrong way round", "4711 )a( S", "", "\n\n", NULL,
	  NULL, FDP_UNKNOWN, FDP_UNKNOWN, FDP_UNKNOWN, FDP_UNKNOWN },
	{ "numbers that do not fit",
	  "1 (a) S 99999999999 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 3 0 "
	  "9223372036854775807 1",
	  "\nUid:\t99999999999\n\nGid:\t-5\n", "", "a", NULL, FDP_UNKNOWN,
	  FDP_UNKNOWN, FDP_UNKNOWN, FDP_UNKNOWN },
	{ "version 1: systemd's own hierarchy", "", "",
	  "12:memory:/m\n1:name=systemd:/user.slice/a:b\n0::/\n", NULL,
	  "/user.slice/a:b", FDP_UNKNOWN, FDP_UNKNOWN, FDP_UNKNOWN,
	  FDP_UNKNOWN },
	{ "version 1: any hierarchy but the root", "", "",
	  "3:cpu:/\n2:memory:/docker/1\n0::/\n", NULL, "/docker/1", FDP_UNKNOWN,
	  FDP_UNKNOWN, FDP_UNKNOWN, FDP_UNKNOWN },
	{ "the root is better than nothing", "", "", "0::/\n", NULL, "/",
	  FDP_UNKNOWN, FDP_UNKNOWN, FDP_UNKNOWN, FDP_UNKNOWN },
};

static void set(struct fdp_target *target, const char *key, const char *value)
{
	if (*value)
		fake_target_fact(target, key, value);
}

START_TEST(reads_facts)
{
	struct fdp_target *target = fake_target_new();
	struct fdp_report report = { .time_us = 7500000 };

	target->pid = 4711;
	set(target, "proc/stat", facts[_i].stat);
	set(target, "proc/status", facts[_i].status);
	set(target, "proc/cgroup", facts[_i].cgroup);
	set(target, "host/boot-time-us", "1000000");
	set(target, "link/exe", "/usr/bin/python3 (deleted)");
	ck_assert_int_eq(fdp_process_read(target, &report), 0);
	ck_assert_pstr_eq(report.process.comm, facts[_i].comm);
	ck_assert_pstr_eq(report.process.cgroup, facts[_i].shown_cgroup);
	ck_assert_str_eq(report.process.exe, "/usr/bin/python3 (deleted)");
	ck_assert_ptr_null(report.process.cwd);
	ck_assert_ptr_null(report.process.cmdline);
	ck_assert_int_eq(report.process.pid, 4711);
	ck_assert_int_eq(report.process.ppid, facts[_i].ppid);
	ck_assert_int_eq(report.process.uid, facts[_i].uid);
	ck_assert_int_eq(report.process.gid, facts[_i].gid);
	ck_assert_int_eq(report.process.start_time_us, facts[_i].start_us);
	ck_assert_double_eq(report.process.uptime_s,
			    facts[_i].start_us < 0 ? -1 : 2.5);
	fdp_report_done(&report);
	fdp_target_free(target);
}
END_TEST

/* The clock was set back: the process is not younger than nothing. */
START_TEST(has_no_negative_uptime)
{
	struct fdp_target *target = fake_target_new();
	struct fdp_report report = { .time_us = 3000000 };

	set(target, "proc/stat", "4711 (a)" STAT_TAIL);
	set(target, "host/boot-time-us", "1000000");
	ck_assert_int_eq(fdp_process_read(target, &report), 0);
	ck_assert_int_eq(report.process.start_time_us, 5000000);
	ck_assert_double_eq(report.process.uptime_s, FDP_UNKNOWN);
	fdp_report_done(&report);
	fdp_target_free(target);
}
END_TEST

/* A sentence is said once, and their number is bounded. */
START_TEST(missing_is_bounded)
{
	struct fdp_report report = { .capture.complete = true };

	fdp_report_missing(&report, "a %d", 1);
	fdp_report_missing(&report, "a 1");
	ck_assert(!report.capture.complete);
	ck_assert_uint_eq(report.capture.missing_count, 1);
	ck_assert_str_eq(report.capture.missing[0], "a 1");
	for (int i = 0; i < 1000; i++)
		fdp_report_missing(&report, "b %d", i);
	ck_assert_uint_eq(report.capture.missing_count, 64);
	ck_assert_str_eq(report.capture.missing[63],
			 "more reasons than are listed here");
	fdp_report_done(&report);
	ck_assert_uint_eq(report.capture.missing_count, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("process");
	TCase *tcase = tcase_create("process");

	tcase_add_loop_test(tcase, shows_command_lines, 0,
			    (int)ARRAY_SIZE(lines));
	tcase_add_test(tcase, cuts_long_command_lines);
	tcase_add_loop_test(tcase, reads_facts, 0, (int)ARRAY_SIZE(facts));
	tcase_add_test(tcase, has_no_negative_uptime);
	tcase_add_test(tcase, missing_is_bounded);
	suite_add_tcase(suite, tcase);
	return fdp_suite_run(suite);
}
