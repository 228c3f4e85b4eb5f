/* abort() with whatever stands in its way, and what raise() returns. */
#include "conform.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>
#include <unistd.h>

#define TIMES 1000

static sigjmp_buf jump;
static volatile int count;

static void do_siglongjmp(int signal)
{
	(void)signal;
	siglongjmp(jump, 1);
}

static void do_exit(int signal)
{
	_exit(20 + signal);
}

static void do_return(int signal)
{
	(void)signal;
	count++;
}

static void do_nothing(int signal)
{
	say("in the handler, %s, mask %s", disposition_now(signal),
	    mask_now_text());
}

static void abort_default(void)
{
	abort();
}

static void abort_blocked(void)
{
	set_mask(BIT(SIGABRT) | FOUR);
	abort();
}

static void abort_ignored(void)
{
	set_action(SIGABRT, SIG_IGN, 0, 0);
	abort();
}

static void abort_ignored_blocked(void)
{
	set_action(SIGABRT, SIG_IGN, 0, 0);
	set_mask(~UINT64_C(0));
	abort();
}

static void abort_returns(void)
{
	set_action(SIGABRT, do_nothing, 0, BIT(SIGUSR1));
	abort();
}

static void abort_returns_blocked(void)
{
	set_action(SIGABRT, do_nothing, SA_RESETHAND, 0);
	set_mask(BIT(SIGABRT));
	abort();
}

static void abort_exits(void)
{
	set_action(SIGABRT, do_exit, 0, 0);
	abort();
}

static void abort_jumps(void)
{
	set_action(SIGABRT, do_siglongjmp, 0, 0);
	for (volatile int times = 0; times < TIMES; times++)
		if (sigsetjmp(jump, 1) == 0)
			abort();
	say("still here, %s, mask %s", disposition_now(SIGABRT),
	    mask_now_text());
	set_action(SIGABRT, SIG_DFL, 0, 0);
	if (sigsetjmp(jump, 1) == 0)
		raise(SIGABRT);
	say("still here");
}

static void send_by_pthread_kill(void)
{
	pthread_kill(pthread_self(), SIGABRT);
}

static void send_by_raise(void)
{
	raise(SIGABRT);
}

/* Not at the depth of the abort() that was left. */
static void deeper(void (*send)(void))
{
	volatile char room[256];

	room[0] = 'x';
	send();
	say("still here, %c, %d handled, mask %s", room[0], count,
	    mask_now_text());
}

/* A signal of its own, and not the end of an abort() long ago. */
static void abort_left(void)
{
	count = 0;
	set_action(SIGABRT, do_siglongjmp, 0, 0);
	if (sigsetjmp(jump, 1) == 0)
		abort();
	set_action(SIGABRT, do_return, 0, 0);
	deeper(send_by_pthread_kill);
	deeper(send_by_raise);
}

static void raise_values(void)
{
	static const int odd[] = { 0, -1, 65, 32, 33, SIGCHLD, SIGWINCH };

	for (size_t i = 0; i < COUNT(odd); i++) {
		int r;

		OBSERVE(r = raise(odd[i]));
		say("raise %d: %d %s", odd[i], r, error_name(last_error));
	}
	count = 0;
	for (size_t i = 0; i < COUNT(usual_signals); i++) {
		int r;

		set_action(usual_signals[i], do_return, 0, 0);
		OBSERVE(r = raise(usual_signals[i]));
		say("raise %s: %d %s, %d handled, mask %s",
		    signal_name(usual_signals[i]), r, error_name(last_error),
		    count, mask_now_text());
	}
}

static const struct {
	const char *name;
	void (*run)(void);
} abort_rows[] = {
	{ "default", abort_default },
	{ "blocked", abort_blocked },
	{ "ignored", abort_ignored },
	{ "ignored and blocked", abort_ignored_blocked },
	{ "handler returns", abort_returns },
	{ "handler returns, once, blocked", abort_returns_blocked },
	{ "handler exits", abort_exits },
	{ "handler jumps", abort_jumps },
	{ "handler jumps, and it is sent", abort_left },
	{ "raise", raise_values },
};

static void run_abort(const void *argument)
{
	((void (*)(void)) * (void *const *)argument)();
}

static void aborts(void)
{
	for (size_t i = 0; i < COUNT(abort_rows); i++) {
		void (*call)(void) = abort_rows[i].run;

		section("abort %s", abort_rows[i].name);
		in_child(run_abort, &call);
	}
}

const struct suite abort_suites[] = {
	{ "aborts", aborts, EVERYWHERE },
	{ NULL, NULL, 0 },
};
