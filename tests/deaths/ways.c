/* Ways to die in which nobody sends anything: faults, and abort() in them all.
 */
#include <assert.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "die.h"

#define PAGE 4096

/*
 * INSTRUCTIONS with a known value in every register but rsp and rbp, so that
 * those in the core files can be compared one by one.
 */
#define KNOWN(instructions)                                                    \
	__asm__ volatile("movabs $0x1111111111111111, %%rbx\n\t"               \
			 "movabs $0x2222222222222222, %%rcx\n\t"               \
			 "movabs $0x3333333333333333, %%rdx\n\t"               \
			 "movabs $0x4444444444444444, %%rsi\n\t"               \
			 "movabs $0x5555555555555555, %%rdi\n\t"               \
			 "movabs $0x6666666666666666, %%r8\n\t"                \
			 "movabs $0x7777777777777777, %%r9\n\t"                \
			 "movabs $0x8888888888888888, %%r10\n\t"               \
			 "movabs $0x9999999999999999, %%r11\n\t"               \
			 "movabs $0xaaaaaaaaaaaaaaaa, %%r12\n\t"               \
			 "movabs $0xbbbbbbbbbbbbbbbb, %%r13\n\t"               \
			 "movabs $0xcccccccccccccccc, %%r14\n\t"               \
			 "movabs $0xdddddddddddddddd, %%r15\n\t"               \
			 "mov victim(%%rip), %%rax\n\t"                        \
			 "test %%ebx, %%ebx\n\t" instructions                  \
			 :                                                     \
			 :                                                     \
			 : "memory", "cc", "rax", "rbx", "rcx", "rdx", "rsi",  \
			   "rdi", "r8", "r9", "r10", "r11", "r12", "r13",      \
			   "r14", "r15")

/* What rax holds. */
__attribute__((used)) void *victim;

static void null_read(void)
{
	KNOWN("mov (%%rax), %%ecx");
}

static void null_write(void)
{
	KNOWN("mov %%ecx, (%%rax)");
}

static void null_call(void)
{
	KNOWN("call *%%rax");
}

static void non_canonical(void)
{
	victim = (void *)UINT64_C(0x1234567890abcdef);
	KNOWN("mov (%%rax), %%ecx");
}

static void hlt(void)
{
	KNOWN("hlt");
}

static void ud2(void)
{
	KNOWN("ud2");
}

static void int3(void)
{
	KNOWN("int3");
}

void way_div(void)
{
	KNOWN("xor %%ecx, %%ecx\n\tdiv %%ecx");
}

static void past_end_of_file(void)
{
	int fd = open("short", O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || ftruncate(fd, PAGE) < 0)
		trouble("short");
	victim = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	if (victim == MAP_FAILED)
		trouble("mmap");
	close(fd);
	KNOWN("mov 4096(%%rax), %%ecx");
}

static void protected(void)
{
	victim =
		mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (victim == MAP_FAILED)
		trouble("mmap");
	KNOWN("mov 16(%%rax), %%ecx");
}

static void forbidden_call(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_personality, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { COUNT(filter), filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		trouble("seccomp");
	_Static_assert(SYS_personality == 135, "x86-64");
	KNOWN("mov $135, %%eax\n\tsyscall");
}

#pragma GCC diagnostic ignored "-Winfinite-recursion"

static int recurse(int depth)
{
	volatile char room[512];

	room[0] = (char)depth;
	return recurse(depth + 1) + room[0];
}

static void overflow(void)
{
	recurse(0);
}

extern void __stack_chk_fail(void);

static void smashed(void)
{
	__stack_chk_fail();
}

static void asserts(void)
{
	assert(plan.way == NULL);
}

static void double_free(void)
{
	void *volatile block = malloc(64);

	free(block);
	free(block);
}

/*
 * Traits: sync (forced by the processor or the kernel), again (the instruction
 * faults again if nobody does anything), aborts (and tries again if that does
 * not kill), internal (in glibc, where nobody can stand in front of it),
 * overflow, cxx, nopc (pc is nowhere), known (KNOWN, all registers compare).
 */
const struct way ways[] = {
	{ "null-read", SIGSEGV, "SEGV_MAPERR", "sync again known", null_read },
	{ "null-write", SIGSEGV, "SEGV_MAPERR", "sync again known",
	  null_write },
	{ "null-call", SIGSEGV, "SEGV_MAPERR", "sync again known nopc",
	  null_call },
	{ "non-canonical", SIGSEGV, "SI_KERNEL", "sync again known",
	  non_canonical },
	{ "hlt", SIGSEGV, "SI_KERNEL", "sync again known", hlt },
	{ "ud2", SIGILL, "ILL_ILLOPN", "sync again known", ud2 },
	{ "int3", SIGTRAP, "SI_KERNEL", "sync known", int3 },
	{ "div", SIGFPE, "FPE_INTDIV", "sync again known", way_div },
	{ "sigbus", SIGBUS, "BUS_ADRERR", "sync again known",
	  past_end_of_file },
	{ "protected", SIGSEGV, "SEGV_ACCERR", "sync again known", protected },
	{ "seccomp", SIGSYS, "SYS_SECCOMP", "sync known", forbidden_call },
	{ "overflow", SIGSEGV, "SEGV_MAPERR", "sync again overflow", overflow },
	{ "abort", SIGABRT, "SI_TKILL", "aborts", abort },
	{ "stack-chk", SIGABRT, "SI_TKILL", "aborts internal", smashed },
	{ "assert", SIGABRT, "SI_TKILL", "aborts internal", asserts },
	{ "double-free", SIGABRT, "SI_TKILL", "aborts internal", double_free },
	{ "throw", SIGABRT, "SI_TKILL", "aborts cxx", way_throw },
	{ "terminate", SIGABRT, "SI_TKILL", "aborts cxx", way_terminate },
};
const size_t way_count = COUNT(ways);
