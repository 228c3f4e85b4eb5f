/* What frame 1 says of handlers: into a target, through a capture and back. */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ucontext.h>
#include <unistd.h>

#include "../../daemon/base/util.h"
#include "../../daemon/capture/crash.h"
#include "../../daemon/capture/fdpcap.h"
#include "fake_target.h"
#include "suite.h"

#define PID 4711
#define TID 4713

/* A SIGABRT that thread TID sent to itself, nothing more. */
static struct fdp_crash plain_crash(void)
{
	struct fdp_crash crash = { .pid = PID, .tid = TID, .signal = SIGABRT };
	siginfo_t info = { .si_signo = SIGABRT, .si_code = SI_TKILL };

	info.si_pid = PID;
	info.si_uid = 1000;
	memcpy(crash.siginfo, &info, sizeof(info));
	crash.gregs[REG_RIP] = 0x1234;
	memcpy(crash.comm, "worker", 7);
	return crash;
}

/* SIGSEGV at 0x10, in another thread, whose handler has returned. */
static struct fdp_crash noted_crash(void)
{
	struct fdp_crash crash = plain_crash();
	siginfo_t info = { .si_signo = SIGSEGV, .si_code = SEGV_MAPERR };

	info.si_addr = (void *)0x10;
	crash.handler = 0x5000;
	crash.flags = FDP_CRASH_BLOCKED | FDP_CRASH_RETURNED;
	crash.noted.flags = FDP_NOTED_PRESENT | FDP_NOTED_DEFERRED;
	crash.noted.tid = TID + 1;
	crash.noted.context_address = 0x7000;
	crash.noted.handler = 0x6000;
	memcpy(crash.noted.siginfo, &info, sizeof(crash.noted.siginfo));
	crash.noted.gregs[REG_RIP] = 0xabc;
	crash.noted.gregs[REG_RSP] = 0xdef0;
	crash.noted.gregs[REG_TRAPNO] = 14;
	crash.noted.gregs[REG_ERR] = 6;
	crash.foreign[0] = (struct fdp_foreign){ SIGSEGV, 0, 0x9000 };
	crash.foreign[1] = (struct fdp_foreign){ SIGBUS, 0, 1 };
	return crash;
}

static struct fdp_target *target_of(const struct fdp_crash *crash)
{
	struct fdp_target *target = fake_target_new();

	target->pid = PID;
	target->threads =
		fdp_arena_alloc(&target->arena, sizeof(*target->threads));
	target->thread_count = 1;
	fdp_crash_set_thread(&target->threads[0], crash);
	fdp_crash_set_fault(target, crash);
	return target;
}

static void check_death(const struct fdp_target *target)
{
	ck_assert_int_eq(target->fault.signal, SIGABRT);
	ck_assert_int_eq(target->fault.code, SI_TKILL);
	ck_assert_int_eq(target->fault.sender_pid, PID);
	ck_assert_uint_eq(target->fault.sender_uid, 1000);
	ck_assert_int_eq(target->threads[0].tid, TID);
	ck_assert(target->threads[0].crashed);
	ck_assert_str_eq(target->threads[0].name, "worker");
	ck_assert_uint_eq(target->threads[0].registers.general[FDP_REGISTER_PC],
			  0x1234);
}

static void check_handlers(const struct fdp_target *target)
{
	const struct fdp_noted_fault *noted = &target->noted;

	ck_assert(target->fault.blocked && target->fault.handler_returned);
	ck_assert_uint_eq(target->fault.handler, 0x5000);
	ck_assert(noted->present && noted->deferred);
	ck_assert_int_eq(noted->tid, TID + 1);
	ck_assert_uint_eq(noted->context_address, 0x7000);
	ck_assert_int_eq(noted->fault.signal, SIGSEGV);
	ck_assert_int_eq(noted->fault.code, SEGV_MAPERR);
	ck_assert_uint_eq(noted->fault.address, 0x10);
	ck_assert_uint_eq(noted->fault.handler, 0x6000);
	ck_assert_uint_eq(noted->fault.trap, 14);
	ck_assert_uint_eq(noted->fault.error, 6);
	ck_assert_uint_eq(noted->registers.general[FDP_REGISTER_PC], 0xabc);
	ck_assert_uint_eq(noted->registers.general[FDP_REGISTER_SP], 0xdef0);
	ck_assert_uint_eq(target->foreign_count, 2);
	ck_assert_int_eq(target->foreign[0].signal, SIGSEGV);
	ck_assert_uint_eq(target->foreign[0].handler, 0x9000);
	ck_assert_int_eq(target->foreign[1].signal, SIGBUS);
	ck_assert_uint_eq(target->foreign[1].handler, 1);
}

static void check_no_handlers(struct fdp_target *target)
{
	ck_assert(!target->fault.blocked && !target->fault.handler_returned);
	ck_assert_uint_eq(target->fault.handler, 0);
	ck_assert(!target->noted.present);
	ck_assert_uint_eq(target->foreign_count, 0);
}

START_TEST(no_handler)
{
	struct fdp_crash crash = plain_crash();
	struct fdp_target *target = target_of(&crash);
	const char *value;

	check_death(target);
	check_no_handlers(target);
	ck_assert_int_eq(
		fdp_target_fact(target, "crash/handlers", &value, NULL),
		-ENOENT);
	fdp_target_free(target);
}
END_TEST

START_TEST(handlers)
{
	struct fdp_crash crash = noted_crash();
	struct fdp_target *target = target_of(&crash);

	check_death(target);
	check_handlers(target);
	fdp_target_free(target);
}
END_TEST

/* What TARGET, which is freed, is after it was recorded. */
static struct fdp_target *recorded(struct fdp_target *target)
{
	_cleanup_close_ int fd = memfd_create("capture", 0);
	struct fdp_target *again;

	ck_assert_int_eq(fdp_record(target, fd), 0);
	fdp_target_free(target);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	ck_assert_int_eq(fdp_replay_new(fd, &again), 0);
	return again;
}

START_TEST(replayed)
{
	struct fdp_crash with = noted_crash(), without = plain_crash();
	struct fdp_target *target = recorded(target_of(&with));

	check_death(target);
	check_handlers(target);
	fdp_target_free(target);
	target = recorded(target_of(&without));
	check_death(target);
	check_no_handlers(target);
	fdp_target_free(target);
}
END_TEST

/* Each alone is worth a note. */
START_TEST(one_at_a_time)
{
	struct fdp_crash rows[4];
	struct fdp_target *target;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		rows[i] = plain_crash();
	rows[0].handler = 7;
	rows[1].flags = FDP_CRASH_BLOCKED;
	rows[2].noted = noted_crash().noted;
	rows[3].foreign[0].signal = SIGFPE;
	target = recorded(target_of(&rows[_i]));
	ck_assert_int_eq(target->fault.handler == 7, _i == 0);
	ck_assert_int_eq(target->fault.blocked, _i == 1);
	ck_assert_int_eq(target->noted.present, _i == 2);
	ck_assert_uint_eq(target->foreign_count, _i == 3);
	fdp_target_free(target);
}
END_TEST

/* A note that cannot be one is none. */
static const struct {
	int32_t signal;
	uint32_t flags, tid;
} bad_notes[] = {
	{ 0, FDP_NOTED_PRESENT, TID },
	{ -1, FDP_NOTED_PRESENT, TID },
	{ NSIG, FDP_NOTED_PRESENT, TID },
	{ SIGSEGV, FDP_NOTED_DEFERRED | FDP_NOTED_ELSEWHERE, TID },
	{ SIGSEGV, FDP_NOTED_PRESENT, 0 },
	{ SIGSEGV, FDP_NOTED_PRESENT, UINT32_MAX },
};

START_TEST(bad_note)
{
	struct fdp_crash crash = noted_crash();
	struct fdp_target *target;

	crash.noted.flags = bad_notes[_i].flags;
	crash.noted.tid = bad_notes[_i].tid;
	memcpy(crash.noted.siginfo, &bad_notes[_i].signal, sizeof(int32_t));
	target = target_of(&crash);
	ck_assert(!target->noted.present);
	ck_assert_uint_eq(target->foreign_count, 2);
	fdp_target_free(target);
}
END_TEST

START_TEST(foreign_limits)
{
	struct fdp_crash crash = plain_crash();
	struct fdp_target *target;

	for (int i = 0; i < FDP_FOREIGN_MAX; i++)
		crash.foreign[i].signal = 64 - i;
	target = target_of(&crash);
	ck_assert_uint_eq(target->foreign_count, FDP_FOREIGN_MAX);
	fdp_target_free(target);
	crash.foreign[3].signal = NSIG;
	target = target_of(&crash);
	ck_assert_uint_eq(target->foreign_count, 3);
	fdp_target_free(target);
}
END_TEST

/* Another size is another version of ours, or nobody's. */
START_TEST(fact_of_another_size)
{
	struct fdp_target *target = fake_target_new();
	char bytes[385];

	memset(bytes, 0xff, sizeof(bytes));
	ck_assert_int_eq(
		fdp_target_note(target, "crash/handlers", bytes, (size_t)_i),
		0);
	fdp_crash_load_handlers(target);
	check_no_handlers(target);
	fdp_target_free(target);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("crash");
	TCase *tests = tcase_create("crash");

	tcase_add_test(tests, no_handler);
	tcase_add_test(tests, handlers);
	tcase_add_test(tests, replayed);
	tcase_add_loop_test(tests, one_at_a_time, 0, 4);
	tcase_add_loop_test(tests, bad_note, 0, (int)ARRAY_SIZE(bad_notes));
	tcase_add_test(tests, foreign_limits);
	tcase_add_loop_test(tests, fact_of_another_size, 383, 384);
	tcase_add_loop_test(tests, fact_of_another_size, 385, 386);
	tcase_add_loop_test(tests, fact_of_another_size, 0, 1);
	suite_add_tcase(suite, tests);
	return fdp_suite_run(suite);
}
