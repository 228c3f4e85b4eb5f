/* Fault to frame 1.  May run on any thread, in any state, with any lock held.
 */
#include "handler.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/ucontext.h>
#include <time.h>

#include "state.h"
#include "sys.h"

/* The first fault, for a second one inside the handler. */
static int first_signal;
static siginfo_t first_info;

/* The number may have been closed, or be somebody else's by now. */
static bool channel_is_ours(void)
{
	struct stat status;

	return fdp_sys(SYS_fstat, fdp_state.channel, &status) == 0 &&
	       status.st_dev == fdp_state.channel_device &&
	       status.st_ino == fdp_state.channel_inode;
}

/* Sends one packet of up to two parts with a descriptor (-1: without). */
static long send_with_fd(int socket, struct iovec *parts, size_t count, int fd)
{
	struct {
		struct cmsghdr header;
		int fd;
		int padding;
	} control = {
		.header = { .cmsg_len = CMSG_LEN(sizeof(int)),
			    .cmsg_level = SOL_SOCKET,
			    .cmsg_type = SCM_RIGHTS },
		.fd = fd,
	};
	struct msghdr message = {
		.msg_iov = parts,
		.msg_iovlen = count,
		.msg_control = fd < 0 ? NULL : &control,
		.msg_controllen = fd < 0 ? 0 : sizeof(control),
	};

	return fdp_sys(SYS_sendmsg, socket, &message,
		       MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Without a free number: a higher limit, or the place of descriptor 0. */
static long make_pair(int pair[2])
{
	struct rlimit limit;
	long r = -EMFILE;

	for (int attempt = 0; r == -EMFILE && attempt < 3; attempt++) {
		r = fdp_sys(SYS_socketpair, AF_UNIX,
			    SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
		if (r != -EMFILE)
			break;
		if (fdp_sys(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &limit) ==
		    0) {
			limit.rlim_cur = limit.rlim_max;
			fdp_sys(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, NULL);
		}
		if (attempt == 1) {
			fdp_sys(SYS_close, 0);
			fdp_sys(SYS_close, 1);
		}
	}
	return r;
}

/* A forked child shares its parent's channel, and asks there for its own. */
static int join(uint32_t pid)
{
	struct fdp_hello hello = { .pid = pid };
	struct iovec part = { &hello, sizeof(hello) };
	struct timeval timeout = { .tv_sec = 1 };
	const int on = 1;
	int pair[2];

	if (make_pair(pair) < 0)
		return -1;
	fdp_sys(SYS_setsockopt, pair[0], SOL_SOCKET, SO_SNDTIMEO, &timeout,
		sizeof(timeout));
	fdp_sys(SYS_setsockopt, pair[1], SOL_SOCKET, SO_PASSCRED, &on,
		sizeof(on));
	fdp_header_set(&hello.header, FDP_JOIN, sizeof(hello), 0);
	if (send_with_fd(fdp_state.channel, &part, 1, pair[1]) < 0)
		return -1;
	fdp_sys(SYS_close, pair[1]);
	return pair[0];
}

static int open_session(uint32_t pid)
{
	if (!channel_is_ours())
		return -1;
	return fdp_state.page->pid ? fdp_state.channel : join(pid);
}

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
	r = send_with_fd(fd, parts, 2, fdp_state.output);
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
		r = send_with_fd(fd, &part, 1, fdp_state.output);
	/* Descriptor 2 cannot be passed: the report is worth having all the
	 * same. */
	if (r < 0)
		r = send_with_fd(fd, &part, 1, -1);
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
	fd = open_session(crash.pid);
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
