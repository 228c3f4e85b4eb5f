/* Calls, as code before a return address, in made-up code. */
#include <check.h>
#include <string.h>

#include "../../daemon/base/util.h"
#include "../../daemon/native/calls.h"
#include "fake_target.h"
#include "suite.h"

#define CODE UINT64_C(0x400000)
#define STUBS UINT64_C(0x410000)
#define TABLE UINT64_C(0x600000)
#define FUNCTION UINT64_C(0x500000)

/* Where all calls return to. */
#define BEHIND (CODE + 0x800)

static struct fdp_map maps[] = {
	{ .start = CODE, .end = CODE + 0x1000, .readable = true, .path = "" },
	{ .start = STUBS, .end = STUBS + 0x1000, .readable = true, .path = "" },
	{ .start = FUNCTION,
	  .end = FUNCTION + 0x1000,
	  .readable = true,
	  .path = "" },
	{ .start = TABLE, .end = TABLE + 0x1000, .readable = true, .path = "" },
};

static struct fdp_target *target;

static void setup(void)
{
	target = fake_target_new();
	target->maps = maps;
	target->map_count = ARRAY_SIZE(maps);
}

static void teardown(void)
{
	fdp_target_free(target);
}

/* Code, and whether it is a call. */
struct call {
	uint8_t code[7];
	uint8_t length;
	bool is_call;
};

static const struct call codes[] = {
	{ { 0xe8, 1, 2, 3, 4 }, 5, true },
	{ { 0xff, 0xd0 }, 2, true },		 /* call *%rax */
	{ { 0x41, 0xff, 0xd7 }, 3, true },	 /* call *%r15 */
	{ { 0xff, 0x13 }, 2, true },		 /* call *(%rbx) */
	{ { 0xff, 0x55, 8 }, 3, true },		 /* call *8(%rbp) */
	{ { 0xff, 0x14, 0xc8 }, 3, true },	 /* call *(%rax,%rcx,8) */
	{ { 0xff, 0x54, 0x24, 8 }, 4, true },	 /* call *8(%rsp) */
	{ { 0xff, 0x93, 1, 2, 3, 0 }, 6, true }, /* call *n(%rbx) */
	{ { 0xff, 0x15, 1, 2, 3, 0 }, 6, true }, /* call *n(%rip) */
	{ { 0xff, 0x94, 0x24, 1, 2, 3, 0 }, 7, true },
	{ { 0xff, 0x14, 0xc5, 1, 2, 3, 0 }, 7, true },
	{ { 0xe9, 1, 2, 3, 4 }, 5, false },    /* jmp */
	{ { 0xff, 0xe0 }, 2, false },	       /* jmp *%rax */
	{ { 0xff, 0x30 }, 2, false },	       /* push (%rax) */
	{ { 0x0f, 0x1f, 0x40, 0 }, 4, false }, /* nop */
};

START_TEST(is_after_call)
{
	const struct call *row = &codes[_i];

	fake_target_write(target, BEHIND - row->length, row->code, row->length);
	ck_assert_int_eq(fdp_is_after_call(target, BEHIND), row->is_call);
	ck_assert(!fdp_is_after_call(target, 3));
	ck_assert(!fdp_is_after_call(target, UINT64_C(0x900000)));
}
END_TEST

static void call_relative(uint64_t to)
{
	uint8_t code[5] = { 0xe8 };
	int32_t distance = (int32_t)(to - BEHIND);

	memcpy(code + 1, &distance, sizeof(distance));
	fake_target_write(target, BEHIND - sizeof(code), code, sizeof(code));
}

/* jmp *TABLE(%rip), with what compilers put before it. */
static void write_stub(const uint8_t *before, size_t size, uint64_t resolved)
{
	uint8_t code[16] = { 0 };
	int32_t distance = (int32_t)(TABLE - (STUBS + size + 6));

	if (size)
		memcpy(code, before, size);
	code[size] = 0xff;
	code[size + 1] = 0x25;
	memcpy(code + size + 2, &distance, sizeof(distance));
	fake_target_write(target, STUBS, code, sizeof(code));
	fake_target_write_u64(target, TABLE, resolved);
	call_relative(STUBS);
}

START_TEST(target_is_known)
{
	static const uint8_t mark[] = { 0xf3, 0x0f, 0x1e, 0xfa, 0xf2 };
	static const uint8_t other[16] = { 0x55 };

	switch (_i) {
	case 0:
		fake_target_write(target, FUNCTION, other, sizeof(other));
		call_relative(FUNCTION);
		break;
	case 1:
		write_stub(NULL, 0, FUNCTION);
		break;
	case 2:
		write_stub(mark, 4, FUNCTION);
		break;
	default:
		write_stub(mark, 5, FUNCTION);
	}
	ck_assert_uint_eq(fdp_call_target(target, BEHIND), FUNCTION);
}
END_TEST

START_TEST(target_in_memory)
{
	uint8_t code[6] = { 0xff, 0x15 };
	int32_t distance = (int32_t)(TABLE - BEHIND);

	memcpy(code + 2, &distance, sizeof(distance));
	fake_target_write(target, BEHIND - sizeof(code), code, sizeof(code));
	fake_target_write_u64(target, TABLE, FUNCTION);
	ck_assert_uint_eq(fdp_call_target(target, BEHIND), FUNCTION);
}
END_TEST

START_TEST(target_is_not_known)
{
	static const uint8_t by_register[] = { 0xff, 0xd0 };

	if (_i == 0)
		fake_target_write(target, BEHIND - 2, by_register, 2);
	else if (_i == 1)
		write_stub(NULL, 0, STUBS + 6); /* would ask the linker */
	else
		call_relative(UINT64_C(0x900000)); /* cannot be read */
	ck_assert_uint_eq(fdp_call_target(target, BEHIND), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("calls");
	TCase *tests = tcase_create("calls");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, is_after_call, 0, (int)ARRAY_SIZE(codes));
	tcase_add_loop_test(tests, target_is_known, 0, 4);
	tcase_add_test(tests, target_in_memory);
	tcase_add_loop_test(tests, target_is_not_known, 0, 3);
	suite_add_tcase(suite, tests);
	return fdp_suite_run(suite);
}
