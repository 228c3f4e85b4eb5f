/*
 * Other ways to the same calls: libraries that bind to libc by themselves,
 * symbols of a certain version.
 */
#include "causes.h"
#include "conform.h"
#include "processor.h"
#include "senders.h"
#include "setters.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
	int (*query)(int, struct sigaction *);
	int (*set)(int, __sighandler_t, struct sigaction *);
	int (*restore)(int, const struct sigaction *);
	int (*mask)(int, const sigset_t *, sigset_t *);
	__sighandler_t (*signal)(int, __sighandler_t);
	int (*count)(void);
	void *chain;
} library;

static void *load(const char *name, int flags)
{
	char path[4200];
	void *handle;

	snprintf(path, sizeof(path), "%s/%s", program_directory, name);
	handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | flags);
	if (!handle)
		say("dlopen: cannot load %s", name);
	return handle;
}

static void load_library(void)
{
	void *handle = load("library.so", RTLD_DEEPBIND);

	REQUIRE(handle);
	*(void **)&library.query = dlsym(handle, "library_query");
	*(void **)&library.set = dlsym(handle, "library_set");
	*(void **)&library.restore = dlsym(handle, "library_restore");
	*(void **)&library.mask = dlsym(handle, "library_mask");
	*(void **)&library.signal = dlsym(handle, "library_signal");
	*(void **)&library.count = dlsym(handle, "library_count");
	library.chain = dlsym(handle, "library_chain");
	REQUIRE(library.query && library.set && library.restore &&
		library.mask && library.signal && library.count &&
		library.chain);
	name_address(library.chain, 1, "library_chain");
}

static void say_library(const char *when, int signal)
{
	struct sigaction now;

	REQUIRE(library.query(signal, &now) == 0);
	say("%s: library %s, program %s", when, action_text(&now),
	    disposition_now(signal));
}

static void fault(const char *when, const struct cause *cause)
{
	say("%s", when);
	cause->cause();
	say("recovered, %d calls of the library", library.count());
}

/* The library reads and puts back what it has read. */
static void puts_back(const struct cause *cause)
{
	struct sigaction now;

	REQUIRE(library.query(cause->signal, &now) == 0);
	REQUIRE(library.restore(cause->signal, &now) == 0);
	say_library("put back", cause->signal);
	fault("and then", cause);
}

/* It sets a handler of its own for a while. */
static void sets_for_a_while(const struct cause *cause)
{
	struct sigaction old;

	REQUIRE(library.set(cause->signal, library.chain, &old) == 0);
	say("library's old %s", action_text(&old));
	say_library("set", cause->signal);
	REQUIRE(library.restore(cause->signal, NULL) == 0);
	say_library("restored", cause->signal);
	fault("and then", cause);
}

/* Its handler calls the one before. */
static void chains(const struct cause *cause)
{
	struct sigaction old;

	REQUIRE(library.set(cause->signal, library.chain, &old) == 0);
	fault("chained", cause);
	fault("chained again", cause);
}

/* The program saves and restores while the library's is there. */
static void program_saves(const struct cause *cause)
{
	struct sigaction old, mine = { .sa_handler = second };

	REQUIRE(library.set(cause->signal, library.chain, &old) == 0);
	REQUIRE(sigaction(cause->signal, &mine, &old) == 0);
	say("program's old %s", action_text(&old));
	REQUIRE(sigaction(cause->signal, &old, NULL) == 0);
	say_library("restored", cause->signal);
	fault("and then", cause);
}

static void library_defaults(const struct cause *cause)
{
	say("%s", handler_name((void *)library.signal(cause->signal, SIG_DFL)));
	say_library("default", cause->signal);
	fault("and then", cause);
}

static void library_ignores(const struct cause *cause)
{
	say("%s", handler_name((void *)library.signal(cause->signal, SIG_IGN)));
	say_library("ignored", cause->signal);
	raise(cause->signal);
	say("still here");
}

static void library_blocks(const struct cause *cause)
{
	sigset_t set, old;

	set_bits(&set, BIT(cause->signal) | BIT(SIGUSR1));
	REQUIRE(library.mask(SIG_BLOCK, &set, &old) == 0);
	say("library's old %s, program's mask %s", mask_text(&old),
	    mask_now_text());
	REQUIRE(library.mask(SIG_SETMASK, &old, &set) == 0);
	say("library's old %s, program's mask %s", mask_text(&set),
	    mask_now_text());
	set_mask(BIT(cause->signal) | BIT(SIGUSR2));
	REQUIRE(library.mask(SIG_BLOCK, NULL, &old) == 0);
	say("program blocked, library %s", mask_text(&old));
	REQUIRE(library.mask(SIG_SETMASK, &old, NULL) == 0);
	say("library set the same, program %s", mask_now_text());
}

static void recover(int signal, siginfo_t *info, void *context)
{
	say("program's handler, %s", disposition_now(signal));
	if (info->si_code > 0)
		skip(signal, context);
}

static const struct {
	const char *name;
	void (*run)(const struct cause *);
} deep_rows[] = {
	{ "puts back", puts_back },
	{ "sets for a while", sets_for_a_while },
	{ "chains", chains },
	{ "and the program saves", program_saves },
	{ "sets the default", library_defaults },
	{ "ignores", library_ignores },
	{ "blocks", library_blocks },
};

struct deep {
	size_t row;
	const struct cause *cause;
	bool handled;
};

static void run_deep(const void *argument)
{
	const struct deep *deep = argument;

	if (deep->handled)
		set_info_action(deep->cause->signal, recover, 0, BIT(SIGUSR2));
	deep_rows[deep->row].run(deep->cause);
}

static void deep_binding(void)
{
	static const char *const chosen[] = { "null", "divide", "breakpoint" };

	causes_prepare();
	setters_name_handlers();
	name_address((void *)recover, 1, "recover");
	load_library();
	for (size_t i = 0; i < COUNT(deep_rows); i++)
		for (size_t j = 0; j < COUNT(chosen); j++)
			for (int handled = 0; handled < 2; handled++) {
				struct deep deep = { i, cause_find(chosen[j]),
						     handled };

				section("library %s, %s, %s", deep_rows[i].name,
					chosen[j],
					handled ? "handler" : "default");
				in_child(run_deep, &deep);
			}
}

/* The first versions, as programs of long ago ask for them. */
int old_sigmask(int how, const sigset_t *set, sigset_t *old);
int old_create(pthread_t *id, const pthread_attr_t *attributes,
	       void *(*run)(void *), void *argument);
__asm__(".symver old_sigmask, pthread_sigmask@GLIBC_2.2.5");
__asm__(".symver old_create, pthread_create@GLIBC_2.2.5");

typedef int mask_call(int, const sigset_t *, sigset_t *);
typedef int create_call(pthread_t *, const pthread_attr_t *, void *(*)(void *),
			void *);

static void *thread(void *argument)
{
	stack_t stack;

	REQUIRE(sigaltstack(NULL, &stack) == 0);
	say("thread: mask %s, stack %s", mask_now_text(), stack_text(&stack));
	return argument;
}

static void versioned_row(mask_call *mask, create_call *create)
{
	sigset_t set, old;
	pthread_t id;

	REQUIRE(mask && create);
	set_bits(&set, FOUR | BIT(SIGUSR1));
	REQUIRE(mask(SIG_BLOCK, &set, &old) == 0);
	say("old %s, now %s", mask_text(&old), mask_now_text());
	REQUIRE(create(&id, NULL, thread, NULL) == 0);
	REQUIRE(pthread_join(id, NULL) == 0);
	REQUIRE(mask(SIG_SETMASK, &old, &set) == 0);
	say("old %s, now %s", mask_text(&set), mask_now_text());
}

static void versioned(void)
{
	section("versions by the linker");
	versioned_row(old_sigmask, old_create);
	section("versions by dlvsym");
	versioned_row((mask_call *)dlvsym(RTLD_DEFAULT, "pthread_sigmask",
					  "GLIBC_2.2.5"),
		      (create_call *)dlvsym(RTLD_DEFAULT, "pthread_create",
					    "GLIBC_2.2.5"));
	section("versions by dlvsym, new");
	versioned_row((mask_call *)dlvsym(RTLD_DEFAULT, "pthread_sigmask",
					  "GLIBC_2.32"),
		      (create_call *)dlvsym(RTLD_DEFAULT, "pthread_create",
					    "GLIBC_2.34"));
}

static void static_tls(void)
{
	char *(*address)(void) = NULL;
	void *handle;

	section("static TLS");
	handle = load("tls.so", 0);
	if (handle)
		*(void **)&address = dlsym(handle, "tls_address");
	if (address)
		address()[100] = 1;
	say("%s", address ? "loaded" : "not loaded");
}

static void other_ways(void)
{
	versioned();
	static_tls();
}

const struct suite loading_suites[] = {
	{ "deep-binding", deep_binding, EVERYWHERE },
	{ "other-ways", other_ways, EVERYWHERE },
	{ NULL, NULL, 0 },
};
