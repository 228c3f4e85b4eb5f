/* Every setter x state x flags x mask x place for the old one x signal. */
#include "conform.h"
#include "setters.h"

#include <dlfcn.h>
#include <string.h>

#define UNTOUCHED 0xa5
#define NOT_YET ((__sighandler_t)12345)

struct state {
	const char *name;
	__sighandler_t handler;
	bool nothing; /* a null pointer instead of an action */
};

static const struct state states[] = {
	{ "dfl", SIG_DFL, false },    { "ign", SIG_IGN, false },
	{ "first", first, false },    { "second", second, false },
	{ "nothing", SIG_DFL, true }, { "hold", SIG_HOLD, false },
	{ "error", SIG_ERR, false },
};

static const struct {
	const char *name;
	int flags;
} flag_rows[] = {
	{ "none", 0 },
	{ "resethand", SA_RESETHAND },
	{ "nodefer", SA_NODEFER },
	{ "restart", SA_RESTART },
	{ "onstack", SA_ONSTACK },
	{ "siginfo", SA_SIGINFO },
	{ "nocldwait", SA_NOCLDWAIT },
	{ "nocldstop", SA_NOCLDSTOP },
	{ "interrupt", SA_INTERRUPT },
	{ "restorer", 0x04000000 },
	{ "unsupported", 0x400 },
	{ "tagbits", 0x800 },
	{ "unknown", 0x100 },
	{ "all", -1 },
};

static const struct {
	const char *name;
	uint64_t bits;
} mask_rows[] = {
	{ "empty", 0 },
	{ "full", ~UINT64_C(0) },
	{ "segv", BIT(SIGSEGV) },
	{ "bus", BIT(SIGBUS) },
	{ "fpe", BIT(SIGFPE) },
	{ "ill", BIT(SIGILL) },
	{ "abrt", BIT(SIGABRT) },
	{ "sys", BIT(SIGSYS) },
	{ "trap", BIT(SIGTRAP) },
	{ "kill stop", BIT(SIGKILL) | BIT(SIGSTOP) },
	{ "32 33", BIT(32) | BIT(33) },
	{ "usr1 rtmax", BIT(SIGUSR1) | BIT(64) },
};

enum old_place { OLD_GIVEN, OLD_NONE, OLD_SAME, OLD_PLACES };
static const char *const old_names[] = { "given", "none", "same" };

static const char *old_text(const struct sigaction *old)
{
	struct sigaction untouched;

	memset(&untouched, UNTOUCHED, sizeof(untouched));
	if (memcmp(old, &untouched, sizeof(untouched)) == 0)
		return "untouched";
	return action_text(old);
}

static void action_row(const struct setter *setter, int signal, size_t mask,
		       size_t flags, const struct state *state,
		       enum old_place place)
{
	action_call *set = (action_call *)setter->call;
	struct sigaction action, old;
	struct sigaction *out = &old;
	int r;

	memset(&old, UNTOUCHED, sizeof(old));
	memset(&action, 0, sizeof(action));
	action.sa_handler = state->handler;
	action.sa_flags = flag_rows[flags].flags;
	set_bits(&action.sa_mask, mask_rows[mask].bits);
	if (place == OLD_NONE)
		out = NULL;
	else if (place == OLD_SAME)
		out = &action;
	OBSERVE(r = set(signal, state->nothing ? NULL : &action, out));
	say("%s, flags %s, mask %s, old %s: %d %s, old %s, now %s", state->name,
	    flag_rows[flags].name, mask_rows[mask].name, old_names[place], r,
	    error_name(last_error), old_text(place == OLD_SAME ? out : &old),
	    disposition_now(signal));
}

static void action_rows(const struct setter *setter, int signal)
{
	for (size_t mask = 0; mask < COUNT(mask_rows); mask++)
		for (size_t flags = 0; flags < COUNT(flag_rows); flags++)
			for (size_t i = 0; i < COUNT(states); i++)
				for (int place = 0; place < OLD_PLACES; place++)
					action_row(setter, signal, mask, flags,
						   &states[i],
						   (enum old_place)place);
}

/* What the setters without flags find: with and without the signal blocked. */
static const struct {
	const char *name;
	__sighandler_t handler;
	int flags;
	uint64_t mask;
	bool blocked;
} before_rows[] = {
	{ "dfl", SIG_DFL, 0, 0, false },
	{ "dfl blocked", SIG_DFL, 0, 0, true },
	{ "ign", SIG_IGN, SA_RESTART, 0, false },
	{ "ign blocked", SIG_IGN, 0, BIT(SIGBUS), true },
	{ "first", first, 0, 0, false },
	{ "first blocked", first, SA_NODEFER, BIT(SIGSEGV), true },
	{ "second resethand", second, SA_RESETHAND, FOUR, false },
	{ "second all", second, -1, ~UINT64_C(0), true },
};

static void prepare(int signal, size_t row)
{
	struct sigaction action = {
		.sa_handler = before_rows[row].handler,
		.sa_flags = before_rows[row].flags,
	};

	set_bits(&action.sa_mask, before_rows[row].mask);
	/* Signals that cannot be set stay as they are. */
	sigaction(signal, &action, NULL);
	set_mask(before_rows[row].blocked && signal > 0 && signal < 65
			 ? BIT(signal)
			 : 0);
}

static void handler_row(const struct setter *setter, int signal, size_t before,
			const struct state *state)
{
	handler_call *set = (handler_call *)setter->call;
	__sighandler_t r = NOT_YET;

	prepare(signal, before);
	OBSERVE(r = set(signal, state->handler));
	say("%s, then %s: %s %s, now %s, mask %s", before_rows[before].name,
	    state->name, handler_name((void *)r), error_name(last_error),
	    disposition_now(signal), mask_now_text());
}

static void handler_rows(const struct setter *setter, int signal)
{
	for (size_t before = 0; before < COUNT(before_rows); before++)
		for (size_t i = 0; i < COUNT(states); i++)
			if (!states[i].nothing)
				handler_row(setter, signal, before, &states[i]);
}

static void ignore_rows(const struct setter *setter, int signal)
{
	ignore_call *set = (ignore_call *)setter->call;

	for (size_t i = 0; i < COUNT(before_rows); i++) {
		int r;

		prepare(signal, i);
		OBSERVE(r = set(signal));
		say("%s: %d %s, now %s, mask %s", before_rows[i].name, r,
		    error_name(last_error), disposition_now(signal),
		    mask_now_text());
	}
}

/* It changes what a later signal() sets, too. */
static void interrupt_row(const struct setter *setter, int signal,
			  size_t before, int interrupt)
{
	interrupt_call *set = (interrupt_call *)setter->call;
	int r;

	prepare(signal, before);
	OBSERVE(r = set(signal, interrupt));
	say("%s, %d: %d %s, now %s, mask %s", before_rows[before].name,
	    interrupt, r, error_name(last_error), disposition_now(signal),
	    mask_now_text());
	for (size_t i = 0; i < SETTERS; i++)
		if (setters[i].kind == SETS_HANDLER) {
			((handler_call *)setters[i].call)(signal, second);
			say("... %s now %s", setters[i].name,
			    disposition_now(signal));
		}
}

static void interrupt_rows(const struct setter *setter, int signal)
{
	for (size_t i = 0; i < COUNT(before_rows); i++) {
		interrupt_row(setter, signal, i, 1);
		interrupt_row(setter, signal, i, 0);
	}
	interrupt_row(setter, signal, 0, -5);
}

static void (*const rows[])(const struct setter *, int) = {
	[SETS_ACTION] = action_rows,
	[SETS_HANDLER] = handler_rows,
	[SETS_IGNORED] = ignore_rows,
	[SETS_INTERRUPT] = interrupt_rows,
};

static void each_signal(const struct setter *setter, const char *how)
{
	for (size_t i = 0; i < ALL_SIGNALS; i++) {
		section("%s %s %s", setter->name, how,
			signal_name(all_signals[i]));
		say_hold(true);
		rows[setter->kind](setter, all_signals[i]);
		reset();
	}
}

static void dispositions(void)
{
	setters_name_handlers();
	for (size_t i = 0; i < SETTERS; i++)
		each_signal(&setters[i], "linked");
}

static void dispositions_looked_up(void)
{
	setters_name_handlers();
	for (size_t i = 0; i < SETTERS; i++) {
		struct setter setter = setters[i];

		setter.call = dlsym(RTLD_DEFAULT, setter.name);
		REQUIRE(setter.call);
		each_signal(&setter, "looked up");
	}
}

const struct suite disposition_suites[] = {
	{ "dispositions", dispositions, EVERYWHERE },
	{ "dispositions-looked-up", dispositions_looked_up, PLACE_MAIN },
	{ NULL, NULL, 0 },
};
