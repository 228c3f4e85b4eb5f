/* What the program has done about the signal before it comes. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "die.h"

#define ALTSTACK_SIZE (64 * 1024)
#define GUARD_SIZE 4096

static void install_nothing(const struct arrangement *arrangement, int signal)
{
	(void)arrangement;
	(void)signal;
}

static void install_ignore(const struct arrangement *arrangement, int number)
{
	(void)arrangement;
	if (signal(number, SIG_IGN) == SIG_ERR)
		trouble("signal");
}

static void install_masked(const struct arrangement *arrangement, int signal,
			   const sigset_t *mask)
{
	struct sigaction action = { .sa_flags = arrangement->flags,
				    .sa_mask = *mask };

	action.sa_sigaction = arrangement->handler;
	if (sigaction(signal, &action, NULL) < 0)
		trouble("sigaction");
}

void install_action(const struct arrangement *arrangement, int signal)
{
	sigset_t none;

	sigemptyset(&none);
	install_masked(arrangement, signal, &none);
}

static void install_full_mask(const struct arrangement *arrangement, int signal)
{
	sigset_t all;

	sigfillset(&all);
	install_masked(arrangement, signal, &all);
}

static void install_signal(const struct arrangement *arrangement, int number)
{
	if (signal(number, (__sighandler_t)(void *)arrangement->handler) ==
	    SIG_ERR)
		trouble("signal");
}

static void install_sysv(const struct arrangement *arrangement, int signal)
{
	if (sysv_signal(signal, (__sighandler_t)(void *)arrangement->handler) ==
	    SIG_ERR)
		trouble("sysv_signal");
}

/* std::set_terminate(): what happens before anything is sent. */
static void terminate_aborts(void)
{
	say("terminate handler");
	abort();
}

static void terminate_exits(void)
{
	say("terminate handler");
	_exit(EXIT_HANDLER);
}

static void install_terminate_aborts(const struct arrangement *arrangement,
				     int signal)
{
	(void)arrangement;
	(void)signal;
	terminate_with(terminate_aborts);
}

static void install_terminate_exits(const struct arrangement *arrangement,
				    int signal)
{
	(void)arrangement;
	(void)signal;
	terminate_with(terminate_exits);
}

/* In the thread that will die. */

void use_altstack(int signal)
{
	size_t size = plan.altstack ? plan.altstack : ALTSTACK_SIZE;
	stack_t stack = { .ss_size = size };
	char *map = mmap(NULL, ALTSTACK_SIZE + 2 * GUARD_SIZE,
			 PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);

	(void)signal;
	/* Far from everything else, so that it is known by its address. */
	if (map == MAP_FAILED || mprotect(map, GUARD_SIZE, PROT_NONE) < 0 ||
	    mprotect(map + GUARD_SIZE + ALTSTACK_SIZE, GUARD_SIZE, PROT_NONE) <
		    0)
		trouble("mmap");
	/* Ends behind the guard: what overflows it dies at once. */
	stack.ss_sp = map + GUARD_SIZE;
	if (sigaltstack(&stack, NULL) < 0)
		trouble("sigaltstack");
}

static void block(int signal)
{
	sigset_t set;

	(void)signal;
	sigfillset(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* After a jump out of the handler: another crash, of which the first knows
 * nothing. */

static void again(void)
{
	/* Not at the depth of the first: the very same fault is that. */
	volatile char room[256];

	room[0] = 'x';
	(void)room[0];
	set_default(plan.way->signal);
	note("again", (unsigned long)__builtin_frame_address(0));
	say("again");
	way_div();
}

static void again_raise(void)
{
	volatile char room[256];

	room[0] = 'x';
	(void)room[0];
	set_default(plan.way->signal);
	note("again", (unsigned long)__builtin_frame_address(0));
	say("again");
	raise(plan.way->signal);
}

/* Over what the handler's frame has left, with or without writing on it. */

static void deeper(void (*then)(void), bool touched)
{
	volatile char room[64 * 1024];

	if (touched)
		for (size_t i = 0; i < sizeof(room); i++)
			room[i] = 'x';
	room[0] = 'x';
	then();
	say_number("back", (unsigned long)room[0]);
}

static void again_deeper(void)
{
	deeper(again, true);
}

static void again_untouched(void)
{
	deeper(again, false);
}

static void again_raise_deeper(void)
{
	deeper(again_raise, true);
}

static void again_raise_untouched(void)
{
	deeper(again_raise, false);
}

#define INFO SA_SIGINFO
#define OWN_STACK (SA_SIGINFO | SA_ONSTACK)
#define HANDLER(function) #function, function

/*
 * Traits: handler (one is installed), and how it ends: returns, once (returns,
 * and is gone then), exits, jumps, gives-up, fixes, throws.  onstack: asks for
 * an alternate stack, altstack: and brings one.  ignored, blocked, terminate.
 * raw and deep are installed behind the back of the interposer, with the
 * kernel's default action (unseen) or what was there before (restores) put in
 * place in the end; chains calls that.  again: jumps and then crashes by
 * SIGFPE, raises: by the same signal.
 */
const struct arrangement arrangements[] = {
	{ .name = "default", .traits = "", .install = install_nothing },
	{ "ignored", "ignored", "", NULL, 0, install_ignore, NULL, NULL },
	{ "blocked", "blocked", "", NULL, 0, install_nothing, block, NULL },
	{ "returns", "handler returns", HANDLER(handler_returns), INFO,
	  install_action, NULL, NULL },
	{ "exits", "handler exits", HANDLER(handler_exits), INFO,
	  install_action, NULL, NULL },
	{ "exits-altstack", "handler exits onstack altstack",
	  HANDLER(handler_exits), OWN_STACK, install_action, use_altstack,
	  NULL },
	{ "jumps", "handler jumps", HANDLER(handler_jumps), INFO,
	  install_action, NULL, NULL },
	{ "jumps-altstack", "handler jumps onstack altstack",
	  HANDLER(handler_jumps), OWN_STACK, install_action, use_altstack,
	  NULL },
	{ "jumps-again", "handler jumps again", HANDLER(handler_jumps), INFO,
	  install_action, NULL, again },
	{ "jumps-again-deeper", "handler jumps again", HANDLER(handler_jumps),
	  INFO, install_action, NULL, again_deeper },
	{ "jumps-again-untouched", "handler jumps again",
	  HANDLER(handler_jumps), INFO, install_action, NULL, again_untouched },
	{ "jumps-raise", "handler jumps again raises", HANDLER(handler_jumps),
	  INFO, install_action, NULL, again_raise },
	{ "jumps-raise-deeper", "handler jumps again raises",
	  HANDLER(handler_jumps), INFO, install_action, NULL,
	  again_raise_deeper },
	{ "jumps-raise-untouched", "handler jumps again raises",
	  HANDLER(handler_jumps), INFO, install_action, NULL,
	  again_raise_untouched },
	{ "reraises", "handler gives-up", HANDLER(handler_reraises), 0,
	  install_action, NULL, NULL },
	{ "reraises-siginfo", "handler gives-up", HANDLER(handler_reraises),
	  INFO, install_action, NULL, NULL },
	{ "reraises-nodefer", "handler gives-up", HANDLER(handler_reraises),
	  INFO | SA_NODEFER, install_action, NULL, NULL },
	{ "reraises-mask", "handler gives-up", HANDLER(handler_reraises), INFO,
	  install_full_mask, NULL, NULL },
	{ "reraises-altstack", "handler gives-up onstack altstack",
	  HANDLER(handler_reraises), OWN_STACK | SA_NODEFER, install_action,
	  use_altstack, NULL },
	{ "reraises-onstack", "handler gives-up onstack",
	  HANDLER(handler_reraises), OWN_STACK | SA_NODEFER, install_action,
	  NULL, NULL },
	{ "reraises-unblocked", "handler gives-up", HANDLER(handler_unblocks),
	  INFO, install_action, NULL, NULL },
	{ "kills", "handler gives-up kills", HANDLER(handler_kills), INFO,
	  install_action, NULL, NULL },
	{ "defaults", "handler gives-up goes-on", HANDLER(handler_defaults),
	  INFO, install_action, NULL, NULL },
	{ "defaults-altstack", "handler gives-up goes-on onstack altstack",
	  HANDLER(handler_defaults), OWN_STACK, install_action, use_altstack,
	  NULL },
	{ "aborts", "handler gives-up other", HANDLER(handler_aborts), INFO,
	  install_action, NULL, NULL },
	{ "aborts-altstack", "handler gives-up other onstack altstack",
	  HANDLER(handler_aborts), OWN_STACK, install_action, use_altstack,
	  NULL },
	{ "raises-fpe-altstack", "handler gives-up other fpe onstack altstack",
	  HANDLER(handler_raises_fpe), OWN_STACK, install_action, use_altstack,
	  NULL },
	{ "resethand", "handler once goes-on", HANDLER(handler_returns),
	  INFO | (int)SA_RESETHAND, install_action, NULL, NULL },
	{ "resethand-reraises", "handler gives-up", HANDLER(handler_reraises),
	  INFO | (int)SA_RESETHAND, install_action, NULL, NULL },
	{ "signal-reraises", "handler gives-up", HANDLER(handler_reraises), 0,
	  install_signal, NULL, NULL },
	{ "sysv-signal", "handler once goes-on", HANDLER(handler_returns), 0,
	  install_sysv, NULL, NULL },
	{ "fixes", "handler fixes", HANDLER(handler_fixes), INFO,
	  install_action, NULL, NULL },
	{ "fixes-altstack", "handler fixes onstack altstack",
	  HANDLER(handler_fixes), OWN_STACK, install_action, use_altstack,
	  NULL },
	{ "throws", "handler throws", HANDLER(handler_throws), INFO,
	  install_action, NULL, NULL },
	{ .name = "terminate-aborts",
	  .traits = "terminate",
	  .install = install_terminate_aborts },
	{ .name = "terminate-exits",
	  .traits = "terminate",
	  .install = install_terminate_exits },
	{ "raw-fixes", "handler raw fixes onstack", HANDLER(handler_fixes),
	  OWN_STACK, install_raw, NULL, NULL },
	{ "raw-reraises", "handler raw gives-up onstack",
	  HANDLER(handler_reraises), OWN_STACK, install_raw, NULL, NULL },
	{ "raw-reraises-raw", "handler raw unseen gives-up onstack",
	  HANDLER(handler_raw_reraises), OWN_STACK, install_raw, NULL, NULL },
	{ "raw-restores", "handler raw restores gives-up goes-on onstack",
	  HANDLER(handler_raw_restores), OWN_STACK, install_raw, NULL, NULL },
	{ "raw-chains", "handler raw restores chains gives-up goes-on onstack",
	  HANDLER(handler_raw_chains), OWN_STACK, install_raw, NULL, NULL },
	{ "deep-reraises", "handler deep unseen gives-up onstack",
	  "deep_reraises", NULL, OWN_STACK, install_deep, NULL, NULL },
	{ "deep-restores", "handler deep restores gives-up goes-on onstack",
	  "deep_restores", NULL, OWN_STACK, install_deep, NULL, NULL },
	{ "deep-chains",
	  "handler deep restores chains gives-up goes-on onstack",
	  "deep_chains", NULL, OWN_STACK, install_deep, NULL, NULL },
};
const size_t arrangement_count = COUNT(arrangements);
