/* Frame 1: all that is known at the fault, in one packet. */
#include "handler.h"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <sys/ucontext.h>
#include <time.h>

#include "state.h"
#include "sys.h"

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

void fdp_frame_fill(struct fdp_crash *crash, int signal, const siginfo_t *info,
		    const ucontext_t *context)
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
	fdp_copy(&crash->signal_mask, &context->uc_sigmask, 8);
	crash->context_address = (uint64_t)context;
	fdp_copy(crash->gregs, context->uc_mcontext.gregs,
		 sizeof(crash->gregs));
	fdp_copy(crash->siginfo, info, sizeof(crash->siginfo));
	fdp_sys(SYS_prctl, PR_GET_NAME, crash->comm);
	crash->deadline_ms = fdp_state.deadline_ms;
	crash->abort_size = 0;
	crash->abort_text[0] = '\0';
	crash->handler = 0;
	crash->noted.flags = 0;
	list_foreign(crash->foreign);
}

/* Where the report is to be seen: what was enabled, if it is still that. */
static int choose_output(struct fdp_crash *crash)
{
	struct stat status;

	crash->flags &= ~(uint32_t)FDP_CRASH_ENABLED;
	if (!__atomic_load_n(&fdp_state.enabled.active, __ATOMIC_ACQUIRE))
		return fdp_state.output;
	crash->flags |= FDP_CRASH_ENABLED;
	crash->dump.flags = fdp_state.enabled.flags;
	crash->dump.max_threads = fdp_state.enabled.max_threads;
	if (fdp_sys(SYS_fstat, fdp_state.enabled.fd, &status) == 0 &&
	    status.st_dev == fdp_state.enabled.device &&
	    status.st_ino == fdp_state.enabled.inode)
		return fdp_state.enabled.fd;
	return -1;
}

/*
 * glibc's abort message lies in pages of its own, behind a length word.  The
 * kernel copies it: if the pointer is bad it says EFAULT, and nothing faults.
 */
static long send_with_abort_text(int fd, struct fdp_crash *crash, int output)
{
	const char *text = *fdp_state.abort_message;
	struct iovec parts[2] = {
		{ crash, offsetof(struct fdp_crash, abort_text) },
		{ (void *)(text + sizeof(uint32_t)), FDP_ABORT_TEXT_MAX },
	};
	long r;

	crash->abort_size = FDP_ABORT_TEXT_MAX;
	r = fdp_send_with_fd(fd, parts, 2, output);
	crash->abort_size = 0;
	return r;
}

long fdp_frame_send(int fd, struct fdp_crash *crash)
{
	struct iovec part = { crash, sizeof(*crash) };
	int output = choose_output(crash);
	long r = -EFAULT;

	if (crash->signal == SIGABRT && fdp_state.abort_message &&
	    *fdp_state.abort_message)
		r = send_with_abort_text(fd, crash, output);
	if (r < 0)
		r = fdp_send_with_fd(fd, &part, 1, output);
	/* Descriptor 2 cannot be passed: the report is worth having all the
	 * same. */
	if (r < 0)
		r = fdp_send_with_fd(fd, &part, 1, -1);
	return r;
}
