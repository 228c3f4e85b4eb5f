/*
 * Dumps when a signal arrives: fdpreload.h.  As in faulthandler, it is an
 * ordinary handler of the program, which goes through the interposed
 * sigaction() like any other.
 */
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "api.h"
#include "api_fd.h"
#include "ask.h"
#include "ours.h"
#include "pinned.h"
#include "real.h"
#include "state.h"

/* As faulthandler has them; with CHAIN the previous handler interrupts. */
#define PLAIN_FLAGS (SA_RESTART | SA_ONSTACK)
#define CHAIN_FLAGS (SA_NODEFER | SA_ONSTACK)

/* 1 to 64. */
#define SIGNALS 65

static struct registered {
	bool active;
	int fd; /* ours */
	unsigned flags;
	long max_threads;
	/* What was there before; two, so that one is always whole. */
	struct sigaction actions[2];
	unsigned current; /* atomic: which of them */
} registered[SIGNALS];

static void on_signal(int signum);

static const struct sigaction *previous_of(const struct registered *entry)
{
	return &entry->actions[__atomic_load_n(&entry->current,
					       __ATOMIC_ACQUIRE)];
}

static void set_previous(struct registered *entry,
			 const struct sigaction *action)
{
	unsigned other = !entry->current;

	entry->actions[other] = *action;
	__atomic_store_n(&entry->current, other, __ATOMIC_RELEASE);
}

/* Past the interposed one, where the signal is pinned. */
static int change(int signum, const struct sigaction *new,
		  struct sigaction *old)
{
	return fdp_is_pinned(signum) ? FDP_REAL(sigaction)(signum, new, old)
				     : sigaction(signum, new, old);
}

static int install(int signum, unsigned flags, struct sigaction *previous)
{
	struct sigaction action = {
		.sa_handler = on_signal,
		.sa_flags = flags & FDPRELOAD_CHAIN ? CHAIN_FLAGS : PLAIN_FLAGS,
	};

	return change(signum, &action, previous);
}

static void dump(const struct registered *entry)
{
	struct fdp_request request = {
		.operation = FDP_DUMP,
		.flags = entry->flags & ~(unsigned)FDPRELOAD_CHAIN,
		.max_threads = entry->max_threads,
	};

	fdp_ask(&request, entry->fd, FDP_ASK_AND_WAIT);
}

/* What was to be done before is done now, and then this again. */
static void chain(int signum, const struct registered *entry)
{
	if (change(signum, previous_of(entry), NULL) < 0)
		return;
	raise(signum);
	install(signum, entry->flags, NULL);
}

static void on_signal(int signum)
{
	const struct registered *entry = &registered[signum];
	int saved = errno;

	if (!entry->active)
		return;
	dump(entry);
	if (entry->flags & FDPRELOAD_CHAIN) {
		errno = saved;
		chain(signum, entry);
	}
	errno = saved;
}

static bool may_be_registered(int signum)
{
	return signum > 0 && signum < SIGNALS && signum != SIGSEGV &&
	       signum != SIGBUS && signum != SIGFPE && signum != SIGILL &&
	       signum != SIGABRT;
}

FDP_EXPORT int fdp_api_register(int signum, int fd, unsigned flags,
				long max_threads)
{
	struct registered *entry;
	int r = fdp_api_check_flags(flags, FDPRELOAD_ALL_THREADS |
						   FDPRELOAD_CHAIN |
						   FDPRELOAD_FULL);
	struct sigaction previous;
	int copy, old;

	if (r < 0 || !may_be_registered(signum))
		return -EINVAL;
	entry = &registered[signum];
	old = entry->active ? entry->fd : -1;
	if (!fdp_state.watching)
		return -ENOTCONN;
	copy = fdp_api_copy_fd(fd);
	if (copy < 0)
		return copy;
	entry->fd = copy;
	entry->flags = flags;
	entry->max_threads = max_threads;
	if (!entry->active && install(signum, flags, &previous) < 0) {
		r = -errno;
		fdp_sys(SYS_close, copy);
		return r;
	}
	if (!entry->active)
		set_previous(entry, &previous);
	entry->active = true;
	if (old >= 0)
		fdp_sys(SYS_close, old);
	return 0;
}

FDP_EXPORT int fdp_api_unregister(int signum)
{
	struct registered *entry;

	if (!may_be_registered(signum))
		return -EINVAL;
	entry = &registered[signum];
	if (!entry->active)
		return 0;
	entry->active = false;
	fdp_state.pinned &= ~(UINT64_C(1) << (signum - 1));
	sigaction(signum, previous_of(entry), NULL);
	fdp_sys(SYS_close, entry->fd);
	return 1;
}

void fdp_pin(int signum)
{
	fdp_state.pinned |= UINT64_C(1) << (signum - 1);
}

int fdp_pinned_change(int signum, const struct sigaction *new,
		      struct sigaction *old)
{
	struct registered *entry = &registered[signum];

	if (old)
		*old = *previous_of(entry);
	if (new)
		set_previous(entry, new);
	return 0;
}
