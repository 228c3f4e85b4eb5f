/* What a report says of the program's own handlers. */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/analysis/handlers.h"
#include "../../daemon/base/util.h"
#include "fake_target.h"
#include "suite.h"

#define PID 4711
#define OTHER 4712
#define HANDLER 0x7f1200001100

#define FIRST                                                                  \
	"The program's handler `on_fault` of _demo.so had the signal first"

static struct fdp_module demo = { .start = 0x7f1200000000,
				  .end = 0x7f1200005000,
				  .bias = 0x7f1200000000,
				  .path = "/srv/_demo.so" };
static struct fdp_thread threads[] = { { .tid = PID }, { .tid = OTHER } };
static struct fdp_thread reordered[] = { { .tid = OTHER }, { .tid = PID } };

static struct fdp_target *target;
static struct fdp_report report;
static struct fdp_symbols *symbols;

static void setup(void)
{
	target = fake_target_new();
	target->pid = PID;
	target->threads = threads;
	target->thread_count = 2;
	memset(&report, 0, sizeof(report));
	report.modules = &demo;
	report.module_count = 1;
	fake_target_fact(target, "symbol/7f1200001100",
			 "on_fault\t0\t/src/demo.c\t3\t\n");
	ck_assert_int_eq(fdp_symbols_new(target, &report, 0, &symbols), 0);
}

static void teardown(void)
{
	fdp_symbols_free(symbols);
	fdp_target_free(target);
	fdp_report_done(&report);
}

/* A SIGSEGV that the handler had first, and what came of it. */
static const struct {
	const char *what;
	struct fdp_fault last;
	bool deferred, elsewhere;
	const char *text;
} outcomes[] = {
	{ "raise()",
	  { SIGSEGV, SI_TKILL, .sender_pid = PID },
	  .text = FIRST ", gave up and sent SIGSEGV again." },
	{ "raise() that came when it returned",
	  { SIGSEGV, SI_TKILL, .sender_pid = PID },
	  .deferred = true,
	  .text = FIRST ", gave up and sent SIGSEGV again." },
	{ "kill(getpid()) that another thread got",
	  { SIGSEGV, SI_USER, .sender_pid = PID },
	  .elsewhere = true,
	  .text = FIRST ", gave up and sent SIGSEGV again, which thread 4711 "
			"got." },
	{ "SIG_DFL, and it returned",
	  { SIGSEGV, SEGV_MAPERR, .address = 0x10 },
	  .deferred = true,
	  .text = FIRST " and returned, and the instruction failed again." },
	{ "abort()",
	  { SIGABRT, SI_TKILL, .sender_pid = PID },
	  .text = FIRST ", and the process aborted (SIGABRT)." },
	{ "an abort with a message",
	  { SIGABRT, SI_TKILL, .sender_pid = PID,
	    .abort_message = "free(): invalid pointer\n" },
	  .text = FIRST ", and the process aborted (SIGABRT): free(): invalid "
			"pointer." },
	{ "another signal",
	  { SIGFPE, SI_TKILL, .sender_pid = PID },
	  .text = FIRST ", gave up and sent SIGFPE." },
	{ "a fault in the handler",
	  { SIGBUS, BUS_ADRERR, .address = 0x7000 },
	  .text = FIRST ", and failed itself: SIGBUS (BUS_ADRERR) at address "
			"0x7000." },
	{ "the same fault in the handler",
	  { .signal = SIGSEGV, .code = SI_KERNEL },
	  .text = FIRST ", and failed itself: SIGSEGV (SI_KERNEL)." },
	{ "a signal that nobody knows",
	  { .signal = 63, .code = 77 },
	  .text = FIRST ", and failed itself: another signal (code not "
			"known)." },
	{ "from another process meanwhile",
	  { SIGSEGV, SI_USER, .sender_pid = 17 },
	  .text = FIRST ", and had not given up when SIGSEGV came from "
			"elsewhere (process 17)." },
};

START_TEST(says_what_came_of_it)
{
	struct fdp_subject subject = {
		.fault = { SIGSEGV, SEGV_MAPERR, 0x10, .handler = HANDLER },
		.is_noted = true,
		.threads = outcomes[_i].elsewhere ? reordered : threads,
		.thread_count = 2,
	};

	target->fault = outcomes[_i].last;
	target->noted.deferred = outcomes[_i].deferred;
	ck_assert_int_eq(fdp_handlers_fill(target, &subject, symbols, &report),
			 0);
	ck_assert_msg(strcmp(report.handler_text, outcomes[_i].text) == 0,
		      "%s: \"%s\"", outcomes[_i].what, report.handler_text);
	ck_assert_uint_eq(report.handler.address, HANDLER);
	ck_assert_ptr_eq(report.handler.module, &demo);
	ck_assert_str_eq(report.handler.function, "on_fault");
	ck_assert_uint_eq(report.foreign_count, 0);
}
END_TEST

/* Where the handler lies, as far as it is known. */
static const struct {
	uint64_t address;
	bool no_symbols;
	const char *function, *words;
} places[] = {
	{ HANDLER, false, "on_fault", "(`on_fault` of _demo.so) returned" },
	{ HANDLER, true, NULL, "(_demo.so+0x1100) returned" },
	/* In the middle of something: that is not its name. */
	{ 0x7f1200002200, false, NULL, "(_demo.so+0x2200) returned" },
	{ 0x1234, false, NULL, "(0x1234) returned" },
	{ 0, false, NULL, "handler of SIGABRT returned" },
};

START_TEST(handler_of_abort_returned)
{
	struct fdp_subject subject = {
		.fault = { SIGABRT, SI_TKILL, .handler = places[_i].address,
			   .handler_returned = true },
		.threads = threads,
		.thread_count = 2,
	};

	fake_target_fact(target, "symbol/7f1200002200", "other\t12\t\t\t\n");
	target->fault = subject.fault;
	ck_assert_int_eq(
		fdp_handlers_fill(target, &subject,
				  places[_i].no_symbols ? NULL : symbols,
				  &report),
		0);
	ck_assert_ptr_nonnull(strstr(report.handler_text, places[_i].words));
	ck_assert_ptr_nonnull(
		strstr(report.handler_text, "abort() then ended the process."));
	ck_assert_pstr_eq(report.handler.function, places[_i].function);
	ck_assert_uint_eq(report.handler.address, places[_i].address);
}
END_TEST

/* The handler of a note that did not hold has nothing to do with it. */
START_TEST(no_handler)
{
	struct fdp_subject subject = {
		.fault = { SIGABRT, SI_TKILL, .handler = HANDLER },
		.threads = threads,
		.thread_count = 2,
	};

	target->fault = subject.fault;
	ck_assert_int_eq(fdp_handlers_fill(target, &subject, symbols, &report),
			 0);
	ck_assert_ptr_null(report.handler_text);
	ck_assert_uint_eq(report.handler.address, 0);
}
END_TEST

START_TEST(foreign)
{
	struct fdp_foreign_action actions[] = { { SIGSEGV, HANDLER },
						{ SIGBUS, 0 },
						{ SIGFPE, 1 },
						{ 63, 0x1234 } };
	struct fdp_subject subject = { .threads = threads, .thread_count = 2 };
	static const char *const words[] = { "handler", "default", "ignore",
					     "handler" };

	target->foreign = actions;
	target->foreign_count = ARRAY_SIZE(actions);
	ck_assert_int_eq(fdp_handlers_fill(target, &subject, symbols, &report),
			 0);
	ck_assert_uint_eq(report.foreign_count, ARRAY_SIZE(actions));
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		ck_assert_int_eq(report.foreign[i].signal, actions[i].signal);
		ck_assert_str_eq(report.foreign[i].action, words[i]);
	}
	ck_assert_str_eq(report.foreign[0].name, "SIGSEGV");
	ck_assert_str_eq(report.foreign[0].handler.function, "on_fault");
	ck_assert_ptr_eq(report.foreign[0].handler.module, &demo);
	ck_assert_uint_eq(report.foreign[1].handler.address, 0);
	ck_assert_uint_eq(report.foreign[2].handler.address, 0);
	ck_assert_ptr_null(report.foreign[3].name);
	ck_assert_ptr_null(report.foreign[3].handler.module);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("handlers");
	TCase *tests = tcase_create("handlers");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, says_what_came_of_it, 0,
			    (int)ARRAY_SIZE(outcomes));
	tcase_add_loop_test(tests, handler_of_abort_returned, 0,
			    (int)ARRAY_SIZE(places));
	tcase_add_test(tests, no_handler);
	tcase_add_test(tests, foreign);
	suite_add_tcase(suite, tests);
	return fdp_suite_run(suite);
}
