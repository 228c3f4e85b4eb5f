/* What a new thread and a forked child begin with. */
#include "conform.h"
#include "setters.h"

#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <threads.h>
#include <unistd.h>

static const struct {
	const char *name;
	uint64_t bits;
} set_rows[] = {
	{ "empty", 0 },		  { "segv", BIT(SIGSEGV) },
	{ "four", FOUR },	  { "abrt usr1", BIT(SIGABRT) | BIT(SIGUSR1) },
	{ "full", ~UINT64_C(0) },
};

/* What the new one sees, and what it can change without touching its maker. */
static void look(void)
{
	stack_t stack;

	REQUIRE(sigaltstack(NULL, &stack) == 0);
	say("begins with %s, stack %s", mask_now_text(), stack_text(&stack));
	for (size_t i = 0; i < COUNT(usual_signals); i++)
		say("%s", disposition_now(usual_signals[i]));
	set_mask(BIT(SIGBUS) | BIT(SIGUSR2));
	say("set to %s", mask_now_text());
}

static void *look_in_thread(void *argument)
{
	look();
	return argument;
}

static int look_in_c11_thread(void *argument)
{
	(void)argument;
	look();
	return 42;
}

static void by_pthread(void)
{
	void *value = NULL;
	pthread_t id;
	int r;

	OBSERVE(r = pthread_create(&id, NULL, look_in_thread, &value));
	REQUIRE(pthread_join(id, &value) == 0);
	say("created %d %s", r, error_name(last_error));
	say("its value is %s",
	    value == &value ? "its argument" : "something else");
}

/* glibc 2.32. */
static void by_pthread_with_mask(void)
{
	pthread_attr_t attributes;
	sigset_t set;
	pthread_t id;

	set_bits(&set, BIT(SIGILL) | BIT(SIGUSR2));
	REQUIRE(pthread_attr_init(&attributes) == 0);
	REQUIRE(pthread_attr_setsigmask_np(&attributes, &set) == 0);
	REQUIRE(pthread_create(&id, &attributes, look_in_thread, NULL) == 0);
	REQUIRE(pthread_join(id, NULL) == 0);
	REQUIRE(pthread_attr_destroy(&attributes) == 0);
}

static void by_c11(void)
{
	int value = 0;
	thrd_t id;
	int r;

	OBSERVE(r = thrd_create(&id, look_in_c11_thread, NULL));
	REQUIRE(thrd_join(id, &value) == thrd_success);
	say("created %d %s", r, error_name(last_error));
	say("its value %d", value);
}

/* It cannot be made: the stack is larger than memory. */
static void by_pthread_too_large(void)
{
	pthread_attr_t attributes;
	pthread_t id;
	int r;

	REQUIRE(pthread_attr_init(&attributes) == 0);
	REQUIRE(pthread_attr_setstacksize(&attributes, (size_t)1 << 46) == 0);
	OBSERVE(r = pthread_create(&id, &attributes, look_in_thread, NULL));
	say("not created: %s, errno %s", error_name(r), error_name(last_error));
	REQUIRE(pthread_attr_destroy(&attributes) == 0);
}

static void end_child(pid_t pid)
{
	REQUIRE(pid >= 0);
	if (pid == 0) {
		look();
		_exit(0);
	}
	say_end(pid);
}

static void by_fork(void)
{
	pid_t pid;

	OBSERVE(pid = fork());
	end_child(pid);
	say("forked, %s", error_name(last_error));
}

/* glibc 2.34; no handlers of pthread_atfork(). */
static void by_bare_fork(void)
{
	end_child(_Fork());
}

static void by_system_call(void)
{
	end_child((pid_t)syscall(SYS_fork));
}

static const struct {
	const char *name;
	void (*make)(void);
} makers[] = {
	{ "pthread_create", by_pthread },
	{ "pthread_create with a mask", by_pthread_with_mask },
	{ "pthread_create too large", by_pthread_too_large },
	{ "thrd_create", by_c11 },
	{ "fork", by_fork },
	{ "_Fork", by_bare_fork },
	{ "fork by system call", by_system_call },
};

static void make(size_t maker, size_t set)
{
	section("%s with %s", makers[maker].name, set_rows[set].name);
	set_action(SIGSEGV, first, SA_RESTART, FOUR);
	set_action(SIGBUS, SIG_IGN, 0, 0);
	set_action(SIGABRT, second, SA_RESETHAND, 0);
	set_mask(set_rows[set].bits);
	makers[maker].make();
	say("left with %s", mask_now_text());
	reset();
}

static void inherit(void)
{
	setters_name_handlers();
	for (size_t i = 0; i < COUNT(makers); i++)
		for (size_t j = 0; j < COUNT(set_rows); j++)
			make(i, j);
}

const struct suite inherit_suites[] = {
	{ "inherit", inherit, EVERYWHERE },
	{ NULL, NULL, 0 },
};
