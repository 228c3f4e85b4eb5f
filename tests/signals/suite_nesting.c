/* Handlers in handlers, and dispositions that change while a handler runs. */
#include "causes.h"
#include "conform.h"
#include "processor.h"
#include "senders.h"
#include "setters.h"

#include <string.h>
#include <unistd.h>

static int depth;

static void say_inside(const char *who, int signal)
{
	say("%s: %s at depth %d, mask %s, now %s", who, signal_name(signal),
	    depth, mask_now_text(), disposition_now(signal));
}

/* Recovers, and says so. */
static void recover(int signal, siginfo_t *info, void *context)
{
	say_inside("recover", signal);
	if (info->si_code > 0)
		skip(signal, context);
}

static const struct cause *inner;

/* Faults itself, five levels deep. */
static void fault_again(int signal, siginfo_t *info, void *context)
{
	if (++depth < 5)
		inner->cause();
	say_inside("fault again", signal);
	depth--;
	if (info->si_code > 0)
		skip(signal, context);
}

static void nested(const void *argument)
{
	(void)argument;
	depth = 0;
	inner = cause_find("null");
	set_info_action(SIGSEGV, fault_again, SA_NODEFER, 0);
	inner->cause();
	say("recovered, mask %s", mask_now_text());
}

/* Another signal in the handler. */
static void nested_other(const void *argument)
{
	(void)argument;
	depth = 3;
	inner = cause_find("divide");
	set_info_action(SIGSEGV, fault_again, 0, 0);
	set_info_action(SIGFPE, recover, 0, 0);
	cause_find("null")->cause();
	say("recovered, mask %s", mask_now_text());
}

/* The handler of the other signal has this one blocked, and it is sent. */
static void nested_sent(const void *argument)
{
	(void)argument;
	depth = 0;
	inner = cause_find("divide");
	set_info_action(SIGSEGV, recover, 0, 0);
	set_info_action(SIGFPE, recover, 0, BIT(SIGSEGV) | BIT(SIGUSR1));
	set_info_action(SIGUSR1, recover, 0, 0);
	set_mask(BIT(SIGUSR1));
	raise(SIGUSR1);
	raise(SIGFPE);
	raise(SIGSEGV);
	set_mask(0);
	say("recovered, mask %s", mask_now_text());
}

/* A fault that the handler has blocked: the kernel kills. */
static void nested_blocked(const void *argument)
{
	(void)argument;
	depth = 0;
	inner = cause_find("null");
	set_info_action(SIGSEGV, fault_again, 0, 0);
	inner->cause();
	say("still here");
}

static void nested_in_mask(const void *argument)
{
	(void)argument;
	depth = 0;
	inner = cause_find("null");
	set_info_action(SIGFPE, fault_again, 0, FOUR);
	set_info_action(SIGSEGV, recover, 0, 0);
	cause_find("divide")->cause();
	say("still here");
}

/* A fault while the thread has blocked it by a call, with a handler. */
static void fault_while_blocked(const void *argument)
{
	(void)argument;
	set_info_action(SIGSEGV, recover, 0, 0);
	set_mask(BIT(SIGSEGV));
	cause_find("null")->cause();
	say("still here, mask %s", mask_now_text());
}

static void fault_while_blocked_default(const void *argument)
{
	(void)argument;
	set_mask(FOUR);
	cause_find("divide")->cause();
	say("still here");
}

static void fault_while_ignored(const void *argument)
{
	(void)argument;
	set_action(SIGSEGV, SIG_IGN, 0, 0);
	cause_find("null")->cause();
	say("still here");
}

/* SA_RESETHAND: once, and then the default action. */
static void once(const void *argument)
{
	const struct cause *cause = argument;

	set_info_action(cause->signal, recover, SA_RESETHAND, 0);
	cause->cause();
	say("recovered, %s", disposition_now(cause->signal));
	cause->cause();
	say("still here");
}

static void once_sent(const void *argument)
{
	const int *signal = argument;

	set_info_action(*signal, recover, SA_RESETHAND | SA_RESTART, 0);
	raise(*signal);
	say("recovered, %s", disposition_now(*signal));
	raise(*signal);
	say("still here");
}

/* Once, and sent again while it runs: waits, and then the default action. */
static void raise_again(int signal)
{
	say_inside("raise again", signal);
	raise(signal);
	say_inside("raise again", signal);
}

static void once_twice(const void *argument)
{
	const int *signal = argument;

	set_action(*signal, raise_again, SA_RESETHAND, 0);
	raise(*signal);
	say("still here");
}

/* The handler puts another in its own place. */
static void replace(int signal, siginfo_t *info, void *context)
{
	set_info_action(signal, recover, 0, BIT(SIGUSR2));
	recover(signal, info, context);
}

static void replaced(const void *argument)
{
	const struct cause *cause = argument;

	set_info_action(cause->signal, replace, 0, 0);
	cause->cause();
	say("recovered, %s", disposition_now(cause->signal));
	cause->cause();
	say("recovered, %s", disposition_now(cause->signal));
}

/* The handler removes itself and returns: it happens again. */
static void remove_self(int signal)
{
	say_inside("remove", signal);
	set_action(signal, SIG_DFL, 0, 0);
	say_inside("removed", signal);
}

static void removed(const void *argument)
{
	const struct cause *cause = argument;

	set_action(cause->signal, remove_self, 0, 0);
	cause->cause();
	say("still here");
}

static void remove_and_raise(int signal)
{
	remove_self(signal);
	raise(signal);
	say("still in the handler");
}

static void given_up(const void *argument)
{
	const struct cause *cause = argument;

	set_action(cause->signal, remove_and_raise, 0, 0);
	cause->cause();
	say("still here");
}

static void ignore_self(int signal)
{
	set_action(signal, SIG_IGN, 0, 0);
	say_inside("ignored", signal);
}

static void ignored(const void *argument)
{
	const struct cause *cause = argument;

	set_action(cause->signal, ignore_self, 0, 0);
	cause->cause();
	say("still here");
}

static const struct {
	const char *name;
	void (*run)(const void *);
} rows[] = {
	{ "nodefer five deep", nested },
	{ "fpe in segv", nested_other },
	{ "sent in masks", nested_sent },
	{ "segv in segv", nested_blocked },
	{ "segv in fpe that blocks it", nested_in_mask },
	{ "fault while blocked", fault_while_blocked },
	{ "fault while blocked, default", fault_while_blocked_default },
	{ "fault while ignored", fault_while_ignored },
};

static const struct {
	const char *name;
	void (*run)(const void *);
} cause_rows[] = {
	{ "once", once },	{ "replaced", replaced },
	{ "removed", removed }, { "given up", given_up },
	{ "ignored", ignored },
};

static const struct {
	const char *name;
	void (*run)(const void *);
} sent_rows[] = {
	{ "once", once_sent },
	{ "once, again inside", once_twice },
};

static void nesting(void)
{
	static const char *const chosen[] = { "null",	    "missing",
					      "divide",	    "undefined",
					      "breakpoint", "filtered call" };

	causes_prepare();
	name_address((void *)recover, 1, "recover");
	name_address((void *)fault_again, 1, "fault_again");
	name_address((void *)replace, 1, "replace");
	name_address((void *)raise_again, 1, "raise_again");
	for (size_t i = 0; i < COUNT(rows); i++) {
		section("nested %s", rows[i].name);
		in_child(rows[i].run, NULL);
	}
	for (size_t i = 0; i < COUNT(cause_rows); i++)
		for (size_t j = 0; j < COUNT(chosen); j++) {
			section("handler %s, %s", cause_rows[i].name,
				chosen[j]);
			in_child(cause_rows[i].run, cause_find(chosen[j]));
		}
	for (size_t i = 0; i < COUNT(sent_rows); i++)
		for (size_t j = 0; j < COUNT(usual_signals); j++) {
			section("sent %s, %s", sent_rows[i].name,
				signal_name(usual_signals[j]));
			in_child(sent_rows[i].run, &usual_signals[j]);
		}
}

static void crash(const void *argument)
{
	(void)argument;
	cause_find("null")->cause();
}

/*
 * The process itself, which no handler of anybody sees dying.  Its daemon is up
 * when it has reported a child.
 */
static void dies_unseen(void)
{
	causes_prepare();
	section("dies of what it ignores");
	in_child(crash, NULL);
	fault_while_ignored(NULL);
}

static void dies_in_handler(void)
{
	causes_prepare();
	section("dies in a handler that blocks it");
	in_child(crash, NULL);
	nested_blocked(NULL);
}

const struct suite nesting_suites[] = {
	{ "nesting", nesting, EVERYWHERE },
	{ "dies-unseen", dies_unseen, PLACE_MAIN | PLACE_THREAD },
	{ "dies-in-handler", dies_in_handler, PLACE_MAIN | PLACE_THREAD },
	{ NULL, NULL, 0 },
};
