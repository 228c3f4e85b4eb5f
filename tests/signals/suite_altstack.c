/* sigaltstack(), and handlers on stacks of the program's own. */
#include "causes.h"
#include "conform.h"
#include "processor.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif

/* Old and new in one object: glibc does not forbid it. */
#pragma GCC diagnostic ignored "-Wrestrict"

#define LARGEST (256 * 1024)

static char *memory;

static const struct {
	const char *name;
	size_t size;
	int flags;
	bool beyond; /* what the kernel's frame takes on this processor */
} stack_rows[] = {
	/* Of 4096 and 5000 that is about so much where it has AVX alone. */
	{ "little", 2048, 0, true },
	{ "some more", 3072, 0, true },
	{ "8192", 8192, 0, false },
	{ "65536", 65536, 0, false },
	{ "largest", LARGEST, 0, false },
	{ "onstack", 65536, SS_ONSTACK, false },
	{ "autodisarm", 65536, (int)SS_AUTODISARM, false },
	{ "too small", 2047, 0, false },
	{ "none", 0, 0, false },
	{ "disable", 65536, SS_DISABLE, false },
	{ "disable of nothing", 0, SS_DISABLE, false },
	{ "bad flags", 65536, 77, false },
	{ "bad flags, small", 100, 4, false },
};

static size_t size_of(size_t row)
{
	size_t frame = stack_rows[row].beyond ? getauxval(AT_MINSIGSTKSZ) : 0;

	return stack_rows[row].size + frame;
}

static stack_t stack_of(size_t row)
{
	return (stack_t){ .ss_sp = memory,
			  .ss_size = size_of(row),
			  .ss_flags = stack_rows[row].flags };
}

static const char *stack_now(void)
{
	stack_t now;
	int r;

	memset(&now, 0, sizeof(now));
	OBSERVE(r = sigaltstack(NULL, &now));
	REQUIRE(r == 0 && last_error == 0);
	return stack_text(&now);
}

static void set_stack(const char *when, size_t row)
{
	stack_t stack = stack_of(row), old;
	int r;

	memset(&old, 0, sizeof(old));
	OBSERVE(r = sigaltstack(&stack, &old));
	say("%s %s: %d %s, old %s, now %s", when, stack_rows[row].name, r,
	    error_name(last_error), stack_text(&old), stack_now());
	OBSERVE(r = sigaltstack(&stack, &stack));
	say("%s %s, into itself: %d %s, old %s, now %s", when,
	    stack_rows[row].name, r, error_name(last_error), stack_text(&stack),
	    stack_now());
}

/* Each after each. */
static void setting(void)
{
	for (size_t i = 0; i < COUNT(stack_rows); i++) {
		section("stack %s, then others", stack_rows[i].name);
		say("at first %s", stack_now());
		for (size_t j = 0; j < COUNT(stack_rows); j++) {
			stack_t first = stack_of(i);

			sigaltstack(&first, NULL);
			set_stack("then", j);
		}
		reset();
	}
}

/* In a handler there may be little room: only notes are taken. */
static struct {
	const char *runs_on;
	stack_t seen;
	int query, set, set_error;
} noted;

static void note(int signal, siginfo_t *info, void *context)
{
	const stack_t none = { .ss_flags = SS_DISABLE };
	char here = 0;

	noted.runs_on = address_name(&here);
	noted.query = sigaltstack(NULL, &noted.seen);
	errno = 0;
	noted.set = sigaltstack(&none, NULL);
	noted.set_error = errno;
	if (info->si_code > 0)
		skip(signal, context);
}

static void say_noted(void)
{
	say("runs on %s, sees %s, disabling %d %s, now %s", noted.runs_on,
	    stack_text(&noted.seen), noted.set, error_name(noted.set_error),
	    stack_now());
}

static void handler_row(const struct cause *cause, size_t row, int flags)
{
	stack_t stack = stack_of(row);

	section("handler of %s%s on stack %s", cause->name, flags ? "" : " not",
		stack_rows[row].name);
	sigaltstack(&stack, NULL);
	set_info_action(cause->signal, note, flags, 0);
	for (int i = 0; i < 3; i++) {
		cause->cause();
		say_noted();
	}
	reset();
}

static void handlers(void)
{
	static const char *const chosen[] = { "null", "missing", "divide",
					      "undefined", "breakpoint" };

	for (size_t i = 0; i < COUNT(chosen); i++)
		for (size_t j = 0; j < COUNT(stack_rows); j++) {
			handler_row(cause_find(chosen[i]), j, SA_ONSTACK);
			handler_row(cause_find(chosen[i]), j, 0);
		}
}

/* The default action when the thread has a stack of its own. */
static void die_on(const void *argument)
{
	const size_t *row = argument;
	stack_t stack = stack_of(*row);

	sigaltstack(&stack, NULL);
	cause_find("null")->cause();
}

static void abort_on(const void *argument)
{
	const size_t *row = argument;
	stack_t stack = stack_of(*row);

	sigaltstack(&stack, NULL);
	abort();
}

static void deaths(void)
{
	for (size_t i = 0; i < COUNT(stack_rows); i++) {
		section("dying with stack %s", stack_rows[i].name);
		in_child(die_on, &i);
		section("aborting with stack %s", stack_rows[i].name);
		in_child(abort_on, &i);
	}
}

/* A forked child has its maker's, a thread has none. */
static void say_stack(const void *argument)
{
	(void)argument;
	say("has %s", stack_now());
	set_stack("set to", 2);
}

static void end_handed(pid_t pid)
{
	REQUIRE(pid >= 0);
	if (pid == 0) {
		say_stack(NULL);
		_exit(0);
	}
	say_end(pid);
}

static void handed_on(void)
{
	for (size_t i = 0; i < COUNT(stack_rows); i++) {
		stack_t stack = stack_of(i);

		section("stack %s handed on", stack_rows[i].name);
		sigaltstack(&stack, NULL);
		in_child(say_stack, NULL);
		end_handed(_Fork());
		in_thread(say_stack, NULL);
		say("left with %s", stack_now());
		reset();
	}
}

static void altstack(void)
{
	causes_prepare();
	memory = mmap(NULL, LARGEST, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(memory != MAP_FAILED);
	name_address(memory, LARGEST, "the memory");
	setting();
	handlers();
	deaths();
	handed_on();
}

const struct suite altstack_suites[] = {
	{ "altstack", altstack, EVERYWHERE },
	{ NULL, NULL, 0 },
};
