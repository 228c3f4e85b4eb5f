/*
 * Pointers that lead nowhere.  glibc reads some of them itself and dies, the
 * kernel says EFAULT for others: each call is made in a child.
 */
#include "conform.h"
#include "setters.h"

#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

/* Old and new in one object. */
#pragma GCC diagnostic ignored "-Wrestrict"

#define PAGE 4096

static char *pages; /* writable, read only, none */

/* Where a pointer leads. */
static const struct {
	const char *name;
	uintptr_t fixed;
	ptrdiff_t offset;
} wheres[] = {
	{ "one", 1, 0 },
	{ "kernel", UINT64_C(0xffff800000000000), 0 },
	{ "not canonical", UINT64_C(0x4000000000000000), 0 },
	{ "unmapped", 0, 2 * PAGE },
	{ "read only", 0, PAGE },
	{ "last 4 bytes", 0, 2 * PAGE - 4 },
	{ "last 8 bytes", 0, 2 * PAGE - 8 },
	{ "first 8 writable", 0, PAGE - 8 },
	{ "odd", 0, 17 },
};

static void *pointer(size_t where)
{
	return wheres[where].fixed ? (void *)wheres[where].fixed
				   : pages + wheres[where].offset;
}

static struct sigaction good_action = { .sa_handler = first };
static sigset_t good_set;
static stack_t good_stack = { .ss_flags = SS_DISABLE };

static int change_mask(int how, const sigset_t *set, sigset_t *old)
{
	int r = pthread_sigmask(how, set, old);

	/* The kernel's answer in the way of sigprocmask(). */
	say("pthread_sigmask %s", error_name(r));
	return r;
}

static const struct timespec no_time;

/* A function for each call with one bad pointer P, and a row of the table. */
#define CALLS(CALL)                                                            \
	CALL(sigaction_act, sigaction(SIGSEGV, p, NULL))                       \
	CALL(sigaction_act_old, sigaction(SIGSEGV, p, p))                      \
	CALL(sigaction_old, sigaction(SIGSEGV, NULL, p))                       \
	/* Not SIGSEGV: its new handler would be called without end. */        \
	CALL(sigaction_good_old, sigaction(SIGBUS, &good_action, p))           \
	CALL(sigaction_usr1_act, sigaction(SIGUSR1, p, NULL))                  \
	CALL(sigaction_usr1_old, sigaction(SIGUSR1, NULL, p))                  \
	CALL(sigaction_kill_act, sigaction(SIGKILL, p, NULL))                  \
	CALL(sigaction_65_act, sigaction(65, p, p))                            \
	CALL(sigprocmask_set, sigprocmask(SIG_BLOCK, p, NULL))                 \
	CALL(sigprocmask_old, sigprocmask(SIG_BLOCK, NULL, p))                 \
	CALL(sigprocmask_good_old, sigprocmask(SIG_BLOCK, &good_set, p))       \
	CALL(sigprocmask_how_set, sigprocmask(77, p, NULL))                    \
	CALL(sigprocmask_how_old, sigprocmask(77, &good_set, p))               \
	CALL(pthread_sigmask_set, change_mask(SIG_SETMASK, p, NULL))           \
	CALL(pthread_sigmask_old, change_mask(SIG_SETMASK, NULL, p))           \
	CALL(pthread_sigmask_good_old, change_mask(SIG_SETMASK, &good_set, p)) \
	CALL(sigpending_set, sigpending(p))                                    \
	CALL(sigaltstack_new, sigaltstack(p, NULL))                            \
	CALL(sigaltstack_old, sigaltstack(NULL, p))                            \
	CALL(sigaltstack_good_old, sigaltstack(&good_stack, p))                \
	CALL(sigtimedwait_set, sigtimedwait(p, NULL, &no_time))                \
	CALL(signalfd_set, signalfd(-1, p, SFD_CLOEXEC) >= 0)                  \
	CALL(ppoll_set, ppoll(NULL, 0, &no_time, p))

#define DEFINE(name, call)                                                     \
	static int name(void *p)                                               \
	{                                                                      \
		return (call);                                                 \
	}
CALLS(DEFINE)

#define ROW(name, call) { #name, name },
static const struct {
	const char *name;
	int (*call)(void *);
} calls[] = { CALLS(ROW) };

struct attempt {
	size_t call, where;
};

static void try_call(const void *argument)
{
	const struct attempt *attempt = argument;
	int r;

	OBSERVE(r = calls[attempt->call].call(pointer(attempt->where)));
	say("%d %s, now %s, %s, %s, mask %s", r, error_name(last_error),
	    disposition_now(SIGSEGV), disposition_now(SIGBUS),
	    disposition_now(SIGUSR1), mask_now_text());
}

static void prepare(void)
{
	setters_name_handlers();
	pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(pages != MAP_FAILED);
	REQUIRE(mprotect(pages + PAGE, PAGE, PROT_READ) == 0);
	REQUIRE(mprotect(pages + 2 * PAGE, PAGE, PROT_NONE) == 0);
	set_bits(&good_set, BIT(SIGSEGV) | BIT(SIGUSR1));
}

static void pointers(void)
{
	prepare();
	for (size_t i = 0; i < COUNT(calls); i++)
		for (size_t j = 0; j < COUNT(wheres); j++) {
			struct attempt attempt = { i, j };

			section("pointer %s, %s", calls[i].name,
				wheres[j].name);
			in_child(try_call, &attempt);
		}
}

const struct suite pointer_suites[] = {
	{ "pointers", pointers, PLACE_MAIN },
	{ NULL, NULL, 0 },
};
