/* The text of /proc/PID/task/TID/syscall, and registers that become one. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "../../daemon/system_call.h"
#include "fake_target.h"
#include "suite.h"

#define CODE UINT64_C(0x401000)
#define PC (CODE + 7)

#define FUTEX_TEXT                                                             \
	"202 0x7f00deadbee0 0x189 0x0 0x0 0x0 0xffffffff 0x7ffc00001000 "      \
	"0x401007"

/* mov $202,%eax; syscall */
static const uint8_t futex_code[] = { 0xb8, 0xca, 0, 0, 0, 0x0f, 0x05 };

START_TEST(test_parse)
{
	struct fdp_system_call call;

	ck_assert_int_eq(fdp_system_call_parse(FUTEX_TEXT, &call), 0);
	ck_assert(call.inside);
	ck_assert_int_eq(call.number, 202);
	ck_assert_uint_eq(call.arguments[0], 0x7f00deadbee0);
	ck_assert_uint_eq(call.arguments[1], 0x189);
	ck_assert_uint_eq(call.arguments[5], 0xffffffff);
	ck_assert_uint_eq(call.sp, 0x7ffc00001000);
	ck_assert_uint_eq(call.pc, PC);
}
END_TEST

START_TEST(test_parse_outside)
{
	struct fdp_system_call call;

	ck_assert_int_eq(fdp_system_call_parse("running", &call), 0);
	ck_assert(!call.inside);
	ck_assert_int_eq(call.number, -1);
	ck_assert_int_eq(fdp_system_call_parse("-1 0x7ffc1000 0x401007", &call),
			 0);
	ck_assert(!call.inside);
	ck_assert_uint_eq(call.sp, 0x7ffc1000);
	ck_assert_uint_eq(call.pc, PC);
}
END_TEST

static const char *const damaged[] = {
	"",
	"runs",
	"202",
	"202 0x1",
	"202 0x1 0x2 0x3 0x4 0x5 0x6 0x7",
	"202 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x8 0x9",
	"202 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x8\n",
	"202 0x1 0x2 0x3 0x4 0x5 0x6 0x7 8",
	"202 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x",
	"202 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x11111111111111111",
	"99999999999999999999 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x8",
	"-2 0x1 0x2",
	"-1 0x1",
	"x 0x1 0x2",
};

START_TEST(test_parse_damaged)
{
	struct fdp_system_call call = { .number = 77 };

	ck_assert_int_eq(fdp_system_call_parse(damaged[_i], &call), -EBADMSG);
	ck_assert_int_eq(call.number, 77);
}
END_TEST

START_TEST(test_format)
{
	struct fdp_system_call call;
	char text[FDP_SYSTEM_CALL_TEXT];

	ck_assert_int_eq(fdp_system_call_parse(FUTEX_TEXT, &call), 0);
	fdp_system_call_format(&call, text);
	ck_assert_str_eq(text, FUTEX_TEXT);
	memset(&call, 0xff, sizeof(call));
	call.inside = true;
	call.number = INT64_MAX;
	fdp_system_call_format(&call, text);
	ck_assert_int_eq(fdp_system_call_parse(text, &call), 0);
	ck_assert_int_eq(call.number, INT64_MAX);
	ck_assert_uint_eq(call.pc, UINT64_MAX);
	call.inside = false;
	fdp_system_call_format(&call, text);
	ck_assert_str_eq(text, "running");
}
END_TEST

START_TEST(test_names)
{
	ck_assert_str_eq(fdp_system_call_name(202), "futex");
	ck_assert_str_eq(fdp_system_call_name(281), "epoll_pwait");
	ck_assert_ptr_null(fdp_system_call_name(39));
	ck_assert_ptr_null(fdp_system_call_name(-1));
	ck_assert_int_eq(fdp_system_call_kind(202), FDP_CALL_FUTEX);
	ck_assert_int_eq(fdp_system_call_kind(0), FDP_CALL_DESCRIPTOR);
	ck_assert_int_eq(fdp_system_call_kind(39), FDP_CALL_OTHER);
}
END_TEST

static struct fdp_registers registers_at(uint64_t pc, uint64_t rax)
{
	struct fdp_registers registers = { 0 };

	registers.general[FDP_REGISTER_PC] = pc;
	registers.general[FDP_REGISTER_RAX] = rax;
	registers.general[FDP_REGISTER_RDI] = 0x5000;
	registers.general[10] = 0x6000;
	return registers;
}

static const struct {
	uint64_t pc, rax;
	int64_t number; /* -1: nothing is known */
} interrupted[] = {
	{ PC, (uint64_t)-EINTR, 202 }, /* it has failed by the signal */
	{ PC, (uint64_t)-ETIMEDOUT, 202 },
	{ PC - 2, 202, 202 }, /* it will be made again */
	{ PC - 2, 35, 35 },   /* whatever the code before says */
	{ PC, 0, -1 },	      /* it has returned */
	{ PC, 202, -1 },      /* has returned a number */
	{ PC - 2, (uint64_t)-EINTR, -1 },
	{ PC + 0x100, (uint64_t)-EINTR, -1 }, /* other code */
	{ 0x10, 202, -1 },		      /* none that can be read */
	{ 1, (uint64_t)-EINTR, -1 },
};

START_TEST(test_interrupted)
{
	struct fdp_target *target = fake_target_new();
	struct fdp_registers registers =
		registers_at(interrupted[_i].pc, interrupted[_i].rax);
	struct fdp_system_call call = { .number = -1 };
	bool known;

	fake_target_write(target, CODE, futex_code, sizeof(futex_code));
	known = fdp_system_call_interrupted(target, &registers, &call);
	ck_assert_int_eq(known, interrupted[_i].number >= 0);
	ck_assert_int_eq(call.number, interrupted[_i].number);
	if (known) {
		ck_assert(call.inside);
		ck_assert_uint_eq(call.arguments[0], 0x5000);
		ck_assert_uint_eq(call.arguments[3], 0x6000);
	}
	fdp_target_free(target);
}
END_TEST

START_TEST(test_resolve)
{
	struct fdp_target *target = fake_target_new();
	struct fdp_system_call call = { .inside = true,
					.number = 219,
					.pc = PC };

	fdp_system_call_resolve(target, &call);
	ck_assert_int_eq(call.number, 219);
	fdp_target_free(target);
	target = fake_target_new();
	fake_target_write(target, CODE, futex_code, sizeof(futex_code));
	fdp_system_call_resolve(target, &call);
	ck_assert_int_eq(call.number, 202);
	call.number = 7;
	fdp_system_call_resolve(target, &call);
	ck_assert_int_eq(call.number, 7);
	fdp_target_free(target);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("system_call");
	TCase *tcase = tcase_create("system_call");

	tcase_add_test(tcase, test_parse);
	tcase_add_test(tcase, test_parse_outside);
	tcase_add_loop_test(tcase, test_parse_damaged, 0, ARRAY_SIZE(damaged));
	tcase_add_test(tcase, test_format);
	tcase_add_test(tcase, test_names);
	tcase_add_loop_test(tcase, test_interrupted, 0,
			    ARRAY_SIZE(interrupted));
	tcase_add_test(tcase, test_resolve);
	suite_add_tcase(suite, tcase);
	return fdp_suite_run(suite);
}
