/* SIGSEGV explained: addresses, jumps, wild pointers, stacks. */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/analysis/cause.h"
#include "../../daemon/analysis/operand.h"
#include "../../daemon/base/util.h"
#include "crashes.h"
#include "suite.h"

static const struct cause_case cases[] = {
	/* Null pointers. */
	{ .what = "null: the operand names the register",
	  .fault = { SIGSEGV, SEGV_MAPERR, 0x10, READ },
	  .set = { IS(RAX, 0), IS(RCX, 0) },
	  BYTES(0x48, 0x8b, 0x40, 0x10), /* mov rax, [rax + 0x10] */
	  FRAMES(in_demo),
	  .kind = "null-dereference",
	  .words = { "Null pointer dereference: read of address 0x10; ",
		     "rax was 0 (address = rax + 0x10)",
		     "In `crash_here` of _demo.so, called from app.py:42 in "
		     "handler." },
	  .unwanted = { "rcx" } },
	{ .what = "null: base and index",
	  .fault = { SIGSEGV, SEGV_MAPERR, 0x18, WRITE },
	  .set = { IS(RDI, 0), IS(RSI, 3) },
	  BYTES(0x89, 0x04, 0xf7), /* mov [rdi + rsi*8], eax */
	  .kind = "null-dereference",
	  .words = { "write to address 0x18",
		     "rdi was 0, rsi was 0x3 (address = rdi + rsi*8)" } },
	{ .what = "null: one register near zero, no code",
	  .fault = { SIGSEGV, SEGV_MAPERR, 0x8, READ },
	  .set = { IS(RDX, 0) },
	  .kind = "null-dereference",
	  .words = { "read of address 0x8; rdx was 0." },
	  .unwanted = { "one of them" } },
	{ .what = "null: several could be it, none is singled out",
	  .fault = { SIGSEGV, SEGV_MAPERR, 0x8, READ },
	  .set = { IS(RDX, 0), IS(RBX, 8) },
	  .kind = "null-dereference",
	  .words = { "rdx was 0, rbx was 0x8 (one of them" } },
	{ .what = "null: nothing known of registers and access",
	  .fault = { SIGSEGV, SEGV_MAPERR, 0 },
	  .no_registers = true,
	  .kind = "null-dereference",
	  .words = { "access to address 0x0." } },
	{ .what = "null: string instruction in libc, called by the module",
	  .fault = { SIGSEGV, SEGV_MAPERR, 0, READ },
	  .set = { IS(RSI, 0), IS(RDI, 0x902000) },
	  BYTES(0xf3, 0xa4), /* rep movsb */
	  FRAMES(in_libc),
	  .kind = "null-dereference",
	  .words = { "; rsi was 0.",
		     "In `strlen` of libc.so.6, called by `crash_here` of "
		     "_demo.so, called from app.py:42 in handler." } },
	{ .what = "null: a negative offset, seen in the register",
	  .fault = { SIGSEGV, SEGV_MAPERR, (uint64_t)-16, READ },
	  .set = { IS(RAX, 0) },
	  BYTES(0x48, 0x8b, 0x40, 0xf0), /* mov rax, [rax - 0x10] */
	  .kind = "null-dereference",
	  .words = { "rax was 0 (address = rax - 0x10)" } },
	{ .what = "not null: an error value used as a pointer",
	  .fault = { SIGSEGV, SEGV_MAPERR, (uint64_t)-1, READ },
	  .set = { IS(RAX, (uint64_t)-1) },
	  BYTES(0x8b, 0x00), /* mov eax, [rax] */
	  .kind = "unmapped-address",
	  .words = { "0xffffffffffffffff", "an address of the kernel",
		     "rax was 0xffffffffffffffff" } },
	{ .what = "null: the Python frame is on top",
	  .fault = { SIGSEGV, SEGV_MAPERR, 0x10, READ },
	  FRAMES(in_python),
	  .kind = "null-dereference",
	  .words = { "While running app.py:42 in handler." } },

	/* Other addresses. */
	{ .what = "unmapped, with its neighbour",
	  .fault = { SIGSEGV, SEGV_MAPERR, 0x910018, READ },
	  .set = { IS(RAX, 0x910000) },
	  BYTES(0x48, 0x8b, 0x40, 0x18),
	  .kind = "unmapped-address",
	  .words = { "Read of unmapped memory at 0x910018, 0x18 bytes after "
		     "the end of rw-p [heap]",
		     "rax was 0x910000 (address = rax + 0x18)" } },
	{ .what = "unmapped, before a mapping",
	  .fault = { SIGSEGV, SEGV_MAPERR, 0x3ffff8, WRITE },
	  .kind = "unmapped-address",
	  .words = { "Write to unmapped memory at 0x3ffff8, 0x8 bytes before "
		     "the beginning of r-xp /usr/lib/_demo.so" } },
	{ .what = "an operand that does not come to the address is not said",
	  .fault = { SIGSEGV, SEGV_MAPERR, 0x55550000, READ },
	  .set = { IS(RAX, 0x1000) },
	  BYTES(0x48, 0x8b, 0x40, 0x18),
	  .kind = "unmapped-address",
	  .unwanted = { "rax" } },
	{ .what = "write to constants",
	  .fault = { SIGSEGV, SEGV_ACCERR, 0x401010, WRITE },
	  .kind = "write-to-read-only",
	  .words = { "Write to read-only memory at 0x401010 (r--p "
		     "/usr/lib/_demo.so)" } },
	{ .what = "write to constants, the error code unknown",
	  .fault = { SIGSEGV, SEGV_ACCERR, 0x401010 },
	  .kind = "write-to-read-only" },
	{ .what = "guard page, far from any stack pointer",
	  .fault = { SIGSEGV, SEGV_ACCERR, STACK - 8, READ },
	  .kind = "access-denied",
	  .words = { "Read of protected memory", "a guard page" } },
	{ .what = "the mapping has changed since",
	  .fault = { SIGSEGV, SEGV_ACCERR, 0x402010, WRITE },
	  .kind = "unknown",
	  .words = { "changed meanwhile" } },
	{ .what = "a protection key",
	  .fault = { SIGSEGV, 4, 0x402010, WRITE },
	  .kind = "access-denied",
	  .words = { "protection key" } },
	{ .what = "a code without an address is no null pointer",
	  .fault = { SIGSEGV, 10, 0 },
	  .kind = "unknown",
	  .unwanted = { "ull pointer" } },

	/* Jumps. */
	{ .what = "call through null",
	  .fault = { SIGSEGV, SEGV_MAPERR, 0, FETCH },
	  .set = { IS(PC, 0) },
	  FRAMES(bad_pc),
	  .kind = "jump-to-unmapped",
	  .words = { "null function pointer: pc is 0x0. In `call_back` of "
		     "_demo.so, called from app.py:42 in handler." } },
	{ .what = "jump to nowhere, told by pc alone",
	  .fault = { SIGSEGV, SEGV_MAPERR, 0x123456000 },
	  .set = { IS(PC, 0x123456000) },
	  .kind = "jump-to-unmapped",
	  .words = { "Jump to unmapped memory: pc is 0x123456000." } },
	{ .what = "jump into the heap",
	  .fault = { SIGSEGV, SEGV_ACCERR, 0x900010, FETCH },
	  .set = { IS(PC, 0x900010) },
	  .kind = "jump-to-non-executable",
	  .words = { "pc is 0x900010 (rw-p [heap])" } },

	/* No address told. */
	{ .what = "wild pointer, by its operand",
	  .fault = { SIGSEGV, SI_KERNEL, 0, .trap = 13 },
	  .set = { IS(RAX, 0x4141414141414141) },
	  BYTES(0x48, 0x8b, 0x40, 0x08),
	  .kind = "non-canonical-address",
	  .words = { "rax was 0x4141414141414141 (address = rax + 0x8)" },
	  .unwanted = { "ull pointer", "0x0" } },
	{ .what = "wild pointer, code unknown",
	  .fault = { SIGSEGV, SI_KERNEL, 0, .trap = 13 },
	  .set = { IS(RBX, 0xdead00000000beef) },
	  .kind = "non-canonical-address",
	  .words = { "rbx was 0xdead00000000beef" } },
	{ .what = "through the stack pointer it is a bus error",
	  .fault = { SIGBUS, SI_KERNEL, 0, .trap = 12 },
	  .set = { IS(RBP, 0x4141414141414141) },
	  BYTES(0x48, 0x8b, 0x45, 0xf8),
	  .kind = "non-canonical-address",
	  .words = { "rbp was 0x4141414141414141" } },
	{ .what = "return address overwritten",
	  .fault = { SIGSEGV, SI_KERNEL, 0, .trap = 13 },
	  BYTES(0xc3),
	  .kind = "non-canonical-address",
	  .words = { "Return to", "overwritten" } },
	{ .what = "call of a wild register",
	  .fault = { SIGSEGV, SI_KERNEL, 0, .trap = 13 },
	  .set = { IS(RDX, 0x4141414141414141) },
	  BYTES(0xff, 0xd2),
	  .kind = "non-canonical-address",
	  .words = { "Call of or jump to", "rdx was 0x4141414141414141" } },
	{ .what = "pc itself is wild",
	  .fault = { SIGSEGV, SI_KERNEL, 0, .trap = 13 },
	  .set = { IS(PC, 0x4141414141414141) },
	  FRAMES(bad_pc),
	  .kind = "non-canonical-address",
	  .words = { "pc is 0x4141414141414141" } },
	{ .what = "movaps wants alignment",
	  .fault = { SIGSEGV, SI_KERNEL, 0, .trap = 13 },
	  .set = { IS(RAX, 0x900008) },
	  BYTES(0x0f, 0x29, 0x00), /* movaps [rax], xmm0 */
	  .kind = "misaligned-access",
	  .words = { "Misaligned access to 0x900008, by an instruction",
		     "rax was 0x900008" } },
	{ .what = "hlt is the kernel's",
	  .fault = { SIGSEGV, SI_KERNEL, 0, .trap = 13 },
	  BYTES(0xf4),
	  .kind = "illegal-instruction",
	  .words = { "hlt" } },
	{ .what = "protection fault of which nothing is known",
	  .fault = { SIGSEGV, SI_KERNEL, 0, .trap = 13 },
	  .no_registers = true,
	  .kind = "unknown",
	  .unwanted = { "ull pointer" } },
	{ .what = "the kernel could not write a signal frame",
	  .fault = { SIGSEGV, SI_KERNEL, 0, READ },
	  .set = { IS(RAX, 0) },
	  .kind = "unknown",
	  .unwanted = { "ull pointer" } },

	/* Stacks. */
	{ .what = "a push below the stack of a thread",
	  .fault = { SIGSEGV, SEGV_ACCERR, STACK - 8, WRITE },
	  .set = { IS(SP, STACK) },
	  .kind = "stack-overflow",
	  .words = { "8192 KiB", "used up" } },
	{ .what = "a large local array below the main stack",
	  .fault = { SIGSEGV, SEGV_MAPERR, MAIN_STACK - 0x3000, WRITE },
	  .set = { IS(SP, MAIN_STACK - 0x4000) },
	  .kind = "stack-overflow" },
	{ .what = "near the guard page, but the stack pointer is elsewhere",
	  .fault = { SIGSEGV, SEGV_ACCERR, STACK - 8, WRITE },
	  .set = { IS(SP, MAIN_STACK + 0x1000) },
	  .kind = "access-denied" },
	{ .what = "the stack pointer is far below: on another stack",
	  .fault = { SIGSEGV, SEGV_ACCERR, STACK - 8, WRITE },
	  .set = { IS(SP, 0x905000) },
	  .kind = "access-denied" },
	{ .what = "enough stack is left: a stray write below it",
	  .fault = { SIGSEGV, SEGV_ACCERR, STACK - 8, WRITE },
	  .set = { IS(SP, STACK + 0x80000) },
	  .kind = "access-denied" },

};

START_TEST(explains)
{
	explain(&cases[_i]);
}
END_TEST

#define DEPTH 43201

/* What recurses is named, whatever the interpreter does in between. */
static const struct {
	const char *what;
	struct fdp_frame cycle[3];
	size_t size;
	const char *words;
} recursions[] = {
	{ "native",
	  { NATIVE("recurse", demo, 0x050) },
	  1,
	  "`recurse` of _demo.so appears 43,201 times in a row" },
	{ "Python under 3.10: more native frames than Python ones",
	  { PYTHON("deep", 7),
	    NATIVE("_PyEval_EvalFrameDefault", libpython, 0x200),
	    NATIVE("_PyFunction_Vectorcall", libpython, 0x300) },
	  3,
	  "app.py:7 in deep appears 43,201 times among 129,603 frames" },
	{ "within the interpreter",
	  { NATIVE("list_repr", libpython, 0x400),
	    NATIVE("PyObject_Repr", libpython, 0x500) },
	  2,
	  "`PyObject_Repr` of libpython3.12.so.1.0 appears 43,201 times among "
	  "86,402 frames" },
};

START_TEST(names_the_recursion)
{
	size_t size = recursions[_i].size;
	struct fdp_fault fault = { SIGSEGV, SEGV_ACCERR, STACK - 8, WRITE };
	static const struct set_register set[3] = { IS(SP, STACK + 8) };
	struct fdp_thread thread = { .tid = PID, .crashed = true };
	struct fdp_report_thread stack = { .tid = PID, .crashed = true };
	struct fdp_report report = { .threads = &stack, .thread_count = 1 };
	struct fdp_target *target = make_target(&fault, &thread);

	set_registers(&thread, set);
	stack.frame_count = DEPTH * size;
	stack.frames = calloc(stack.frame_count, sizeof(*stack.frames));
	ck_assert_ptr_nonnull(stack.frames);
	for (size_t i = 0; i < stack.frame_count; i++)
		stack.frames[i] = recursions[_i].cycle[i % size];
	ck_assert_int_eq(find_cause(target, &report), 0);
	ck_assert_str_eq(report.cause.kind, "stack-overflow");
	ck_assert_msg(strstr(report.cause.text, recursions[_i].words), "%s: %s",
		      recursions[_i].what, report.cause.text);
	free(stack.frames);
	fdp_target_free(target);
	fdp_report_done(&report);
}
END_TEST

/*
 * Whatever stands at pc, and wherever it ends: nothing behind it is read (the
 * buffer has just its size), and registers are only those there are.
 */
START_TEST(survives_any_code)
{
	struct fdp_registers registers = { .flags = 0 };
	uint32_t random = 1;

	for (int i = 0; i < 200000; i++) {
		struct fdp_operand operands[FDP_OPERAND_MAX];
		size_t size = (size_t)i % 16;
		uint8_t *code = malloc(size ? size : 1);
		int number = FDP_REGISTER_RAX;
		char text[64];
		uint64_t mask;
		size_t count;

		ck_assert_ptr_nonnull(code);
		for (size_t j = 0; j < size; j++) {
			random = random * 1664525 + 1013904223;
			code[j] = (uint8_t)(random >> 24);
		}
		count = fdp_operand_decode(code, size, &registers, operands);
		for (size_t j = 0; j < count; j++) {
			ck_assert_int_lt(operands[j].base, FDP_REGISTER_PC);
			ck_assert_int_lt(operands[j].index, FDP_REGISTER_PC);
			fdp_operand_format(&operands[j], text, sizeof(text));
			ck_assert_uint_lt(strlen(text), sizeof(text) - 1);
		}
		ck_assert_int_lt(fdp_operand_divisor(code, size, &mask),
				 FDP_REGISTER_PC);
		fdp_operand_jump(code, size, &number);
		ck_assert_int_lt(number, FDP_REGISTER_PC);
		fdp_operand_privileged(code, size);
		fdp_operand_wants_alignment(code, size);
		free(code);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cause");
	TCase *tcase = tcase_create("cause");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, explains, 0, (int)ARRAY_SIZE(cases));
	tcase_add_loop_test(tcase, names_the_recursion, 0,
			    (int)ARRAY_SIZE(recursions));
	tcase_add_test(tcase, survives_any_code);
	suite_add_tcase(suite, tcase);
	return fdp_suite_run(suite);
}
