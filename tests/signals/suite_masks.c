/* Every call that changes or reads the mask of a thread. */
#include "conform.h"
#include "setters.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

#define CANARY 0xa5
#define WATCHED (FOUR | BIT(SIGABRT) | BIT(SIGSYS) | BIT(SIGTRAP))

static const struct {
	const char *name;
	uint64_t bits;
} set_rows[] = {
	{ "empty", 0 },
	{ "full", ~UINT64_C(0) },
	{ "segv", BIT(SIGSEGV) },
	{ "bus usr1", BIT(SIGBUS) | BIT(SIGUSR1) },
	{ "fpe", BIT(SIGFPE) },
	{ "ill", BIT(SIGILL) },
	{ "four", FOUR },
	{ "abrt sys trap", BIT(SIGABRT) | BIT(SIGSYS) | BIT(SIGTRAP) },
	{ "all but watched", ~WATCHED },
	{ "kill stop", BIT(SIGKILL) | BIT(SIGSTOP) },
	{ "32 33", BIT(32) | BIT(33) },
	{ "usr1 rtmax", BIT(SIGUSR1) | BIT(64) },
};

static const struct {
	const char *name;
	int how;
} how_rows[] = {
	{ "block", SIG_BLOCK },
	{ "unblock", SIG_UNBLOCK },
	{ "set", SIG_SETMASK },
	{ "-1", -1 },
	{ "3", 3 },
	{ "2^31", INT32_MIN },
};

typedef int mask_call(int, const sigset_t *, sigset_t *);

static const struct {
	const char *name;
	mask_call *call;
} mask_calls[] = {
	{ "sigprocmask", sigprocmask },
	{ "pthread_sigmask", pthread_sigmask },
};

enum old_place { OLD_GIVEN, OLD_NONE, OLD_SAME, OLD_PLACES };
static const char *const old_names[] = { "given", "none", "same" };

/* The kernel knows of 8 bytes; the program may have no more. */
static const char *old_text(const sigset_t *old)
{
	unsigned char bytes[sizeof(*old)];
	bool past = false, within = false;

	memcpy(bytes, old, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		past |= i >= 8 && bytes[i] != CANARY;
		within |= i < 8 && bytes[i] != CANARY;
	}
	return text("%s%s", within ? mask_text(old) : "untouched",
		    past ? " and past its end" : "");
}

static void mask_row(size_t call, size_t how, size_t set, enum old_place place)
{
	bool nothing = set == COUNT(set_rows);
	sigset_t given, old;
	sigset_t *out = &old;
	int r;

	memset(&old, CANARY, sizeof(old));
	memset(&given, CANARY, sizeof(given));
	if (!nothing)
		memcpy(&given, &set_rows[set].bits, 8);
	if (place == OLD_NONE)
		out = NULL;
	else if (place == OLD_SAME)
		out = &given;
	OBSERVE(r = mask_calls[call].call(how_rows[how].how,
					  nothing ? NULL : &given, out));
	say("%s %s, old %s: %d %s, old %s, now %s", how_rows[how].name,
	    nothing ? "nothing" : set_rows[set].name, old_names[place], r,
	    error_name(last_error), old_text(out ? out : &old),
	    mask_now_text());
}

static void mask_rows(size_t call, size_t before)
{
	section("%s from %s", mask_calls[call].name, set_rows[before].name);
	say_hold(true);
	for (size_t how = 0; how < COUNT(how_rows); how++)
		for (size_t set = 0; set <= COUNT(set_rows); set++)
			for (int place = 0; place < OLD_PLACES; place++) {
				set_mask(set_rows[before].bits);
				mask_row(call, how, set, (enum old_place)place);
			}
	set_mask(0);
}

static void masks(void)
{
	for (size_t call = 0; call < COUNT(mask_calls); call++)
		for (size_t before = 0; before < COUNT(set_rows); before++)
			mask_rows(call, before);
}

/* The old calls. */

/* Looked up: the linker warns of it. */
static int get(int unused)
{
	int (*call)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "siggetmask");

	(void)unused;
	REQUIRE(call);
	return call();
}

static int hold_by_set(int signal)
{
	return (int)(intptr_t)sigset(signal, SIG_HOLD);
}

static int release_by_set(int signal)
{
	return sigset(signal, SIG_DFL) == SIG_HOLD;
}

static const struct {
	const char *name;
	int (*call)(int);
	bool takes_mask; /* and not a signal */
} old_calls[] = {
	{ "sigblock", sigblock, true },
	{ "sigsetmask", sigsetmask, true },
	{ "siggetmask", get, true },
	{ "sighold", sighold, false },
	{ "sigrelse", sigrelse, false },
	{ "sigset hold", hold_by_set, false },
	{ "sigset dfl", release_by_set, false },
};

static void old_row(size_t call, size_t before, const char *name, int argument)
{
	int r;

	set_mask(set_rows[before].bits);
	OBSERVE(r = old_calls[call].call(argument));
	say("from %s, %s: %x %s, now %s", set_rows[before].name, name,
	    (unsigned)r, error_name(last_error), mask_now_text());
}

static void old_mask_rows(size_t call, size_t before)
{
	for (size_t i = 0; i < COUNT(set_rows); i++)
		old_row(call, before, set_rows[i].name, (int)set_rows[i].bits);
}

static void old_signal_rows(size_t call, size_t before)
{
	for (size_t i = 0; i < ALL_SIGNALS; i++)
		old_row(call, before, signal_name(all_signals[i]),
			all_signals[i]);
}

static void old_masks(void)
{
	for (size_t call = 0; call < COUNT(old_calls); call++)
		for (size_t before = 0; before < COUNT(set_rows); before++) {
			section("%s from %s", old_calls[call].name,
				set_rows[before].name);
			say_hold(true);
			if (old_calls[call].takes_mask)
				old_mask_rows(call, before);
			else
				old_signal_rows(call, before);
			set_mask(0);
		}
}

/* What the kernel has: the difference is known, and looked at. */
static void kernel_masks(void)
{
	for (size_t i = 0; i < COUNT(set_rows); i++) {
		section("kernel mask %s", set_rows[i].name);
		set_mask(set_rows[i].bits);
		say("%s, kernel %016llx", mask_now_text(),
		    (unsigned long long)kernel_mask());
		set_mask(0);
		say("%s, kernel %016llx", mask_now_text(),
		    (unsigned long long)kernel_mask());
	}
}

const struct suite mask_suites[] = {
	{ "masks", masks, EVERYWHERE },
	{ "old-masks", old_masks, EVERYWHERE },
	{ "kernel-masks", kernel_masks, EVERYWHERE },
	{ NULL, NULL, 0 },
};
