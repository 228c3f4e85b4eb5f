/*
 * Who gets a signal: the program's handler, the reporter, or nobody.
 *
 * The way to a handler of the program makes no system call and uses as little
 * stack as it can: the program may have provided just enough.
 */
#include "route.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>

#include "altstack.h"
#include "disposition.h"
#include "handler.h"
#include "notes.h"
#include "record.h"
#include "state.h"
#include "sys.h"

static uint64_t *mask_of(ucontext_t *context)
{
	return (uint64_t *)&context->uc_sigmask;
}

/* Below the stack pointer, and the program's: no signal frame is put there. */
#define RED_ZONE 128

/* Sent by somebody, not raised by an instruction or by the kernel. */
static bool is_sent(const siginfo_t *info)
{
	return info->si_code <= 0;
}

/* assert(), malloc() and the like leave a message on their way to abort(). */
static bool has_new_message(void)
{
	const void *message =
		fdp_state.abort_message ? *fdp_state.abort_message : NULL;

	return message && __atomic_exchange_n(&fdp_state.abort_seen, message,
					      __ATOMIC_SEQ_CST) != message;
}

/* Where abort() has no more to do in the program than to call this handler. */
static bool is_abort(const struct fdp_record *record, const siginfo_t *info,
		     const ucontext_t *context)
{
	uint64_t sp = (uint64_t)context->uc_mcontext.gregs[REG_RSP];

	if (info->si_code != SI_TKILL)
		return false;
	if (has_new_message())
		return true;
	return sp < record->aborting &&
	       record->aborting - sp < FDP_ABORT_FRAMES;
}

/* The kernel's frame: where the handler returns to lies below the context. */
static void return_to_reporter(ucontext_t *context)
{
	((uint64_t *)context)[-1] = (uint64_t)fdp_abort_restorer;
}

/*
 * How long a signal may be on its way from thread to thread: each that believes
 * it blocked blocks it when it gets it, and hands it on.
 */
#define ROUND_NS 200000000
#define SHORT_ROUND_NS 10000000

/* The longest, if it is going to stay; not long, if some thread may take it. */
static uint64_t time_for_round(int signal)
{
	uint32_t count = __atomic_load_n(&fdp_records.count, __ATOMIC_ACQUIRE);

	for (uint32_t number = 1; number <= count; number++) {
		const struct fdp_record *record = fdp_record_at(number);

		if (__atomic_load_n(&record->tid, __ATOMIC_ACQUIRE) &&
		    !(record->blocked & FDP_BIT(signal)))
			return SHORT_ROUND_NS;
	}
	return ROUND_NS;
}

/*
 * False: only for this thread.  The kernel lets nobody but the first thread say
 * that a signal of kill() came from another process.
 */
static bool queue_for_process(long pid, int signal, siginfo_t *info)
{
	if (fdp_sys(SYS_rt_sigqueueinfo, pid, signal, info) == 0)
		return true;
	if (info->si_code == SI_USER && info->si_pid == (pid_t)pid)
		return fdp_sys(SYS_kill, pid, signal) == 0;
	fdp_sys(SYS_rt_tgsigqueueinfo, pid, fdp_sys(SYS_gettid), signal, info);
	return false;
}

/*
 * Where all threads are to have it blocked, the caller of kill() finds it
 * pending when that returns.
 */
static void give_to_process(long pid, int signal, siginfo_t *info)
{
	const struct timespec moment = { .tv_nsec = 20000 };
	uint64_t end =
		fdp_sys_clock_ns(CLOCK_MONOTONIC) + time_for_round(signal);
	uint64_t pending = 0;

	if (!queue_for_process(pid, signal, info))
		return;
	while (fdp_sys(SYS_rt_sigpending, &pending, 8) == 0 &&
	       !(pending & FDP_BIT(signal)) &&
	       fdp_sys_clock_ns(CLOCK_MONOTONIC) < end)
		fdp_sys(SYS_nanosleep, &moment, NULL);
}

/*
 * The thread believes that the signal is blocked.  It is, from now on, and
 * pending: for this thread, or for whichever takes it first.
 */
static fdp_target *block(int signal, siginfo_t *info, ucontext_t *context)
{
	long pid = fdp_sys(SYS_getpid);
	long tid = fdp_sys(SYS_gettid);
	const uint64_t bit = FDP_BIT(signal);

	*mask_of(context) |= bit;
	/* Now too: a handler's flags may leave it open, and it would come. */
	fdp_sys(SYS_rt_sigprocmask, SIG_BLOCK, &bit, NULL, 8);
	if (info->si_code == SI_TKILL)
		fdp_sys(SYS_rt_tgsigqueueinfo, pid, tid, signal, info);
	else
		give_to_process(pid, signal, info);
	return fdp_nothing;
}

/*
 * Where the mask to go back to has it blocked for real, sigsuspend() or the
 * like has unblocked it for now.
 */
static bool is_blocked(const struct fdp_record *record, int signal,
		       ucontext_t *context)
{
	return record && (record->blocked & FDP_BIT(signal)) &&
	       !(*mask_of(context) & FDP_BIT(signal));
}

/* SA_RESETHAND: exactly one call gets the handler.  True: this one. */
static bool once(int signal, uint64_t target)
{
	const struct fdp_kernel_action none = { .flags = 0 };
	uint32_t owner = fdp_state.page->pid;

	/* A vfork child's dispositions are its own, the table is not. */
	if (owner && owner != (uint32_t)fdp_sys(SYS_getpid)) {
		fdp_sys(SYS_rt_sigaction, signal, &none, NULL, 8);
		return true;
	}
	if (!__atomic_compare_exchange_n(&fdp_dispositions[signal].target,
					 &target, 0, false, __ATOMIC_SEQ_CST,
					 __ATOMIC_SEQ_CST))
		return false;
	fdp_disposition_default(signal);
	return true;
}

static bool is_reporting(void)
{
	uint32_t owner =
		__atomic_load_n(&fdp_state.page->owner, __ATOMIC_SEQ_CST);

	return owner && owner == (uint32_t)fdp_sys(SYS_gettid);
}

static bool is_strict(void)
{
	const struct fdp_record *record = fdp_record_self();

	return record && record->strict;
}

/*
 * The thread's record, or NULL.  A fault with the default action does without:
 * the thread pointer may be what is broken.
 */
static struct fdp_record *record_for(uint64_t target, int signal,
				     const siginfo_t *info,
				     const ucontext_t *context)
{
	if (target <= 1 && fdp_is_genuine(signal, info, context))
		return NULL;
	return fdp_record_self();
}

#define PAGE UINT64_C(4096)

/*
 * Whether the kernel could have put its frame there, below SP.  All pages are
 * asked: a frame that is nearly as large as the guard can end behind it.
 */
static bool has_room(uint64_t sp)
{
	uint64_t end = sp - RED_ZONE, at = end - fdp_state.frame_size;

	for (at &= ~(PAGE - 1); at < end; at += PAGE)
		if (!fdp_is_readable((void *)at))
			return false;
	return true;
}

/*
 * A handler that asked for an alternate stack, of which the program has none,
 * would not have been called for an overflow of the stack.  On ours it is; if
 * it returns, as if nothing had happened, it would be called for ever.
 */
static bool is_overflow_again(const struct fdp_record *record,
			      const ucontext_t *context)
{
	const struct fdp_note *note =
		&record->notes[(record->turn - 1) % FDP_NOTES];
	uint64_t sp = (uint64_t)context->uc_mcontext.gregs[REG_RSP];

	return note->context == (uint64_t)context && note->sp == sp &&
	       note->pc == (uint64_t)context->uc_mcontext.gregs[REG_RIP] &&
	       (uint64_t)record->stack - note->context <= FDP_ALTSTACK_SIZE &&
	       !has_room(sp);
}

/* A filter, or a dispatcher, traps what this library calls. */
static bool is_own_call(int signal, const siginfo_t *info)
{
	return signal == SIGSYS && info->si_code > 0 &&
	       (uint64_t)info->si_call_addr - fdp_state.code <=
		       fdp_state.code_size;
}

/* It fails, and whoever called it does without. */
static fdp_target *fail_call(ucontext_t *context)
{
	context->uc_mcontext.gregs[REG_RAX] = -ENOSYS;
	return fdp_nothing;
}

fdp_target *fdp_route(int signal, siginfo_t *info, ucontext_t *context)
{
	uint64_t target = __atomic_load_n(&fdp_dispositions[signal].target,
					  __ATOMIC_SEQ_CST);
	struct fdp_record *record;

	/* Before anything is called: it would be trapped as well. */
	if (is_own_call(signal, info) && (target == 0 || fdp_state.page->owner))
		return fail_call(context);
	if (fdp_state.page->strict && target == 0 && is_strict())
		return fdp_handle_strict;
	/* Before the table: a fault in the reporter is not the program's. */
	if (is_reporting())
		return fdp_default;
	record = record_for(target, signal, info, context);
	if (is_blocked(record, signal, context))
		return fdp_is_genuine(signal, info, context)
			       ? fdp_default
			       : block(signal, info, context);
	if (target <= 1)
		return target && is_sent(info) ? fdp_nothing : fdp_default;
	if (record && is_overflow_again(record, context))
		return fdp_default;
	if (record)
		fdp_note(record, info, context, target & ~FDP_ONCE);
	if ((target & FDP_ONCE) && !once(signal, target))
		return fdp_default;
	if (signal == SIGABRT && record && is_abort(record, info, context))
		return_to_reporter(context);
	return (fdp_target *)(target & ~FDP_ONCE);
}
