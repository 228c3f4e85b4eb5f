/*
 * The cause, by table: what the kernel and the processor said in, a kind and
 * words out.  The process: a library with code, constants and data, a heap, a
 * thread's stack with its guard page, the main stack, a mapped file.
 */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/analysis/cause.h"
#include "../../daemon/base/util.h"

#define PID 4711
#define CODE 0x400010
#define STACK 0x7f0000100000
#define STACK_END 0x7f0000900000
#define MAIN_STACK 0x7ffd00000000

static struct fdp_map maps[] = {
	{ .start = 0x400000,
	  .end = 0x401000,
	  .readable = true,
	  .executable = true,
	  .path = "/usr/lib/_demo.so" },
	{ .start = 0x401000,
	  .end = 0x402000,
	  .readable = true,
	  .path = "/usr/lib/_demo.so" },
	{ .start = 0x402000,
	  .end = 0x403000,
	  .readable = true,
	  .writable = true,
	  .path = "/usr/lib/_demo.so" },
	{ .start = 0x900000,
	  .end = 0x910000,
	  .readable = true,
	  .writable = true,
	  .path = "[heap]" },
	{ .start = 0x7e0000000000,
	  .end = 0x7e0000002000,
	  .readable = true,
	  .writable = true,
	  .shared = true,
	  .path = "/dev/shm/ring" },
	{ .start = STACK - 0x1000, .end = STACK, .path = "" },
	{ .start = STACK,
	  .end = STACK_END,
	  .readable = true,
	  .writable = true,
	  .path = "" },
	{ .start = MAIN_STACK,
	  .end = 0x7ffd00800000,
	  .readable = true,
	  .writable = true,
	  .path = "[stack]" },
};

static const struct fdp_module demo = { .start = 0x400000,
					.end = 0x403000,
					.path = "/usr/lib/_demo.so" };
static const struct fdp_module libc = { .start = 0x500000,
					.end = 0x600000,
					.path = "/lib/libc.so.6" };
static const struct fdp_module libpython = {
	.start = 0x600000,
	.end = 0x700000,
	.path = "/lib/libpython3.12.so.1.0",
	.is_interpreter = true
};

#define NATIVE(name, in, at)                                                   \
	{                                                                      \
		.kind = FDP_FRAME_NATIVE, .function = (name), .module = (in),  \
		.pc = (at)                                                     \
	}
#define PYTHON(name, in, at)                                                   \
	{                                                                      \
		.kind = FDP_FRAME_PYTHON, .function = (name), .file = (in),    \
		.line = (at)                                                   \
	}

static struct fdp_frame in_demo[] = {
	NATIVE("crash_here", &demo, CODE),
	NATIVE("cfunction_call", &libpython, 0x600100),
	PYTHON("handler", "/srv/app.py", 42),
	NATIVE("_PyEval_EvalFrameDefault", &libpython, 0x600200),
	NATIVE("__libc_start_main", &libc, 0x500100),
};

static struct fdp_frame in_libc[] = {
	NATIVE("strlen", &libc, CODE),
	NATIVE("crash_here", &demo, 0x400020),
	PYTHON("handler", "/srv/app.py", 42),
};

static struct fdp_frame in_abort[] = {
	NATIVE("__pthread_kill_implementation", &libc, CODE),
	NATIVE("raise", &libc, 0x500200),
	NATIVE("abort", &libc, 0x500300),
	NATIVE("check_invariant", &demo, 0x400030),
	PYTHON("handler", "/srv/app.py", 42),
};

/* A call through a bad pointer: the pc itself, then who called. */
static struct fdp_frame bad_pc[] = {
	NATIVE(NULL, NULL, 0),
	NATIVE("call_back", &demo, 0x400040),
	PYTHON("handler", "/srv/app.py", 42),
};

static struct fdp_frame in_python[] = {
	PYTHON("handler", "/srv/app.py", 42),
	PYTHON("<module>", "/srv/app.py", 50),
};

#define FRAMES(array) .frames = (array), .frame_count = ARRAY_SIZE(array)
#define BYTES(...)                                                             \
	.code = { __VA_ARGS__ }, .code_size = sizeof((uint8_t[]){ __VA_ARGS__ })

/* Page faults: user mode, and what was tried. */
#define READ .trap = 14, .error = 4
#define WRITE .trap = 14, .error = 6
#define FETCH .trap = 14, .error = 20

struct set_register {
	bool is_set;
	int number;
	uint64_t value;
};

#define IS(name, number)                                                       \
	{                                                                      \
		true, FDP_REGISTER_##name, (number)                            \
	}

static const struct cause_case {
	const char *what;
	struct fdp_fault fault;
	struct set_register set[3]; /* the others are harmless */
	bool no_registers;
	uint8_t code[8];
	size_t code_size;
	struct fdp_frame *frames;
	size_t frame_count;
	const char *kind;
	const char *words[4];	 /* each is in the sentence */
	const char *unwanted[2]; /* none of these is */
} cases[] = {
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
	  .words = { "null function pointer: pc is 0x0, called from "
		     "`call_back` of _demo.so" } },
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
	  .kind = "misaligned-access" },
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
	{ .what = "enough stack is left: a stray write below it",
	  .fault = { SIGSEGV, SEGV_ACCERR, STACK - 8, WRITE },
	  .set = { IS(SP, STACK + 0x80000) },
	  .kind = "access-denied" },

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
	  .fault = { SIGBUS, BUS_ADRALN, 0x900001, .trap = 17 },
	  .kind = "misaligned-access",
	  .words = { "0x900001" } },
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
	  .words = { "Integer division by zero: rcx was 0", "crash_here" } },
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
		     "called by `check_invariant` of _demo.so, called from "
		     "app.py:42" } },
	{ .what = "abort() without a message",
	  .fault = { SIGABRT, SI_TKILL, .sender_pid = PID },
	  FRAMES(in_abort),
	  .kind = "abort",
	  .words = { "abort(), called by `check_invariant` of _demo.so." } },
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

static int no_fact(void *backend, const char *key, char **ret_value,
		   size_t *ret_size)
{
	(void)backend, (void)key, (void)ret_value, (void)ret_size;
	return -2;
}

static ssize_t no_read(void *backend, uint64_t address, void *buffer,
		       size_t size)
{
	(void)backend, (void)address, (void)buffer, (void)size;
	return 0;
}

static void no_free(void *backend)
{
	(void)backend;
}

static const struct fdp_target_ops ops = { "test", no_read, no_fact, no_free };

/* Registers that are neither small nor wild nor in a mapping. */
static void set_registers(struct fdp_thread *thread,
			  const struct set_register *set)
{
	thread->has_registers = true;
	for (int i = 0; i < FDP_REGISTER_COUNT; i++)
		thread->registers.general[i] = 0x300000000000 + 0x1000u * i;
	thread->registers.general[FDP_REGISTER_PC] = CODE;
	thread->registers.general[FDP_REGISTER_SP] = STACK + 0x400000;
	for (size_t i = 0; i < 3; i++) {
		if (set[i].is_set)
			thread->registers.general[set[i].number] = set[i].value;
	}
}

static struct fdp_target *make_target(const struct fdp_fault *fault,
				      struct fdp_thread *thread)
{
	struct fdp_target *target = fdp_target_new(&ops, NULL);

	ck_assert_ptr_nonnull(target);
	target->pid = PID;
	target->fault = *fault;
	target->threads = thread;
	target->thread_count = 1;
	target->maps = maps;
	target->map_count = ARRAY_SIZE(maps);
	return target;
}

START_TEST(explains)
{
	const struct cause_case *test = &cases[_i];
	struct fdp_thread thread = { .tid = PID, .crashed = true };
	struct fdp_report_thread stack = { .tid = PID,
					   .crashed = true,
					   .frames = test->frames,
					   .frame_count = test->frame_count };
	struct fdp_report report = { .threads = &stack, .thread_count = 1 };
	struct fdp_target *target = make_target(&test->fault, &thread);

	if (!test->no_registers)
		set_registers(&thread, test->set);
	memcpy(report.code_bytes, test->code, sizeof(test->code));
	report.code_byte_count = test->code_size;
	ck_assert_int_eq(fdp_cause_find(target, &report), 0);
	ck_assert_msg(strcmp(report.cause.kind, test->kind) == 0,
		      "%s: %s is not %s (%s)", test->what, report.cause.kind,
		      test->kind, report.cause.text);
	for (size_t i = 0; i < 4 && test->words[i]; i++)
		ck_assert_msg(strstr(report.cause.text, test->words[i]),
			      "%s: \"%s\" is not in \"%s\"", test->what,
			      test->words[i], report.cause.text);
	for (size_t i = 0; i < 2 && test->unwanted[i]; i++)
		ck_assert_msg(!strstr(report.cause.text, test->unwanted[i]),
			      "%s: \"%s\" is in \"%s\"", test->what,
			      test->unwanted[i], report.cause.text);
	fdp_target_free(target);
	fdp_report_done(&report);
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
	  { NATIVE("recurse", &demo, 0x400050) },
	  1,
	  "`recurse` of _demo.so appears 43,201 times in a row" },
	{ "Python under 3.10: more native frames than Python ones",
	  { PYTHON("deep", "/srv/app.py", 7),
	    NATIVE("_PyEval_EvalFrameDefault", &libpython, 0x600200),
	    NATIVE("_PyFunction_Vectorcall", &libpython, 0x600300) },
	  3,
	  "app.py:7 in deep appears 43,201 times among 129,603 frames" },
	{ "within the interpreter",
	  { NATIVE("list_repr", &libpython, 0x600400),
	    NATIVE("PyObject_Repr", &libpython, 0x600500) },
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
	ck_assert_int_eq(fdp_cause_find(target, &report), 0);
	ck_assert_str_eq(report.cause.kind, "stack-overflow");
	ck_assert_msg(strstr(report.cause.text, recursions[_i].words), "%s: %s",
		      recursions[_i].what, report.cause.text);
	free(stack.frames);
	fdp_target_free(target);
	fdp_report_done(&report);
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
	{ { .signal = SIGBUS, .code = BUS_ADRALN, .address = 5 },
	  "SIGBUS",
	  "BUS_ADRALN",
	  true,
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

	ck_assert_int_eq(fdp_cause_find(target, &report), 0);
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

int main(void)
{
	Suite *suite = suite_create("cause");
	TCase *tcase = tcase_create("cause");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, explains, 0, (int)ARRAY_SIZE(cases));
	tcase_add_loop_test(tcase, names_the_recursion, 0,
			    (int)ARRAY_SIZE(recursions));
	tcase_add_loop_test(tcase, describes_the_signal, 0,
			    (int)ARRAY_SIZE(signals));
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
