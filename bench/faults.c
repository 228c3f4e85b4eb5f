/* Signals that a handler of the program deals with. */
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "operation.h"

#define PAGE 4096

/* The fault below is this long: movb $0, (%rax) */
#define FAULT_LENGTH 3

static char *page;
static sigjmp_buf back;
static volatile unsigned handled;

static void count(int number)
{
	(void)number;
	handled++;
}

static void step_over(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)info;
	((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += FAULT_LENGTH;
}

static void allow(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	mprotect(info->si_addr, PAGE, PROT_READ | PROT_WRITE);
}

static void jump(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)info;
	(void)context;
	siglongjmp(back, 1);
}

static void jump_plain(int number)
{
	(void)number;
	siglongjmp(back, 1);
}

static void install(int signal, int flags, void (*handler)(int),
		    void (*with_info)(int, siginfo_t *, void *))
{
	struct sigaction action = { .sa_flags = flags };

	if (with_info) {
		action.sa_flags |= SA_SIGINFO;
		action.sa_sigaction = with_info;
	} else {
		action.sa_handler = handler;
	}
	must(sigaction(signal, &action, NULL), "sigaction");
}

static void own_stack(void)
{
	stack_t stack = { .ss_size = 1 << 16, .ss_sp = malloc(1 << 16) };

	must(!stack.ss_sp || sigaltstack(&stack, NULL), "sigaltstack");
}

static void make_page(void)
{
	page = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(page == MAP_FAILED, "mmap");
}

void prepare_kill(void)
{
	install(SIGUSR1, 0, count, NULL);
}

void prepare_step(void)
{
	make_page();
	install(SIGSEGV, 0, NULL, step_over);
}

void prepare_fix(void)
{
	make_page();
	install(SIGSEGV, 0, NULL, allow);
}

void prepare_jump(void)
{
	make_page();
	install(SIGSEGV, 0, NULL, jump);
}

void prepare_jump_plain(void)
{
	make_page();
	install(SIGSEGV, 0, jump_plain, NULL);
}

void prepare_step_onstack(void)
{
	own_stack();
	make_page();
	install(SIGSEGV, SA_ONSTACK, NULL, step_over);
}

void prepare_fix_onstack(void)
{
	own_stack();
	make_page();
	install(SIGSEGV, SA_ONSTACK, NULL, allow);
}

void prepare_jump_onstack(void)
{
	own_stack();
	make_page();
	install(SIGSEGV, SA_ONSTACK, NULL, jump);
}

void kill_self(unsigned n)
{
	unsigned before = handled;

	for (unsigned i = 0; i < n; i++)
		kill(getpid(), SIGUSR1);
	must(handled - before != n, "handled");
}

void raise_self(unsigned n)
{
	unsigned before = handled;

	for (unsigned i = 0; i < n; i++)
		raise(SIGUSR1);
	must(handled - before != n, "handled");
}

static void touch(void)
{
	__asm__ volatile("movb $0, (%0)" : : "a"(page) : "memory");
}

void fault_step(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		touch();
}

void fault_fix(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		touch();
		mprotect(page, PAGE, PROT_NONE);
	}
}

void fault_jump(unsigned n)
{
	for (volatile unsigned i = 0; i < n; i++)
		if (sigsetjmp(back, 1) == 0)
			touch();
}
