/* Fault to frame 1.  May run on any thread, in any state, with any lock held.
 */
#include "handler.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/prctl.h>
#include <sys/socket.h>
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

static void copy_bytes(void *to, const void *from, size_t size)
{
	for (size_t i = 0; i < size; i++)
		((volatile char *)to)[i] = ((const char *)from)[i];
}

static void fill_crash(struct fdp_crash *crash, int signal,
		       const siginfo_t *info, const ucontext_t *context)
{
	fdp_header_set(&crash->header, FDP_CRASH, sizeof(*crash), 0);
	crash->pid = (uint32_t)fdp_sys(SYS_getpid);
	crash->tid = (uint32_t)fdp_sys(SYS_gettid);
	crash->signal = signal;
	crash->flags =
		crash->pid == fdp_state.origin_pid ? 0 : FDP_CRASH_FORKED;
	crash->realtime_ns = fdp_sys_clock_ns(CLOCK_REALTIME);
	crash->monotonic_ns = fdp_sys_clock_ns(CLOCK_MONOTONIC);
	crash->thread_pointer = fdp_thread_pointer();
	copy_bytes(&crash->signal_mask, &context->uc_sigmask, 8);
	crash->context_address = (uint64_t)context;
	copy_bytes(crash->gregs, context->uc_mcontext.gregs,
		   sizeof(crash->gregs));
	copy_bytes(crash->siginfo, info, sizeof(crash->siginfo));
	fdp_sys(SYS_prctl, PR_GET_NAME, crash->comm);
	crash->deadline_ms = fdp_state.deadline_ms;
	crash->abort_size = 0;
	crash->abort_text[0] = '\0';
	crash->handler = 0;
	crash->noted.flags = 0;
}

/*
 * glibc's abort message lies in pages of its own, behind a length word.  The
 * kernel copies it: if the pointer is bad it says EFAULT, and nothing faults.
 */
static long send_with_abort_text(int fd, struct fdp_crash *crash)
{
	const char *text = *fdp_state.abort_message;
	struct iovec parts[2] = {
		{ crash, offsetof(struct fdp_crash, abort_text) },
		{ (void *)(text + sizeof(uint32_t)), FDP_ABORT_TEXT_MAX },
	};
	long r;

	crash->abort_size = FDP_ABORT_TEXT_MAX;
	r = fdp_send_with_fd(fd, parts, 2, fdp_state.output);
	crash->abort_size = 0;
	return r;
}

static long send_crash(int fd, struct fdp_crash *crash)
{
	struct iovec part = { crash, sizeof(*crash) };
	long r = -EFAULT;

	if (crash->signal == SIGABRT && fdp_state.abort_message &&
	    *fdp_state.abort_message)
		r = send_with_abort_text(fd, crash);
	if (r < 0)
		r = fdp_send_with_fd(fd, &part, 1, fdp_state.output);
	/* Descriptor 2 cannot be passed: the report is worth having all the
	 * same. */
	if (r < 0)
		r = fdp_send_with_fd(fd, &part, 1, -1);
	return r;
}

static struct fdp_crash crash;

/* Who has gone round us, whatever the signal. */
static void list_foreign(struct fdp_foreign *list)
{
	size_t count = 0;

	for (int signal = 1; signal < FDP_SIGNALS; signal++)
		if ((fdp_state.signals & FDP_BIT(signal)) &&
		    count < FDP_FOREIGN_MAX &&
		    fdp_disposition_foreign(signal, &list[count].handler))
			list[count++].signal = signal;
	if (count < FDP_FOREIGN_MAX)
		list[count].signal = 0;
}

/* True if the daemon has it. */
static bool send_and_serve(void)
{
	uint64_t deadline =
		crash.monotonic_ns + (uint64_t)fdp_state.deadline_ms * 1000000u;
	int fd = fdp_session_open(crash.pid);

	if (fd >= 0 && send_crash(fd, &crash) >= 0 && fdp_serve(fd, deadline))
		return true;
	fdp_emergency(&crash);
	return false;
}

static void report(int signal, siginfo_t *info, void *context)
{
	const struct fdp_record *record = fdp_record_find();

	fill_crash(&crash, signal, info, context);
	fdp_notes_find(record, info, context, &crash.noted);
	if (crash.noted.flags)
		crash.handler = crash.noted.handler;
	if (record && (record->blocked & FDP_BIT(signal)))
		crash.flags |= FDP_CRASH_BLOCKED;
	list_foreign(crash.foreign);
	send_and_serve();
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
		fdp_die(signal, info, context);
		return;
	}
	/* Init never dies of a signal that was sent: nothing has happened. */
	if (fdp_sys(SYS_getpid) == 1 && info->si_code <= 0)
		return;
	owner = claim(tid);
	if (owner == 0) {
		first_signal = signal;
		copy_bytes(&first_info, info, sizeof(first_info));
		report(signal, info, context);
	} else if (owner == tid && info->si_code <= 0) {
		return; /* sent to a thread that is dying already */
	} else if (owner == tid) {
		fdp_die_now(first_signal, &first_info);
	} else {
		wait_for_owner();
	}
	fdp_die(signal, info, context);
}

static void release(void)
{
	__atomic_store_n(&fdp_state.page->owner, 0, __ATOMIC_SEQ_CST);
}

void fdp_handle_returned(void *context)
{
	const struct fdp_note *note = fdp_notes_of(fdp_record_find(), context);
	siginfo_t *info =
		(siginfo_t *)((char *)context + FDP_KERNEL_UCONTEXT_SIZE);
	uint64_t *mask = (uint64_t *)&((ucontext_t *)context)->uc_sigmask;
	uint32_t tid = (uint32_t)fdp_sys(SYS_gettid);

	if (is_borrower() || fdp_sys(SYS_getpid) == 1)
		return;
	/* What arrives meanwhile must not be what the process dies of. */
	*mask = ~FDP_BIT(SIGABRT);
	fdp_sys(SYS_rt_sigprocmask, SIG_SETMASK, mask, NULL, 8);
	if (claim(tid) != 0) {
		wait_for_owner();
		return;
	}
	first_signal = SIGABRT;
	copy_bytes(&first_info, info, sizeof(first_info));
	fill_crash(&crash, SIGABRT, info, context);
	crash.flags |= FDP_CRASH_RETURNED;
	crash.handler = note ? note->handler : 0;
	list_foreign(crash.foreign);
	send_and_serve();
	release();
}

void fdp_handle_direct(void *argument)
{
	struct fdp_direct *direct = argument;
	uint32_t tid = (uint32_t)fdp_sys(SYS_gettid);

	if (claim(tid) != 0)
		return;
	first_signal = direct->signal;
	copy_bytes(&first_info, direct->info, sizeof(first_info));
	fill_crash(&crash, direct->signal, direct->info, direct->context);
	fdp_notes_find(fdp_record_find(), direct->info, direct->context,
		       &crash.noted);
	crash.handler = crash.noted.flags ? crash.noted.handler : 0;
	crash.flags |= FDP_CRASH_DIRECT;
	list_foreign(crash.foreign);
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
	return (top - FDP_ALTSTACK_RESERVED) & ~UINT64_C(15);
}
