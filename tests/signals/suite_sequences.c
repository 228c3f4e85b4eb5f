/* What one call after another reads as the old state: all pairs and triples. */
#include "conform.h"
#include "setters.h"

#include <string.h>

struct step {
	const char *name;
	const char *setter;
	__sighandler_t handler;
	int flags;
	uint64_t mask;
};

static const struct step steps[] = {
	{ "dfl", "sigaction", SIG_DFL, 0, 0 },
	{ "dfl-odd", "sigaction", SIG_DFL, SA_RESETHAND, FOUR },
	{ "ign", "sigaction", SIG_IGN, 0, 0 },
	{ "first", "sigaction", first, SA_SIGINFO, BIT(SIGUSR2) },
	{ "first-once", "__sigaction", first, SA_RESETHAND, 0 },
	{ "second", "sigaction", second, SA_ONSTACK | SA_RESTART, FOUR },
	{ "second-nodefer", "sigaction", second, SA_NODEFER, 0 },
	{ "signal-dfl", "signal", SIG_DFL, 0, 0 },
	{ "signal-first", "signal", first, 0, 0 },
	{ "signal-ign", "signal", SIG_IGN, 0, 0 },
	{ "sysv-second", "sysv_signal", second, 0, 0 },
	{ "bsd-first", "bsd_signal", first, 0, 0 },
	{ "hold", "sigset", SIG_HOLD, 0, 0 },
	{ "set-dfl", "sigset", SIG_DFL, 0, 0 },
	{ "set-second", "sigset", second, 0, 0 },
	{ "ignore", "sigignore", NULL, 0, 0 },
	{ "interrupt", "siginterrupt", NULL, 1, 0 },
	{ "restart", "siginterrupt", NULL, 0, 0 },
};

static const char *take_action(action_call *set, int signal,
			       const struct step *step)
{
	struct sigaction action = { .sa_handler = step->handler,
				    .sa_flags = step->flags };
	struct sigaction old;
	int r;

	memset(&old, 0, sizeof(old));
	set_bits(&action.sa_mask, step->mask);
	OBSERVE(r = set(signal, &action, &old));
	return text("%d %s %s", r, error_name(last_error), action_text(&old));
}

/* Makes the step; what it said about the state before. */
static const char *take(int signal, const struct step *step)
{
	const struct setter *setter = setter_find(step->setter);
	__sighandler_t old;
	int r;

	if (setter->kind == SETS_ACTION)
		return take_action((action_call *)setter->call, signal, step);
	if (setter->kind == SETS_HANDLER) {
		OBSERVE(old = ((handler_call *)setter->call)(signal,
							     step->handler));
		return text("%s %s", handler_name((void *)old),
			    error_name(last_error));
	}
	if (setter->kind == SETS_IGNORED)
		OBSERVE(r = ((ignore_call *)setter->call)(signal));
	else
		OBSERVE(r = ((interrupt_call *)setter->call)(signal,
							     step->flags));
	return text("%d %s", r, error_name(last_error));
}

static void start_again(int signal)
{
	take(signal, &steps[COUNT(steps) - 1]);
	set_action(signal, SIG_DFL, 0, 0);
	set_mask(0);
}

static void pair(int signal, const struct step *one, const struct step *two)
{
	start_again(signal);
	take(signal, one);
	say("%s: %s, now %s, mask %s", two->name, take(signal, two),
	    disposition_now(signal), mask_now_text());
	for (size_t i = 0; i < COUNT(steps); i++) {
		start_again(signal);
		take(signal, one);
		take(signal, two);
		say("%s, %s: %s, now %s", two->name, steps[i].name,
		    take(signal, &steps[i]), disposition_now(signal));
	}
}

static void sequences(void)
{
	setters_name_handlers();
	for (size_t i = 0; i < COUNT(usual_signals); i++)
		for (size_t j = 0; j < COUNT(steps); j++) {
			section("sequence %s %s", signal_name(usual_signals[i]),
				steps[j].name);
			say_hold(true);
			for (size_t k = 0; k < COUNT(steps); k++)
				pair(usual_signals[i], &steps[j], &steps[k]);
			reset();
		}
}

const struct suite sequence_suites[] = {
	{ "sequences", sequences, EVERYWHERE },
	{ NULL, NULL, 0 },
};
