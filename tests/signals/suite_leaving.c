/* All ways out of a handler. */
#include "causes.h"
#include "conform.h"
#include "processor.h"
#include "setters.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define TIMES 1000

static sigjmp_buf jump;
static ucontext_t context_before, context_inside;
static volatile int count;
static int saves_mask;

/* A thread's own number for what a jump carries. */
#define CARRIED 5

static void do_longjmp(int signal)
{
	(void)signal;
	longjmp(jump, CARRIED);
}

static void do_siglongjmp(int signal)
{
	(void)signal;
	siglongjmp(jump, CARRIED);
}

static void do_setcontext(int signal)
{
	(void)signal;
	count++;
	setcontext(&context_before);
}

static void do_swapcontext(int signal)
{
	(void)signal;
	count++;
	swapcontext(&context_inside, &context_before);
}

static void do_exit(int signal)
{
	_exit(20 + signal);
}

/* Jumps out TIMES times; the mask after the first and the last. */
static void by_jump(const struct cause *cause)
{
	volatile int times = 0;

	/* longjmp() leaves the mask as the handler had it. */
	if (sigsetjmp(jump, saves_mask) != 0) {
		if (times == 1)
			say("mask after one %s", mask_now_text());
		set_mask(0);
	}
	if (times++ < TIMES)
		cause->cause();
	say("jumped %d times, mask %s, %s", times - 1, mask_now_text(),
	    disposition_now(cause->signal));
}

static void longjmps(const struct cause *cause)
{
	saves_mask = 0;
	set_action(cause->signal, do_longjmp, 0, 0);
	by_jump(cause);
}

static void siglongjmps(const struct cause *cause)
{
	saves_mask = 1;
	set_action(cause->signal, do_siglongjmp, 0, FOUR | BIT(SIGUSR1));
	by_jump(cause);
}

static void siglongjmps_nodefer(const struct cause *cause)
{
	saves_mask = 0;
	set_action(cause->signal, do_siglongjmp, SA_NODEFER | SA_ONSTACK, 0);
	by_jump(cause);
}

/* Once only: the next fault is the default action's. */
static void jumps_then_dies(const struct cause *cause)
{
	set_action(cause->signal, do_siglongjmp, SA_RESETHAND, 0);
	if (sigsetjmp(jump, 1) != 0)
		say("jumped, %s", disposition_now(cause->signal));
	cause->cause();
	say("still here");
}

static void contexts(const struct cause *cause, void (*handler)(int))
{
	count = 0;
	set_action(cause->signal, handler, 0, BIT(SIGUSR1));
	REQUIRE(getcontext(&context_before) == 0);
	if (count < 10)
		cause->cause();
	say("left %d times, mask %s", count, mask_now_text());
}

static void setcontexts(const struct cause *cause)
{
	contexts(cause, do_setcontext);
}

static void swapcontexts(const struct cause *cause)
{
	contexts(cause, do_swapcontext);
}

/* Skips, gives a result, and changes the mask that comes back. */
static uint64_t context_mask;

static void do_change(int signal, siginfo_t *info, void *context)
{
	(void)info;
	count++;
	skip(signal, context);
	set_bits(&((ucontext_t *)context)->uc_sigmask, context_mask);
}

static void changes_mask(const struct cause *cause)
{
	static const uint64_t masks[] = { 0, BIT(SIGUSR1), BIT(SIGBUS),
					  FOUR | BIT(SIGUSR2), 0 };

	set_info_action(cause->signal, do_change, 0, 0);
	for (size_t i = 0; i < COUNT(masks); i++) {
		context_mask = masks[i] & ~BIT(cause->signal);
		cause->cause();
		say("returned to %s", mask_now_text());
	}
}

/* From a handler that saw some of the four blocked. */
static void changes_blocked(const struct cause *cause)
{
	set_info_action(cause->signal, do_change, 0, 0);
	set_mask(BIT(SIGBUS) | BIT(SIGFPE) | BIT(SIGUSR1));
	context_mask = BIT(SIGUSR2);
	set_mask(mask_now() & ~BIT(cause->signal));
	cause->cause();
	say("returned to %s", mask_now_text());
}

static void do_result(int signal, siginfo_t *info, void *context)
{
	(void)info;
	skip(signal, context);
	set_result(context, 77);
}

static void gives_result(const struct cause *cause)
{
	set_info_action(cause->signal, do_result, 0, 0);
	say("read %ld, divided %ld", fault_read(NULL),
	    cause->signal == SIGFPE ? fault_divide(3) : -1);
}

/* Makes the page readable: the instruction succeeds. */
static void do_repair(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	(void)context;
	count++;
	REQUIRE(mprotect(forbidden_page, FORBIDDEN_SIZE,
			 PROT_READ | PROT_WRITE) == 0);
}

static void repairs(const struct cause *cause)
{
	volatile long sum = 0;

	(void)cause;
	count = 0;
	set_info_action(SIGSEGV, do_repair, 0, 0);
	for (int i = 0; i < TIMES; i++) {
		REQUIRE(mprotect(forbidden_page, FORBIDDEN_SIZE, PROT_NONE) ==
			0);
		sum += fault_read(forbidden_page);
	}
	REQUIRE(mprotect(forbidden_page, FORBIDDEN_SIZE, PROT_NONE) == 0);
	say("repaired %d times, read %ld, mask %s", count, sum,
	    mask_now_text());
}

static void exits(const struct cause *cause)
{
	set_action(cause->signal, do_exit, 0, 0);
	cause->cause();
	say("still here");
}

/* Jumps over a change of exactly the signals that are not really blocked. */
static void jump_over_block(const struct cause *cause)
{
	uint64_t segv = BIT(cause->signal);

	if (sigsetjmp(jump, 1) == 0) {
		set_mask(segv | BIT(SIGUSR1));
		siglongjmp(jump, 1);
	}
	say("jumped to %s", mask_now_text());
	set_mask(segv);
	if (sigsetjmp(jump, 1) == 0) {
		set_mask(0);
		siglongjmp(jump, 1);
	}
	say("jumped to %s", mask_now_text());
}

/* Out of a handler that runs while a call waits with another mask. */
static void jump_from_wait(const struct cause *cause, int (*wait)(void))
{
	const int signals[] = { cause->signal, SIGUSR1 };

	for (size_t i = 0; i < COUNT(signals); i++) {
		set_action(signals[i], do_siglongjmp, 0, 0);
		set_mask(FOUR | BIT(SIGUSR1));
		raise(signals[i]);
		if (sigsetjmp(jump, 1) == 0)
			say("came back: %d", wait());
		say("jumped to %s", mask_now_text());
		set_mask(0);
	}
}

static int suspend(void)
{
	sigset_t none = { { 0 } };

	return sigsuspend(&none);
}

static int poll_nothing(void)
{
	sigset_t none = { { 0 } };

	return ppoll(NULL, 0, NULL, &none);
}

static void jump_from_sigsuspend(const struct cause *cause)
{
	jump_from_wait(cause, suspend);
}

static void jump_from_ppoll(const struct cause *cause)
{
	jump_from_wait(cause, poll_nothing);
}

static const struct {
	const char *name;
	void (*run)(const struct cause *);
} rows[] = {
	{ "longjmp", longjmps },
	{ "siglongjmp", siglongjmps },
	{ "siglongjmp nodefer", siglongjmps_nodefer },
	{ "siglongjmp once", jumps_then_dies },
	{ "setcontext", setcontexts },
	{ "swapcontext", swapcontexts },
	{ "changes the mask", changes_mask },
	{ "changes the mask, some blocked", changes_blocked },
	{ "exits", exits },
	{ "siglongjmp from sigsuspend", jump_from_sigsuspend },
	{ "siglongjmp from ppoll", jump_from_ppoll },
	{ "jump over a change of the mask", jump_over_block },
};

struct pair {
	void (*run)(const struct cause *);
	const struct cause *cause;
};

static void run_pair(const void *argument)
{
	const struct pair *pair = argument;

	pair->run(pair->cause);
}

static void leaving(void)
{
	static const char *const chosen[] = { "null", "missing", "divide",
					      "undefined" };

	causes_prepare();
	setters_name_handlers();
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t j = 0; j < COUNT(chosen); j++) {
			struct pair pair = { rows[i].run,
					     cause_find(chosen[j]) };

			section("leaving by %s, %s", rows[i].name, chosen[j]);
			in_child(run_pair, &pair);
		}
	section("leaving by repairing");
	repairs(NULL);
	set_action(SIGSEGV, SIG_DFL, 0, 0);
	section("leaving by giving a result");
	gives_result(cause_find("null"));
	set_action(SIGSEGV, SIG_DFL, 0, 0);
}

const struct suite leaving_suites[] = {
	{ "leaving", leaving, EVERYWHERE },
	{ NULL, NULL, 0 },
};
