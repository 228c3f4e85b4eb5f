/*
 * A vfork child has its parent's memory but signals of its own: what it sets is
 * not its parent's.  And the parent's crash afterwards is still its own.
 */
#include "causes.h"
#include "conform.h"
#include "setters.h"

#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

#define STACK_SIZE (64 * 1024)

extern char **environ;

/* What the child reads, written by it and told by its parent. */
static struct {
	char disposition[COUNT(usual_signals)][120];
	/* What signal() and the like have returned. */
	__sighandler_t returned[COUNT(usual_signals)];
	char mask[20];
} seen;

static void look(void)
{
	for (size_t i = 0; i < COUNT(usual_signals); i++)
		strcpy(seen.disposition[i], disposition_now(usual_signals[i]));
	strcpy(seen.mask, mask_now_text());
}

static const char *handler_kind(__sighandler_t handler)
{
	if (handler == SIG_DFL)
		return "SIG_DFL";
	if (handler == SIG_IGN)
		return "SIG_IGN";
	if (handler == SIG_HOLD)
		return "SIG_HOLD";
	return handler == first ? "first" : "another";
}

static void say_look(void)
{
	for (size_t i = 0; i < COUNT(usual_signals); i++)
		say("child: %s returned %s", signal_name(usual_signals[i]),
		    handler_kind(seen.returned[i]));
	for (size_t i = 0; i < COUNT(usual_signals); i++)
		say("child: %s %s", signal_name(usual_signals[i]),
		    seen.disposition[i]);
	say("child: mask %s", seen.mask);
}

static void set_by_sigaction(void)
{
	for (size_t i = 0; i < COUNT(usual_signals); i++)
		set_action(usual_signals[i], second, SA_RESTART, FOUR);
}

static void set_defaults(void)
{
	for (size_t i = 0; i < COUNT(usual_signals); i++)
		set_action(usual_signals[i], SIG_DFL, 0, 0);
	set_mask(0);
}

static void set_by_signal(void)
{
	for (size_t i = 0; i < COUNT(usual_signals); i++)
		seen.returned[i] =
			signal(usual_signals[i], i % 2 ? SIG_IGN : second);
}

static void set_by_sigset(void)
{
	for (size_t i = 0; i < COUNT(usual_signals); i++)
		seen.returned[i] =
			sigset(usual_signals[i], i % 2 ? second : SIG_HOLD);
}

static void set_by_others(void)
{
	sigignore(SIGSEGV);
	seen.returned[0] = sysv_signal(SIGBUS, second);
	siginterrupt(SIGFPE, 0);
	sighold(SIGILL);
	sigblock((int)FOUR);
}

static void set_masks(void)
{
	sigset_t set;

	set_bits(&set, FOUR | BIT(SIGUSR2));
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void set_stack(void)
{
	const stack_t none = { .ss_flags = SS_DISABLE };

	sigaltstack(&none, NULL);
}

static void set_nothing(void)
{
}

static const struct {
	const char *name;
	void (*set)(void);
} set_rows[] = {
	{ "nothing", set_nothing },   { "sigaction", set_by_sigaction },
	{ "defaults", set_defaults }, { "signal", set_by_signal },
	{ "sigset", set_by_sigset },  { "others", set_by_others },
	{ "masks", set_masks },	      { "sigaltstack", set_stack },
};

/* Nobody is preloaded there: it says what exec has handed on. */
static char helper[4200];

static void prepare(void)
{
	setters_name_handlers();
	causes_prepare();
	snprintf(helper, sizeof(helper), "%s/show-static", program_directory);
}

static pid_t child_by_vfork(void (*set)(void))
{
	pid_t pid = vfork();

	if (pid == 0) {
		set();
		look();
		_exit(3);
	}
	return pid;
}

static void (*set_in_clone)(void);

static int run_clone(void *argument)
{
	(void)argument;
	set_in_clone();
	look();
	return 3;
}

/* As posix_spawn() makes its child. */
static pid_t child_by_clone(void (*set)(void))
{
	static char stack[STACK_SIZE] __attribute__((aligned(16)));

	set_in_clone = set;
	return clone(run_clone, stack + STACK_SIZE,
		     CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
}

static pid_t child_by_vfork_and_exec(void (*set)(void))
{
	pid_t pid = vfork();

	if (pid == 0) {
		set();
		look();
		execl(helper, "show-static", (char *)NULL);
		_exit(66);
	}
	return pid;
}

static pid_t child_by_spawn(void (*set)(void))
{
	char *arguments[] = { (char *)"show-static", NULL };
	posix_spawnattr_t attributes;
	sigset_t all;
	pid_t pid;

	(void)set;
	look();
	sigfillset(&all);
	REQUIRE(posix_spawnattr_init(&attributes) == 0);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF |
						      POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setsigmask(&attributes, &all);
	REQUIRE(posix_spawn(&pid, helper, NULL, &attributes, arguments,
			    environ) == 0);
	posix_spawnattr_destroy(&attributes);
	return pid;
}

static const struct {
	const char *name;
	pid_t (*make)(void (*)(void));
} child_rows[] = {
	{ "vfork", child_by_vfork },
	{ "clone", child_by_clone },
	{ "vfork and exec", child_by_vfork_and_exec },
	{ "posix_spawn", child_by_spawn },
};

/* What the parent has before. */
static void set_nothing_before(void)
{
}

static void set_handlers_before(void)
{
	set_action(SIGSEGV, first, SA_ONSTACK, FOUR);
	set_action(SIGBUS, SIG_IGN, 0, 0);
	set_action(SIGABRT, first, SA_RESETHAND, 0);
	set_mask(BIT(SIGFPE) | BIT(SIGUSR1));
}

static const struct {
	const char *name;
	void (*set)(void);
} before_rows[] = {
	{ "nothing", set_nothing_before },
	{ "handlers", set_handlers_before },
};

static void crash(const void *argument)
{
	cause_find(argument)->cause();
	say("still here");
}

static void vfork_row(size_t child, size_t set, size_t before)
{
	pid_t pid;

	section("%s sets %s, before %s", child_rows[child].name,
		set_rows[set].name, before_rows[before].name);
	memset(&seen, 0, sizeof(seen));
	before_rows[before].set();
	pid = child_rows[child].make(set_rows[set].set);
	REQUIRE(pid > 0);
	say_end(pid);
	say_look();
	for (size_t i = 0; i < COUNT(usual_signals); i++)
		say("parent: %s %s", signal_name(usual_signals[i]),
		    disposition_now(usual_signals[i]));
	say("parent: mask %s", mask_now_text());
	/* A report takes its time, so not in each. */
	if (current_place == PLACE_MAIN && before == 0)
		in_child(crash, "divide");
	reset();
}

static void vforks(void)
{
	prepare();
	for (size_t i = 0; i < COUNT(child_rows); i++)
		for (size_t j = 0; j < COUNT(set_rows); j++)
			for (size_t k = 0; k < COUNT(before_rows); k++)
				vfork_row(i, j, k);
}

/* The process itself crashes after its child has set everything. */
static void vfork_then_crash(void)
{
	pid_t pid;

	prepare();
	section("vfork, then a crash");
	pid = child_by_vfork(set_by_sigaction);
	say_end(pid);
	pid = child_by_spawn(NULL);
	say_end(pid);
	crash("null");
}

const struct suite vfork_suites[] = {
	{ "vforks", vforks, EVERYWHERE },
	{ "vfork-then-crash", vfork_then_crash, EVERYWHERE },
	{ NULL, NULL, 0 },
};
