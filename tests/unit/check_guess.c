/* Callers of code without unwind tables, in a made-up stack and code. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "../../daemon/base/util.h"
#include "../../daemon/native/guess.h"
#include "fake_target.h"
#include "suite.h"

#define CODE UINT64_C(0x400000)
#define DATA UINT64_C(0x600000)
#define STACK UINT64_C(0x7ffe0000)
#define STACK_END (STACK + 0x10000)

/* Where the frame that is looked at begins, and where it returns to. */
#define SP (STACK + 0x1000)
#define CALLER (CODE + 0x800)

static struct fdp_map maps[] = {
	{ .start = CODE,
	  .end = CODE + 0x1000,
	  .readable = true,
	  .executable = true,
	  .path = "" },
	{ .start = DATA, .end = DATA + 0x1000, .readable = true, .path = "" },
	{ .start = STACK,
	  .end = STACK_END,
	  .readable = true,
	  .writable = true,
	  .path = "[stack]" },
};

static struct fdp_target *target;
static struct fdp_registers registers;

static void setup(void)
{
	target = fake_target_new();
	target->maps = maps;
	target->map_count = ARRAY_SIZE(maps);
	memset(&registers, 0, sizeof(registers));
	registers.general[FDP_REGISTER_PC] = CODE;
	registers.general[FDP_REGISTER_SP] = SP;
}

static void teardown(void)
{
	fdp_target_free(target);
}

static void push(uint64_t address, uint64_t value)
{
	fake_target_write_u64(target, address, value);
}

/* The return address of each row lies this many bytes above sp. */
struct epilogue {
	uint8_t code[24];
	uint64_t above;
};

static const struct epilogue epilogues[] = {
	{ { 0xc3 }, 0 },
	{ { 0xf3, 0xc3 }, 0 },
	{ { 0x48, 0x83, 0xc4, 0x08, 0xc3 }, 8 },
	{ { 0x48, 0x83, 0xc4, 0x7f, 0xc3 }, 0x7f },
	{ { 0x48, 0x81, 0xc4, 0x00, 0x02, 0x00, 0x00, 0xc3 }, 0x200 },
	{ { 0x48, 0x8d, 0x64, 0x24, 0x10, 0xc3 }, 0x10 },
	{ { 0x5b, 0x5d, 0x41, 0x5c, 0x41, 0x5d, 0x41, 0x5e, 0x41, 0x5f, 0xc3 },
	  48 },
	{ { 0xc5, 0xf8, 0x77, 0x90, 0x48, 0x83, 0xc4, 0x10, 0x5d, 0xc3 }, 24 },
};

START_TEST(epilogue)
{
	const struct epilogue *row = &epilogues[_i];

	fake_target_write(target, CODE, row->code, sizeof(row->code));
	push(SP + row->above, CALLER);
	ck_assert_int_eq(fdp_guess_caller(target, &registers), 0);
	ck_assert_uint_eq(registers.general[FDP_REGISTER_PC], CALLER);
	ck_assert_uint_eq(registers.general[FDP_REGISTER_SP],
			  SP + row->above + 8);
}
END_TEST

START_TEST(epilogue_restores)
{
	/* pop %rbx; pop %r12; leave; ret */
	static const uint8_t code[] = { 0x5b, 0x41, 0x5c, 0xc9, 0xc3 };
	const uint64_t frame = SP + 0x40;

	fake_target_write(target, CODE, code, sizeof(code));
	push(SP, 0x1111);
	push(SP + 8, 0x2222);
	push(frame, 0x3333);
	push(frame + 8, CALLER);
	registers.general[FDP_REGISTER_RBP] = frame;
	ck_assert_int_eq(fdp_guess_caller(target, &registers), 0);
	ck_assert_uint_eq(registers.general[FDP_REGISTER_RBX], 0x1111);
	ck_assert_uint_eq(registers.general[12], 0x2222);
	ck_assert_uint_eq(registers.general[FDP_REGISTER_RBP], 0x3333);
	ck_assert_uint_eq(registers.general[FDP_REGISTER_PC], CALLER);
	ck_assert_uint_eq(registers.general[FDP_REGISTER_SP], frame + 16);
}
END_TEST

static const uint8_t no_epilogues[][24] = {
	{ 0x48, 0x89, 0xe5, 0xc3 },		/* mov %rsp, %rbp */
	{ 0x48, 0x83, 0xc4, 0xf8, 0xc3 },	/* add $-8, %rsp */
	{ 0x5c, 0xc3 },				/* pop %rsp */
	{ 0x41, 0xc3 },				/* a prefix without pop */
	{ 0xe8, 0x00, 0x00, 0x00, 0x00, 0xc3 }, /* call */
};

START_TEST(no_epilogue)
{
	struct fdp_registers before = registers;

	fake_target_write(target, CODE, no_epilogues[_i],
			  sizeof(no_epilogues[_i]));
	for (uint64_t at = 0; at < 128; at += 8)
		push(SP + at, CALLER);
	ck_assert_int_eq(fdp_guess_caller(target, &registers), -ENOENT);
	ck_assert_mem_eq(&registers, &before, sizeof(before));
}
END_TEST

/* Code that only ever pops, up to the end of what can be read. */
START_TEST(endless_epilogue)
{
	uint8_t code[4096];

	memset(code, 0x5b, sizeof(code));
	fake_target_write(target, CODE, code, sizeof(code));
	push(SP, CALLER);
	ck_assert_int_eq(fdp_guess_caller(target, &registers), -ENOENT);
	registers.general[FDP_REGISTER_PC] = CODE + 0x1000 - 1;
	ck_assert_int_eq(fdp_guess_caller(target, &registers), -ENOENT);
}
END_TEST

struct frame_pointer {
	uint64_t rbp, return_address;
	int result;
};

static const struct frame_pointer frame_pointers[] = {
	{ SP, CALLER, 0 },
	{ SP + 0x100, CALLER, 0 },
	{ SP + 0x101, CALLER, -ENOENT },     /* not aligned */
	{ SP - 8, CALLER, -ENOENT },	     /* below sp */
	{ SP + 0x100, DATA, -ENOENT },	     /* returns into data */
	{ SP + 0x100, 0, -ENOENT },	     /* returns to nowhere */
	{ DATA, CALLER, -ENOENT },	     /* no stack */
	{ STACK_END, CALLER, -ENOENT },	     /* behind the stack */
	{ UINT64_MAX - 7, CALLER, -ENOENT }, /* the sum overflows */
	{ 0, CALLER, -ENOENT },
};

START_TEST(frame_pointer)
{
	static const uint8_t code[] = { 0x48, 0x89, 0xe5 };
	const struct frame_pointer *row = &frame_pointers[_i];

	fake_target_write(target, CODE, code, sizeof(code));
	registers.general[FDP_REGISTER_RBP] = row->rbp;
	if (row->rbp < UINT64_MAX - 15) {
		push(row->rbp, 0x5555);
		push(row->rbp + 8, row->return_address);
	}
	ck_assert_int_eq(fdp_guess_caller(target, &registers), row->result);
	if (row->result < 0)
		return;
	ck_assert_uint_eq(registers.general[FDP_REGISTER_PC], CALLER);
	ck_assert_uint_eq(registers.general[FDP_REGISTER_SP], row->rbp + 16);
	ck_assert_uint_eq(registers.general[FDP_REGISTER_RBP], 0x5555);
}
END_TEST

/* The stack has overflown: sp stands just below its mapping, or far from it. */
START_TEST(overflown)
{
	static const uint8_t code[] = { 0x48, 0x89, 0xe5 };

	fake_target_write(target, CODE, code, sizeof(code));
	push(STACK, 0);
	push(STACK + 8, CALLER);
	registers.general[FDP_REGISTER_RBP] = STACK;
	registers.general[FDP_REGISTER_SP] = STACK - 0x40000;
	ck_assert_int_eq(fdp_guess_caller(target, &registers), -ENOENT);
	registers.general[FDP_REGISTER_SP] = STACK - 0x100;
	ck_assert_int_eq(fdp_guess_caller(target, &registers), 0);
	ck_assert_uint_eq(registers.general[FDP_REGISTER_PC], CALLER);
}
END_TEST

START_TEST(signal_return)
{
	static const uint8_t code[] = { 0x48, 0xc7, 0xc0, 0x0f, 0x00,
					0x00, 0x00, 0x0f, 0x05 };
	ucontext_t context = { 0 };

	context.uc_mcontext.gregs[REG_RIP] = 0;
	context.uc_mcontext.gregs[REG_RSP] = 0x12340;
	context.uc_mcontext.gregs[REG_RBP] = 0x12350;
	context.uc_mcontext.gregs[REG_R15] = 15;
	fake_target_write(target, CODE, code, sizeof(code));
	ck_assert(fdp_is_signal_return(target, CODE));
	ck_assert(!fdp_is_signal_return(target, CODE + 1));
	/* Without the context there is no way back. */
	ck_assert_int_eq(fdp_guess_caller(target, &registers), -ENOENT);
	registers.general[FDP_REGISTER_SP] = DATA;
	fake_target_write(target, DATA, &context, sizeof(context));
	ck_assert_int_eq(fdp_guess_caller(target, &registers), 0);
	ck_assert_uint_eq(registers.general[FDP_REGISTER_PC], 0);
	ck_assert_uint_eq(registers.general[FDP_REGISTER_SP], 0x12340);
	ck_assert_uint_eq(registers.general[FDP_REGISTER_RBP], 0x12350);
	ck_assert_uint_eq(registers.general[15], 15);
}
END_TEST

START_TEST(bad_pc)
{
	registers.general[FDP_REGISTER_PC] = 0x10;
	registers.general[FDP_REGISTER_RBP] = SP + 0x100;
	push(SP, CALLER);
	ck_assert_int_eq(fdp_guess_caller_of_bad_pc(target, &registers), 0);
	ck_assert_uint_eq(registers.general[FDP_REGISTER_PC], CALLER);
	ck_assert_uint_eq(registers.general[FDP_REGISTER_SP], SP + 8);
	ck_assert_uint_eq(registers.general[FDP_REGISTER_RBP], SP + 0x100);
}
END_TEST

/* It was not called but jumped to: only the frame pointer is left. */
START_TEST(bad_pc_without_return_address)
{
	push(SP, DATA);
	push(SP + 0x100, 0x5555);
	push(SP + 0x108, CALLER);
	ck_assert_int_eq(fdp_guess_caller_of_bad_pc(target, &registers),
			 -ENOENT);
	registers.general[FDP_REGISTER_RBP] = SP + 0x100;
	ck_assert_int_eq(fdp_guess_caller_of_bad_pc(target, &registers), 0);
	ck_assert_uint_eq(registers.general[FDP_REGISTER_PC], CALLER);
}
END_TEST

START_TEST(code_or_not)
{
	ck_assert(fdp_is_code(target, CODE));
	ck_assert(fdp_is_code(target, CODE + 0xfff));
	ck_assert(!fdp_is_code(target, CODE + 0x1000));
	ck_assert(!fdp_is_code(target, DATA));
	ck_assert(!fdp_is_code(target, 0));
	ck_assert(!fdp_is_code(target, UINT64_MAX));
}
END_TEST

static Suite *guess_suite(void)
{
	Suite *suite = suite_create("guess");
	TCase *tests = tcase_create("guess");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, epilogue, 0, (int)ARRAY_SIZE(epilogues));
	tcase_add_test(tests, epilogue_restores);
	tcase_add_loop_test(tests, no_epilogue, 0,
			    (int)ARRAY_SIZE(no_epilogues));
	tcase_add_test(tests, endless_epilogue);
	tcase_add_loop_test(tests, frame_pointer, 0,
			    (int)ARRAY_SIZE(frame_pointers));
	tcase_add_test(tests, overflown);
	tcase_add_test(tests, signal_return);
	tcase_add_test(tests, bad_pc);
	tcase_add_test(tests, bad_pc_without_return_address);
	tcase_add_test(tests, code_or_not);
	suite_add_tcase(suite, tests);
	return suite;
}

int main(void)
{
	return fdp_suite_run(guess_suite());
}
