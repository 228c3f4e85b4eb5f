/*
 * The reporter: who reports, what, and what becomes of the thread.  May run on
 * any thread, in any state, with any lock held.
 */
#include "handler.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/ucontext.h>
#include <time.h>

#include "altstack.h"
#include "notes.h"
#include "record.h"
#include "state.h"
#include "sys.h"

/* The first fault, for a second one inside the handler. */
static int first_signal;
static siginfo_t first_info;

static struct fdp_crash crash;

/* True if the daemon has it. */
static bool send_and_serve(void)
{
	uint64_t deadline =
		crash.monotonic_ns + (uint64_t)fdp_state.deadline_ms * 1000000u;
	int fd = fdp_session_open(crash.pid);

	long r = fd < 0 ? fd : fdp_frame_send(fd, &crash);

	if (r >= 0 && fdp_serve(fd, deadline))
		return true;
	/* A filter refuses it, and nothing is wrong with the socket. */
	if (fd >= 0 && (r == -EPERM || r == -EACCES || r == -ENOSYS) &&
	    fdp_report_plainly(fd, &crash))
		return true;
	fdp_emergency(&crash);
	return false;
}

static void report(int signal, siginfo_t *info, void *context)
{
	const struct fdp_record *record = fdp_record_find();

	fdp_frame_fill(&crash, signal, info, context);
	fdp_notes_find(record, info, context, &crash.noted);
	if (crash.noted.flags)
		crash.handler = crash.noted.handler;
	if (record && (record->blocked & FDP_BIT(signal)))
		crash.flags |= FDP_CRASH_BLOCKED;
	send_and_serve();
}

/*
 * A call that a handler of the program's interrupted, which has returned, is
 * set up to be made again without us too.
 */
static void die(int signal, siginfo_t *info, void *context)
{
	if (info->si_code <= 0 && !(crash.noted.flags & FDP_NOTED_DEFERRED))
		fdp_undo_restart(context);
	fdp_die(signal, info, context);
}

/* Another thread reports and will take the process with it. */
static void wait_for_owner(void)
{
	struct timespec left = {
		.tv_sec = fdp_state.deadline_ms / 1000 + 1,
	};
	uint32_t owner = fdp_state.page->owner;

	fdp_sys(SYS_futex, &fdp_state.page->owner, FUTEX_WAIT, owner, &left);
}

/* 0: this thread reports now; else who does. */
static uint32_t claim(uint32_t tid)
{
	uint32_t nobody = 0;

	__atomic_compare_exchange_n(&fdp_state.page->owner, &nobody, tid, false,
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	return nobody;
}

/* A vfork child borrows our memory; its death is not ours to report. */
static bool is_borrower(void)
{
	uint32_t owner = fdp_state.page->pid;
	long pid = fdp_sys(SYS_getpid);

	return owner && pid > 0 && owner != (uint32_t)pid;
}

void fdp_handle(int signal, siginfo_t *info, void *context)
{
	uint32_t tid = (uint32_t)fdp_sys(SYS_gettid);
	uint32_t owner;

	fdp_clear_alignment_check();
	if (is_borrower()) {
		die(signal, info, context);
		return;
	}
	/* Init never dies of a signal that was sent: nothing has happened. */
	if (fdp_sys(SYS_getpid) == 1 && info->si_code <= 0)
		return;
	owner = claim(tid);
	if (owner == 0) {
		first_signal = signal;
		fdp_copy(&first_info, info, sizeof(first_info));
		report(signal, info, context);
	} else if (owner == tid && info->si_code <= 0) {
		return; /* sent to a thread that is dying already */
	} else if (owner == tid) {
		fdp_die_now(first_signal, &first_info);
	} else {
		wait_for_owner();
	}
	die(signal, info, context);
}

static void release(void)
{
	__atomic_store_n(&fdp_state.page->owner, 0, __ATOMIC_SEQ_CST);
	fdp_sys(SYS_futex, &fdp_state.page->owner, FUTEX_WAKE, INT32_MAX);
}

void fdp_handle_exit(void)
{
	uint32_t owner =
		__atomic_load_n(&fdp_state.page->owner, __ATOMIC_SEQ_CST);

	/* A handler of ours does not exit; one of the program's may. */
	if (owner && owner != (uint32_t)fdp_sys(SYS_gettid))
		wait_for_owner();
}

/*
 * False if the handler has sent the signal again, which comes when it has
 * returned, or has made the program go on elsewhere.
 */
static bool goes_on_in_abort(const struct fdp_note *note,
			     const ucontext_t *context)
{
	const greg_t *gregs = context->uc_mcontext.gregs;
	uint64_t pending = 0;

	fdp_sys(SYS_rt_sigpending, &pending, 8);
	return !(pending & FDP_BIT(SIGABRT)) && note &&
	       note->pc == (uint64_t)gregs[REG_RIP] &&
	       note->sp == (uint64_t)gregs[REG_RSP];
}

void fdp_handle_returned(void *context)
{
	struct fdp_record *record = fdp_record_find();
	const struct fdp_note *note = fdp_notes_of(record, context);
	siginfo_t *info =
		(siginfo_t *)((char *)context + FDP_KERNEL_UCONTEXT_SIZE);
	uint64_t *mask = (uint64_t *)&((ucontext_t *)context)->uc_sigmask;
	uint32_t tid = (uint32_t)fdp_sys(SYS_gettid);

	if (is_borrower() || fdp_sys(SYS_getpid) == 1 ||
	    !goes_on_in_abort(note, context))
		return;
	/* What arrives meanwhile must not be what the process dies of. */
	*mask = ~FDP_BIT(SIGABRT);
	fdp_sys(SYS_rt_sigprocmask, SIG_SETMASK, mask, NULL, 8);
	if (claim(tid) != 0) {
		wait_for_owner();
		return;
	}
	first_signal = SIGABRT;
	fdp_copy(&first_info, info, sizeof(first_info));
	fdp_frame_fill(&crash, SIGABRT, info, context);
	crash.flags |= FDP_CRASH_RETURNED;
	crash.handler = note ? note->handler : 0;
	fdp_notes_find_around(record, context, &crash.noted);
	send_and_serve();
	release();
	/* Once is enough, if there was another one pending. */
	if (record)
		record->aborting = 0;
}

void fdp_handle_direct(void *argument)
{
	struct fdp_direct *direct = argument;
	uint32_t tid = (uint32_t)fdp_sys(SYS_gettid);

	if (claim(tid) != 0)
		return;
	first_signal = direct->signal;
	fdp_copy(&first_info, direct->info, sizeof(first_info));
	fdp_frame_fill(&crash, direct->signal, direct->info, direct->context);
	fdp_notes_find(fdp_record_find(), direct->info, direct->context,
		       &crash.noted);
	crash.handler = crash.noted.flags ? crash.noted.handler : 0;
	crash.flags |= FDP_CRASH_DIRECT;
	send_and_serve();
	release();
	direct->stored = true;
}

uint64_t fdp_report_stack(uint64_t sp)
{
	const struct fdp_record *record = fdp_record_find();
	uint64_t top = record ? (uint64_t)record->stack : 0;

	if (!top || top - sp <= FDP_ALTSTACK_SIZE)
		return sp & ~UINT64_C(15);
	return top & ~UINT64_C(15);
}
