/*
 * The other signals explained, those that were sent, and what is said of the
 * signal itself.
 */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/analysis/cause.h"
#include "../../daemon/base/util.h"
#include "crashes.h"
#include "suite.h"

static const struct cause_case cases[] = {
	/* Bus errors. */
	{ .what = "past the end of a file",
	  .fault = { SIGBUS, BUS_ADRERR, 0x7e0000001000, READ },
	  .kind = "past-end-of-file",
	  .words = { "Read of 0x7e0000001000, past the end of the mapped file "
		     "(rw-s /dev/shm/ring)" } },
	{ .what = "no page in memory without a file",
	  .fault = { SIGBUS, BUS_ADRERR, 0x900010, READ },
	  .kind = "unknown",
	  .unwanted = { "file" } },
	{ .what = "misaligned",
	  .fault = { SIGBUS, BUS_ADRALN, 0, .trap = 17 },
	  .set = { IS(RAX, 0x900001) },
	  BYTES(0x8b, 0x00), /* mov eax, [rax] */
	  .kind = "misaligned-access",
	  .words = { "Misaligned access to 0x900001, with alignment checks "
		     "turned on; rax was 0x900001." } },
	{ .what = "misaligned, code unknown: no address is made up",
	  .fault = { SIGBUS, BUS_ADRALN, 0, .trap = 17 },
	  .kind = "misaligned-access",
	  .unwanted = { "0x0" } },
	{ .what = "memory has failed",
	  .fault = { SIGBUS, BUS_MCEERR_AR, 0x900000 },
	  .kind = "memory-failure" },

	/* The rest. */
	{ .what = "division by zero, the register named",
	  .fault = { SIGFPE, FPE_INTDIV, CODE, .trap = 0 },
	  .set = { IS(RCX, 0x100000000) },
	  BYTES(0xf7, 0xf9), /* idiv ecx */
	  FRAMES(in_demo),
	  .kind = "arithmetic",
	  .words = { "Integer division by zero: the low half of rcx was 0",
		     "crash_here" } },
	{ .what = "64-bit division by what is not zero",
	  .fault = { SIGFPE, FPE_INTDIV, CODE },
	  .set = { IS(RCX, (uint64_t)-1) },
	  BYTES(0x48, 0xf7, 0xf9),
	  .kind = "arithmetic",
	  .words = { "does not fit" },
	  .unwanted = { "by zero" } },
	{ .what = "64-bit division by a number with a zero low half",
	  .fault = { SIGFPE, FPE_INTDIV, CODE },
	  .set = { IS(RCX, 0x100000000) },
	  BYTES(0x48, 0xf7, 0xf9),
	  .kind = "arithmetic",
	  .unwanted = { "by zero" } },
	{ .what = "division, code unknown",
	  .fault = { SIGFPE, FPE_INTDIV, CODE },
	  .kind = "arithmetic",
	  .words = { "by zero, or of the smallest number by -1" } },
	{ .what = "floating point",
	  .fault = { SIGFPE, FPE_FLTINV, CODE },
	  .kind = "arithmetic",
	  .words = { "Invalid floating-point operation" } },
	{ .what = "ud2",
	  .fault = { SIGILL, ILL_ILLOPN, CODE },
	  BYTES(0x0f, 0x0b),
	  .kind = "illegal-instruction",
	  .words = { "ud2" } },
	{ .what = "AVX-512",
	  .fault = { SIGILL, ILL_ILLOPN, CODE },
	  BYTES(0x62, 0xf1, 0x7c, 0x48, 0x58, 0xc0),
	  .kind = "illegal-instruction",
	  .words = { "AVX-512" } },
	{ .what = "an illegal instruction that cannot be read",
	  .fault = { SIGILL, ILL_ILLOPN, CODE },
	  .kind = "illegal-instruction" },
	{ .what = "int3",
	  .fault = { SIGTRAP, SI_KERNEL, 0, .trap = 3 },
	  .kind = "trap",
	  .words = { "Breakpoint instruction" } },
	{ .what = "seccomp",
	  .fault = { SIGSYS, 1, CODE, .system_call = 59 },
	  FRAMES(in_demo),
	  .kind = "forbidden-system-call",
	  .words = { "Forbidden system call 59 (execve)", "crash_here" } },
	{ .what = "seccomp, a number that is no system call",
	  .fault = { SIGSYS, 1, CODE, .system_call = 99999 },
	  .kind = "forbidden-system-call",
	  .words = { "system call 99999:" } },

	/* abort() and signals that were sent. */
	{ .what = "glibc aborts",
	  .fault = { SIGABRT, SI_TKILL, .sender_pid = PID,
		     .abort_message = "free(): invalid pointer\n" },
	  FRAMES(in_abort),
	  .kind = "abort",
	  .words = { "aborted itself: free(): invalid pointer.",
		     "In `check_invariant` of _demo.so, called from "
		     "app.py:42" },
	  .unwanted = { "pthread_kill" } },
	{ .what = "the full stop of assert() is not said twice",
	  .fault = { SIGABRT, SI_TKILL, .sender_pid = PID,
		     .abort_message = "x.c:1: f: Assertion `a' failed.\n" },
	  FRAMES(in_abort),
	  .kind = "abort",
	  .words = { "Assertion `a' failed. In" } },
	{ .what = "abort() without a message",
	  .fault = { SIGABRT, SI_TKILL, .sender_pid = PID },
	  FRAMES(in_abort),
	  .kind = "abort",
	  .words = { "abort(). In `check_invariant` of _demo.so, called" } },
	{ .what = "the shim's abort() is nobody's",
	  .fault = { SIGABRT, SI_TKILL, .sender_pid = PID },
	  FRAMES(in_shim),
	  .kind = "abort",
	  .words = { "abort(). In `check_invariant` of _demo.so, called" },
	  .unwanted = { "libfdpreload" } },
	{ .what = "nor is the shim where a fault happened",
	  .fault = { SIGFPE, FPE_FLTINV, CODE },
	  FRAMES(in_shim),
	  .kind = "arithmetic",
	  .words = { "In `__assert_fail` of libc.so.6, called by "
		     "`check_invariant` of _demo.so" },
	  .unwanted = { "libfdpreload" } },
	{ .what = "an empty message is none",
	  .fault = { SIGABRT, SI_TKILL, .sender_pid = PID,
		     .abort_message = "\n" },
	  .kind = "abort",
	  .words = { "with abort()." } },
	{ .what = "SIGABRT from another process is no abort()",
	  .fault = { SIGABRT, SI_USER, .sender_pid = 1, .sender_uid = 0 },
	  FRAMES(in_abort),
	  .kind = "signal-sent",
	  .words = { "SIGABRT was sent by process 1 (uid 0) with kill()" },
	  .unwanted = { "check_invariant" } },
	{ .what = "kill -SEGV is never a memory error",
	  .fault = { SIGSEGV, SI_USER, 0x2b, .sender_pid = 43,
		     .sender_uid = 1000, READ },
	  .set = { IS(RAX, 0) },
	  BYTES(0x48, 0x8b, 0x40, 0x2b),
	  FRAMES(in_demo),
	  .kind = "signal-sent",
	  .words = { "SIGSEGV was sent by process 43 (uid 1000) with kill()",
		     "no instruction failed" },
	  .unwanted = { "ull pointer", "address" } },
	{ .what = "sigqueue",
	  .fault = { SIGBUS, SI_QUEUE, .sender_pid = 43 },
	  .kind = "signal-sent",
	  .words = { "sigqueue()" } },
	{ .what = "raise(SIGSEGV)",
	  .fault = { SIGSEGV, SI_TKILL, .sender_pid = PID },
	  .kind = "signal-sent",
	  .words = { "sent by the process itself with raise()" } },
	{ .what = "kill(getpid(), SIGABRT) is no abort()",
	  .fault = { SIGABRT, SI_USER, .sender_pid = PID },
	  .kind = "signal-sent",
	  .words = { "sent by the process itself with kill()" } },
	{ .what = "from outside the namespace",
	  .fault = { SIGSEGV, SI_USER, .sender_pid = 0 },
	  .kind = "signal-sent",
	  .words = { "outside this PID namespace" } },
	{ .what = "a timer has no sender",
	  .fault = { SIGSEGV, SI_TIMER, .sender_pid = 3 },
	  .kind = "signal-sent",
	  .words = { "timer" },
	  .unwanted = { "process 3" } },
	{ .what = "a signal nobody knows",
	  .fault = { 63, 1, 0 },
	  .kind = "unknown",
	  .words = { "Signal 63, code 1." } },
};

START_TEST(explains)
{
	explain(&cases[_i]);
}
END_TEST

/* What the report says of the signal itself. */
static const struct {
	struct fdp_fault fault;
	const char *name, *code_name;
	bool has_address, has_sender;
} signals[] = {
	{ { .signal = SIGSEGV, .code = SEGV_MAPERR, .address = 0 },
	  "SIGSEGV",
	  "SEGV_MAPERR",
	  true,
	  false },
	{ { .signal = SIGSEGV, .code = SI_KERNEL, .address = 0 },
	  "SIGSEGV",
	  "SI_KERNEL",
	  false,
	  false },
	{ { .signal = SIGSEGV, .code = SI_USER, .address = 5 },
	  "SIGSEGV",
	  "SI_USER",
	  false,
	  true },
	{ { .signal = SIGABRT, .code = SI_TKILL, .address = 5 },
	  "SIGABRT",
	  "SI_TKILL",
	  false,
	  true },
	{ { .signal = SIGBUS, .code = BUS_ADRALN, .address = 0 },
	  "SIGBUS",
	  "BUS_ADRALN",
	  false,
	  false },
	{ { .signal = SIGFPE, .code = FPE_INTDIV, .address = 5 },
	  "SIGFPE",
	  "FPE_INTDIV",
	  true,
	  false },
	{ { .signal = SIGTRAP, .code = SI_KERNEL, .address = 0 },
	  "SIGTRAP",
	  "SI_KERNEL",
	  false,
	  false },
	{ { .signal = SIGSYS, .code = 1, .address = 5 },
	  "SIGSYS",
	  "SYS_SECCOMP",
	  false,
	  false },
	{ { .signal = SIGSEGV, .code = 77, .address = 5 },
	  "SIGSEGV",
	  NULL,
	  true,
	  false },
	{ { .signal = 1000, .code = 1, .address = 5 },
	  NULL,
	  NULL,
	  false,
	  false },
};

START_TEST(describes_the_signal)
{
	struct fdp_thread thread = { .tid = PID };
	struct fdp_report report = { .thread_count = 0 };
	struct fdp_target *target = make_target(&signals[_i].fault, &thread);

	ck_assert_int_eq(find_cause(target, &report), 0);
	ck_assert_int_eq(report.signal.number, signals[_i].fault.signal);
	ck_assert_int_eq(report.signal.code, signals[_i].fault.code);
	ck_assert_pstr_eq(report.signal.name, signals[_i].name);
	ck_assert_pstr_eq(report.signal.code_name, signals[_i].code_name);
	ck_assert_int_eq(report.signal.has_address, signals[_i].has_address);
	ck_assert_int_eq(report.signal.has_sender, signals[_i].has_sender);
	fdp_target_free(target);
	fdp_report_done(&report);
}
END_TEST

static const struct {
	struct fdp_fault fault;
	int64_t watchdog_us;
	bool hung;
} watchdogs[] = {
	{ { .signal = SIGABRT, .code = SI_USER, .sender_pid = 1 }, 1, true },
	{ { .signal = SIGABRT, .code = SI_USER, .sender_pid = 1 }, 0, false },
	{ { .signal = SIGABRT, .code = SI_USER, .sender_pid = 2 }, 1, false },
	{ { .signal = SIGABRT,
	    .code = SI_USER,
	    .sender_pid = 1,
	    .sender_uid = 1 },
	  1,
	  false },
	{ { .signal = SIGABRT, .code = SI_TKILL, .sender_pid = 1 }, 1, false },
	{ { .signal = SIGSEGV, .code = SI_USER, .sender_pid = 1 }, 1, false },
};

START_TEST(knows_a_watchdog)
{
	struct fdp_thread thread = { .tid = PID };
	struct fdp_report report = { .kind = "crash" };
	struct fdp_target *target = make_target(&watchdogs[_i].fault, &thread);
	bool hung = watchdogs[_i].hung;

	report.process.watchdog_us = watchdogs[_i].watchdog_us;
	report.process.cgroup = "/system.slice/app.service";
	ck_assert_int_eq(find_cause(target, &report), 0);
	ck_assert_str_eq(report.kind, hung ? "hang" : "crash");
	ck_assert_str_eq(report.cause.kind, hung ? "watchdog" : "signal-sent");
	ck_assert(!hung || strstr(report.cause.text, " of app.service "));
	fdp_target_free(target);
	fdp_report_done(&report);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cause_signals");
	TCase *tcase = tcase_create("cause_signals");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, explains, 0, (int)ARRAY_SIZE(cases));
	tcase_add_loop_test(tcase, describes_the_signal, 0,
			    (int)ARRAY_SIZE(signals));
	tcase_add_loop_test(tcase, knows_a_watchdog, 0,
			    (int)ARRAY_SIZE(watchdogs));
	suite_add_tcase(suite, tcase);
	return fdp_suite_run(suite);
}
