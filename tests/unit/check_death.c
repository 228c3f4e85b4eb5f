/* The report of a death that no handler saw. */
#include <check.h>
#include <signal.h>
#include <string.h>

#include "../../daemon/analysis/death.h"
#include "../../daemon/base/util.h"
#include "fake_target.h"
#include "suite.h"

static const struct fdp_death_foreign seen[] = {
	{ SIGSEGV, 0x7f0000001234, "/opt/libgo.so", 0x1234 },
	{ SIGBUS, 1, "", 0 },
	{ SIGFPE, 0, "", 0 },
	{ SIGILL, 0x5000, "", 0 },
};

static const struct {
	int signal;
	bool dumped;
	size_t foreign; /* of those above */
	const char *text;
} deaths[] = {
	{ SIGSEGV, false, 0,
	  "SIGSEGV ended the process, and no handler of fdpreload ran. The "
	  "signal was ignored, or blocked by a means that cannot be seen, or "
	  "the handler had been replaced, or there was no room for it on the "
	  "stack where it had to run." },
	{ SIGSEGV, true, 4,
	  "SIGSEGV ended the process, which left a core, and no handler of "
	  "fdpreload ran. The program had replaced it by a raw system call: "
	  "the handler is in libgo.so." },
	{ SIGBUS, false, 4,
	  "SIGBUS ended the process, and no handler of fdpreload ran. The "
	  "program had set it to SIG_IGN by a raw system call." },
	{ SIGFPE, false, 4,
	  "SIGFPE ended the process, and no handler of fdpreload ran. The "
	  "program had set it to SIG_DFL by a raw system call." },
	{ SIGILL, false, 4,
	  "SIGILL ended the process, and no handler of fdpreload ran. The "
	  "program had replaced it by a raw system call: the handler is in no "
	  "file that is known." },
	{ SIGSYS, false, 4,
	  "SIGSYS ended the process, and no handler of fdpreload ran. Most "
	  "likely a seccomp filter ended it, which asks no handler." },
};

START_TEST(says_why_there_is_no_stack)
{
	const struct fdp_death death = {
		.id = "an-id",
		.time_us = 1000000,
		.signal = deaths[_i].signal,
		.dumped = deaths[_i].dumped,
		.foreign = seen,
		.foreign_count = deaths[_i].foreign,
	};
	struct fdp_target *target = fake_target_new();
	struct fdp_report report;

	memset(&report, 0, sizeof(report));
	ck_assert_int_eq(fdp_analyse_death(target, &death, &report), 0);
	ck_assert_str_eq(report.cause.kind, "no-handler");
	ck_assert_str_eq(report.cause.text, deaths[_i].text);
	ck_assert_str_eq(report.kind, "death");
	ck_assert_str_eq(report.id, "an-id");
	ck_assert_int_eq(report.signal.number, deaths[_i].signal);
	ck_assert(report.signal.code_unknown);
	ck_assert_uint_eq(report.foreign_count, deaths[_i].foreign);
	ck_assert_uint_eq(report.thread_count, 0);
	ck_assert(!report.capture.complete);
	fdp_report_done(&report);
	fdp_target_free(target);
}
END_TEST

START_TEST(keeps_facts_and_handlers)
{
	const struct fdp_death death = {
		.id = "an-id",
		.signal = SIGSEGV,
		.foreign = seen,
		.foreign_count = ARRAY_SIZE(seen),
	};
	struct fdp_target *target = fake_target_new();
	const struct fdp_handler *handler;
	struct fdp_report report;

	fake_target_fact(target, "link/exe", "/usr/bin/python3");
	memset(&report, 0, sizeof(report));
	ck_assert_int_eq(fdp_analyse_death(target, &death, &report), 0);
	ck_assert_str_eq(report.process.exe, "/usr/bin/python3");
	ck_assert_ptr_null(report.process.cwd);
	handler = &report.foreign[0].handler;
	ck_assert_str_eq(report.foreign[0].action, "handler");
	ck_assert_str_eq(handler->module->path, "/opt/libgo.so");
	ck_assert_uint_eq(handler->address - handler->module->bias, 0x1234);
	ck_assert_str_eq(report.foreign[1].action, "ignore");
	ck_assert_str_eq(report.foreign[2].action, "default");
	ck_assert_ptr_null(report.foreign[3].handler.module);
	fdp_report_done(&report);
	fdp_target_free(target);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("death");
	TCase *tests = tcase_create("death");

	tcase_add_loop_test(tests, says_why_there_is_no_stack, 0,
			    (int)ARRAY_SIZE(deaths));
	tcase_add_test(tests, keeps_facts_and_handlers);
	suite_add_tcase(suite, tests);
	return fdp_suite_run(suite);
}
