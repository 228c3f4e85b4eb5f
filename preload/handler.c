/* Fault to frame 1.  May run on any thread, in any state, with any lock held.
 */
#include "handler.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/ucontext.h>
#include <time.h>

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
	crash->flags = fdp_state.page->pid ? 0 : FDP_CRASH_FORKED;
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

static void report(int signal, siginfo_t *info, void *context)
{
	static struct fdp_crash crash;
	uint64_t deadline;
	int fd;

	fill_crash(&crash, signal, info, context);
	deadline =
		crash.monotonic_ns + (uint64_t)fdp_state.deadline_ms * 1000000u;
	fd = fdp_session_open(crash.pid);
	if (fd < 0 || send_crash(fd, &crash) < 0 || !fdp_serve(fd, deadline))
		fdp_emergency(&crash);
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

void fdp_handle(int signal, siginfo_t *info, void *context)
{
	struct fdp_fork_page *page = fdp_state.page;
	uint32_t tid = (uint32_t)fdp_sys(SYS_gettid);
	uint32_t pid = (uint32_t)fdp_sys(SYS_getpid);
	uint32_t nobody = 0;

	fdp_clear_alignment_check();
	/* A vfork child borrows our memory; its death is not ours to report. */
	if (page->pid && (int)pid > 0 && page->pid != pid) {
		fdp_die(signal, info, context);
		return;
	}
	/* Init never dies of a signal that was sent: nothing has happened. */
	if (pid == 1 && info->si_code <= 0)
		return;
	if (__atomic_compare_exchange_n(&page->owner, &nobody, tid, false,
					__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
		first_signal = signal;
		copy_bytes(&first_info, info, sizeof(first_info));
		report(signal, info, context);
	} else if (nobody == tid && info->si_code <= 0) {
		return; /* sent to a thread that is dying already */
	} else if (nobody == tid) {
		fdp_die_now(first_signal, &first_info);
	} else {
		wait_for_owner();
	}
	fdp_die(signal, info, context);
}
