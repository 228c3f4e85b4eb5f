/* The table of dispositions: what the application set, what the kernel has. */
#include "disposition.h"

#include <linux/futex.h>
#include <stddef.h>

#include "handler.h"
#include "state.h"
#include "sys.h"

struct fdp_disposition fdp_dispositions[FDP_SIGNALS];

/*
 * While one fault is handled, another one must still be able to reach us; and a
 * filter may trap a system call of ours.
 */
#define REACHES_US (FDP_FAULTS | FDP_BIT(SIGSYS))

/* What a kernel before 5.11 keeps of unknown flags, a later one clears. */
#define KNOWN_FLAGS                                                            \
	((unsigned)SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO |                  \
	 FDP_SA_RESTORER | SA_ONSTACK | SA_RESTART | SA_NODEFER |              \
	 SA_RESETHAND)

#define ONLY_OURS (SA_SIGINFO | (unsigned)SA_RESETHAND)

/* Somebody who changes things all the time must not keep a query waiting. */
#define QUERIES_MAX 3

static uint64_t kernel_mask(uint64_t mask)
{
	return mask & ~(FDP_BIT(SIGKILL) | FDP_BIT(SIGSTOP));
}

static long kernel(int signal, const struct fdp_kernel_action *new,
		   struct fdp_kernel_action *old)
{
	return fdp_sys(SYS_rt_sigaction, signal, new, old, 8);
}

static struct fdp_kernel_action reporter(unsigned long more_flags)
{
	return (struct fdp_kernel_action){
		.handler = fdp_entry,
		.flags = FDP_SA_RESTORER | SA_SIGINFO | SA_ONSTACK |
			 SA_RESTART | more_flags,
		.restorer = fdp_state.restorer,
		.mask = ~REACHES_US,
	};
}

/* What the kernel is to have when the application asks for WANTED. */
static struct fdp_kernel_action
translate(const struct fdp_kernel_action *wanted)
{
	struct fdp_kernel_action action = *wanted;

	if (wanted->handler == NULL)
		return reporter(wanted->flags & ~(unsigned long)KNOWN_FLAGS);
	if ((uintptr_t)wanted->handler == 1)
		return action;
	action.handler = fdp_entry;
	action.flags |= SA_SIGINFO;
	action.flags &= ~(unsigned long)(unsigned)SA_RESETHAND;
	return action;
}

static uint64_t target_of(const struct fdp_kernel_action *action)
{
	uint64_t target = (uintptr_t)action->handler;

	return target > 1 && (action->flags & (unsigned)SA_RESETHAND)
		       ? target | FDP_ONCE
		       : target;
}

static void remember(int signal, const struct fdp_kernel_action *action)
{
	struct fdp_disposition *table = &fdp_dispositions[signal];

	table->handler = (uintptr_t)action->handler;
	table->flags = action->flags;
	table->restorer = action->restorer;
	table->mask = kernel_mask(action->mask);
	__atomic_store_n(&table->target, target_of(action), __ATOMIC_SEQ_CST);
}

static struct fdp_kernel_action recall(int signal)
{
	const struct fdp_disposition *table = &fdp_dispositions[signal];

	return (struct fdp_kernel_action){
		.handler = (void *)(table->target ? table->handler : 0),
		.flags = table->flags,
		.restorer = table->restorer,
		.mask = table->mask,
	};
}

/* Which of the flags nobody knows the kernel has kept. */
static unsigned long kept_flags(int signal, unsigned long flags)
{
	struct fdp_kernel_action now = { .flags = 0 };

	if (flags & ~(unsigned long)KNOWN_FLAGS)
		kernel(signal, NULL, &now);
	return (flags & KNOWN_FLAGS) |
	       (now.flags & ~(unsigned long)KNOWN_FLAGS);
}

static bool is_foreign(const struct fdp_kernel_action *action, uint64_t target)
{
	uint64_t handler = (uintptr_t)action->handler;

	return action->handler != fdp_entry && !(handler == 1 && target == 1);
}

/*
 * A handler that was set past us over ours may set ours again when it gives up:
 * it must not be found behind ours then.
 */
static bool is_known_foreign(int signal, const struct fdp_kernel_action *action)
{
	return (uintptr_t)action->handler > 1 &&
	       (uintptr_t)action->handler == fdp_dispositions[signal].foreign;
}

static long put(int signal, const struct fdp_kernel_action *new,
		struct fdp_kernel_action *ret_was)
{
	struct fdp_kernel_action action;
	long r;

	/* Somebody who read it past us sets it back: nothing changes. */
	if (!new || new->handler == fdp_entry)
		return kernel(signal, NULL, ret_was);
	if (is_known_foreign(signal, new)) {
		remember(signal, &fdp_dispositions[signal].under);
		return kernel(signal, new, ret_was);
	}
	action = translate(new);
	remember(signal, new);
	r = kernel(signal, &action, ret_was);
	fdp_dispositions[signal].flags = kept_flags(signal, new->flags);
	return r;
}

static int change(int signal, const struct fdp_kernel_action *new,
		  struct fdp_kernel_action *old)
{
	struct fdp_kernel_action before = recall(signal), was;
	long r;

	r = put(signal, new, &was);
	if (r < 0)
		return (int)r;
	*old = before;
	if (is_foreign(&was, (uintptr_t)before.handler)) {
		*old = was;
		fdp_dispositions[signal].foreign = (uintptr_t)was.handler;
		fdp_dispositions[signal].under = before;
	}
	return 0;
}

/* The lock: free, taken, taken and waited for. */
enum { FREE, TAKEN, CONTENDED };

static void wait_for_lock(uint32_t *word)
{
	while (__atomic_exchange_n(word, CONTENDED, __ATOMIC_ACQUIRE) != FREE)
		fdp_sys(SYS_futex, word, FUTEX_WAIT, CONTENDED, NULL);
}

/* No signal may find this thread with the lock, and ask for it again. */
static void lock(uint64_t *ret_mask)
{
	const uint64_t all = ~UINT64_C(0);
	uint32_t *word = &fdp_state.page->lock;
	uint32_t expected = FREE;

	fdp_sys(SYS_rt_sigprocmask, SIG_SETMASK, &all, ret_mask, 8);
	if (!__atomic_compare_exchange_n(word, &expected, TAKEN, false,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		wait_for_lock(word);
	/* Odd: somebody is at it. */
	__atomic_store_n(&fdp_state.page->changes, fdp_state.page->changes + 1,
			 __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

static void unlock(const uint64_t *mask)
{
	uint32_t *word = &fdp_state.page->lock;

	__atomic_store_n(&fdp_state.page->changes, fdp_state.page->changes + 1,
			 __ATOMIC_RELEASE);
	if (__atomic_exchange_n(word, FREE, __ATOMIC_RELEASE) == CONTENDED)
		fdp_sys(SYS_futex, word, FUTEX_WAKE, 1);
	fdp_sys(SYS_rt_sigprocmask, SIG_SETMASK, mask, NULL, 8);
}

int fdp_disposition_change(int signal, const struct fdp_kernel_action *new,
			   struct fdp_kernel_action *old)
{
	uint64_t mask;
	int r;

	lock(&mask);
	r = change(signal, new, old);
	unlock(&mask);
	return r;
}

void fdp_disposition_hide(int signal, struct fdp_kernel_action *action)
{
	if (action->handler == fdp_entry)
		*action = recall(signal);
}

/* What the kernel has is what the program set, unless we are there. */
static int ask(int signal, struct fdp_kernel_action *old)
{
	struct fdp_kernel_action ours = recall(signal), now;
	long r = kernel(signal, NULL, &now);

	if (r == 0)
		*old = now.handler == fdp_entry ? ours : now;
	return (int)r;
}

int fdp_disposition_query(int signal, struct fdp_kernel_action *old)
{
	uint32_t *changes = &fdp_state.page->changes;

	for (int i = 0; i < QUERIES_MAX; i++) {
		uint32_t before = __atomic_load_n(changes, __ATOMIC_SEQ_CST);
		int r = ask(signal, old);

		if (before % 2 == 0 &&
		    before == __atomic_load_n(changes, __ATOMIC_SEQ_CST))
			return r;
	}
	return fdp_disposition_change(signal, NULL, old);
}

void fdp_disposition_default(int signal)
{
	const struct fdp_kernel_action action = reporter(0);

	kernel(signal, &action, NULL);
}

bool fdp_disposition_foreign(int signal, uint64_t *ret_handler)
{
	struct fdp_kernel_action now;
	uint64_t target = __atomic_load_n(&fdp_dispositions[signal].target,
					  __ATOMIC_SEQ_CST);

	if (kernel(signal, NULL, &now) < 0 || !is_foreign(&now, target))
		return false;
	*ret_handler = (uintptr_t)now.handler;
	return true;
}

void fdp_disposition_adopt(int signal)
{
	struct fdp_kernel_action now, put;

	if (kernel(signal, NULL, &now) < 0)
		return;
	/* Not set by libc: whoever did it wants it as it is. */
	if ((uintptr_t)now.handler > 1 && now.restorer != fdp_state.restorer)
		return;
	remember(signal, &now);
	put = translate(&now);
	kernel(signal, &put, NULL);
}
