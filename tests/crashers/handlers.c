/*
 * Handlers of one's own: some recover, some give up, each in its way.  They use
 * system calls that a handler may make, and nothing else.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "crashers.h"

#define PAGE 4096

/* More than the kernel puts on a stack for a handler. */
#define DEEPER_BYTES 65536

#define KERNEL_SA_RESTORER 0x04000000ul

typedef void handler_fn(int signal, siginfo_t *info, void *context);

CRASHER handler_fn on_default_return, on_default_raise, on_other_raise,
	on_kill_wait, on_kill_return, on_abort_call, on_fault, on_return,
	on_jump, on_page, on_signal, on_raw;

static sigjmp_buf before;
static char *volatile page;

void on_default_return(int number, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	signal(number, SIG_DFL);
}

void on_default_raise(int number, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	signal(number, SIG_DFL);
	raise(number);
}

void on_other_raise(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)info;
	(void)context;
	raise(SIGFPE);
}

/* As glog does: any thread may get it. */
void on_kill_wait(int number, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	signal(number, SIG_DFL);
	kill(getpid(), number);
	for (;;)
		pause();
}

void on_kill_return(int number, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	signal(number, SIG_DFL);
	kill(getpid(), number);
}

void on_abort_call(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)info;
	(void)context;
	abort();
}

/* Fails itself. */
void on_fault(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)info;
	(void)context;
	null_write();
}

void on_return(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)info;
	(void)context;
}

void on_jump(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)info;
	(void)context;
	siglongjmp(before, 1);
}

void on_page(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)info;
	(void)context;
	mprotect(page, PAGE, PROT_READ | PROT_WRITE);
}

/* Has nothing to do with the fault that happens in it. */
void on_signal(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)info;
	(void)context;
	HERE(null_read());
}

void on_raw(int number, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	_exit(number);
}

static int install(int number, int flags, handler_fn *handler)
{
	struct sigaction action = { .sa_sigaction = handler,
				    .sa_flags = SA_SIGINFO | flags };

	return sigaction(number, &action, NULL) < 0 ? errno : 0;
}

/* Past the C library; it is never called, so it needs no way back. */
static int install_raw(int number, handler_fn *handler)
{
	struct {
		handler_fn *handler;
		unsigned long flags;
		void (*restorer)(void);
		uint64_t mask;
	} action = { .handler = handler, .flags = KERNEL_SA_RESTORER };

	return syscall(SYS_rt_sigaction, number, &action, NULL, 8) < 0 ? errno
								       : 0;
}

static const struct {
	const char *name;
	int signal, flags;
	handler_fn *handler;
} handlers[] = {
	{ "default-return", SIGSEGV, 0, on_default_return },
	{ "default-raise", SIGSEGV, 0, on_default_raise },
	{ "default-raise-onstack", SIGSEGV, SA_ONSTACK, on_default_raise },
	{ "nodefer-raise", SIGSEGV, SA_NODEFER, on_default_raise },
	{ "resethand-raise", SIGSEGV, (int)SA_RESETHAND, on_default_raise },
	{ "other-raise", SIGSEGV, 0, on_other_raise },
	{ "kill-wait", SIGSEGV, 0, on_kill_wait },
	{ "kill-return", SIGSEGV, 0, on_kill_return },
	{ "abort", SIGSEGV, 0, on_abort_call },
	{ "fault", SIGSEGV, SA_RESETHAND | SA_NODEFER, on_fault },
	{ "abort-return", SIGABRT, 0, on_return },
};

int handler_install(const char *name)
{
	if (strcmp(name, "raw") == 0)
		return install_raw(SIGBUS, on_raw);
	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
		if (strcmp(handlers[i].name, name) == 0)
			return install(handlers[i].signal, handlers[i].flags,
				       handlers[i].handler);
	}
	return ENOENT;
}

CRASHER int recover_by_jump(void)
{
	install(SIGSEGV, 0, on_jump);
	if (sigsetjmp(before, 1) == 0)
		null_read();
	return 1;
}

CRASHER int recover_by_page(void)
{
	install(SIGSEGV, 0, on_page);
	page = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*(volatile char *)page = 1;
	return 1;
}

/* Goes past what the kernel left on the stack, without touching it. */
CRASHER static int deeper(void)
{
	volatile char room[DEEPER_BYTES];
	int result;

	room[DEEPER_BYTES - 1] = 1;
	result = HERE(divide());
	return result + room[DEEPER_BYTES - 1];
}

/* The first fault has nothing to do with the second. */
CRASHER int jump_then_deeper(void)
{
	recover_by_jump();
	return HERE(deeper()) + 1;
}

CRASHER static void touch(volatile char *where)
{
	HERE(*where = 1);
}

/* The same instruction at the same depth, first mended and then not. */
CRASHER int page_then_null(void)
{
	volatile char *places[2];

	install(SIGSEGV, 0, on_page);
	page = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	places[0] = page;
	places[1] = NULL;
	for (int i = 0; i < 2; i++) {
		HERE(touch(places[i]));
		signal(SIGSEGV, SIG_DFL);
	}
	return 1;
}

/* The handler has its own trouble. */
CRASHER int in_handler(void)
{
	install(SIGUSR1, 0, on_signal);
	return HERE(raise(SIGUSR1)) + 1;
}
