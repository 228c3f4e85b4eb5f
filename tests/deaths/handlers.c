/* What handlers do.  Each is a function of its own: the report names it. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "die.h"

/* Below the frame of the place, for code that takes over from a handler. */
#define BELOW_BASE 512
#define PAGE 4096

extern void *victim;

/* The siginfo is there only for those who asked for it. */
static void seen(int signal, const siginfo_t *info)
{
	say_number("handler", (unsigned long)signal);
	if (!(plan.arrangement->flags & SA_SIGINFO))
		return;
	say_number("code", (unsigned)info->si_code);
	note("seen-signal", (unsigned long)info->si_signo);
	note("seen-code", (unsigned)info->si_code);
	note("seen-address", (unsigned long)info->si_addr);
}

void set_default(int signal)
{
	struct sigaction action = { .sa_handler = SIG_DFL };

	if (sigaction(signal, &action, NULL) < 0)
		trouble("sigaction");
}

void handler_returns(int signal, siginfo_t *info, void *context)
{
	(void)context;
	seen(signal, info);
}

void handler_exits(int signal, siginfo_t *info, void *context)
{
	(void)context;
	seen(signal, info);
	_exit(EXIT_HANDLER);
}

void handler_jumps(int signal, siginfo_t *info, void *context)
{
	(void)context;
	seen(signal, info);
	siglongjmp(way_out, 1);
}

void handler_reraises(int signal, siginfo_t *info, void *context)
{
	(void)context;
	seen(signal, info);
	set_default(signal);
	raise(signal);
}

void handler_defaults(int signal, siginfo_t *info, void *context)
{
	(void)context;
	seen(signal, info);
	set_default(signal);
}

/* Another thread than the main one waits for what it has sent to that. */
void handler_kills(int signal, siginfo_t *info, void *context)
{
	(void)context;
	seen(signal, info);
	set_default(signal);
	kill(getpid(), signal);
	if (gettid() != getpid())
		for (;;)
			pause();
}

void handler_aborts(int signal, siginfo_t *info, void *context)
{
	(void)context;
	seen(signal, info);
	abort();
}

void handler_raises_fpe(int signal, siginfo_t *info, void *context)
{
	(void)context;
	seen(signal, info);
	raise(SIGFPE);
}

void handler_unblocks(int signal, siginfo_t *info, void *context)
{
	sigset_t set;

	(void)context;
	seen(signal, info);
	set_default(signal);
	sigemptyset(&set);
	sigaddset(&set, signal);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(signal);
}

static void recovered(void)
{
	say("recovered");
	leave(EXIT_RECOVERED);
}

/* Makes the page readable, or has the thread go on somewhere else. */
void handler_fixes(int signal, siginfo_t *info, void *context)
{
	greg_t *gregs = ((ucontext_t *)context)->uc_mcontext.gregs;

	seen(signal, info);
	if (info->si_code == SEGV_ACCERR && signal == SIGSEGV &&
	    mprotect(victim, PAGE, PROT_READ) == 0)
		return;
	gregs[REG_RIP] = (greg_t)recovered;
	gregs[REG_RSP] = (((greg_t)place_base - BELOW_BASE) & ~(greg_t)15) - 8;
}

void handler_throws(int signal, siginfo_t *info, void *context)
{
	(void)context;
	seen(signal, info);
	throw_something();
}
