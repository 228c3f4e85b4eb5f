/*
 * A report by read and write alone.  A thread in seccomp's strict mode has
 * these, exit and sigreturn; any other system call kills it at once, and not
 * with the signal that it got.  Filters that refuse what else we would use are
 * similar.
 */
#include "handler.h"

#include <linux/futex.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/ucontext.h>

#include "../proto/decode.h"
#include "record.h"
#include "state.h"
#include "sys.h"

/* WAIT comes four times a second; the daemon's own deadline ends it before. */
#define ANSWERS_MAX 300

static union {
	struct fdp_crash crash;
	uint8_t bytes[FDP_MESSAGE_MAX];
	uint64_t aligned;
} packet;

static void fill(struct fdp_crash *crash, const struct fdp_record *record,
		 int signal, const siginfo_t *info, const ucontext_t *context)
{
	fdp_header_set(&crash->header, FDP_CRASH, sizeof(*crash), 0);
	crash->pid = fdp_state.page->pid;
	crash->tid = record->tid;
	crash->signal = signal;
	crash->flags =
		crash->pid == fdp_state.origin_pid ? 0 : FDP_CRASH_FORKED;
	crash->thread_pointer = record->thread_pointer;
	fdp_copy(&crash->signal_mask, &context->uc_sigmask, 8);
	crash->context_address = (uint64_t)context;
	fdp_copy(crash->gregs, context->uc_mcontext.gregs,
		 sizeof(crash->gregs));
	fdp_copy(crash->siginfo, info, sizeof(crash->siginfo));
	crash->deadline_ms = fdp_state.deadline_ms;
}

/* Where nobody may ask for an answer: most reports are there by then. */
#define MOMENT_NS 200000000

static bool send_frame(int fd)
{
	return fdp_sys(SYS_write, fd, &packet.crash, sizeof(packet.crash)) > 0;
}

static void await_answers(int fd)
{
	long r = 1;

	for (int i = 0; r > 0 && i < ANSWERS_MAX; i++) {
		r = fdp_sys(SYS_read, fd, &packet, sizeof(packet));
		if (r > 0 && fdp_decode(&packet, (size_t)r) == FDP_DONE)
			return;
	}
}

static void wait_a_moment(void)
{
	const struct timespec moment = { .tv_nsec = MOMENT_NS };
	uint32_t owner = fdp_state.page->owner;

	fdp_sys(SYS_futex, &fdp_state.page->owner, FUTEX_WAIT, owner, &moment);
}

/* Its socket would wait for ever for a daemon that does not answer. */
static bool limit_reading(int fd)
{
	const struct timeval limit = {
		.tv_sec = fdp_state.deadline_ms / 1000 + 1,
	};

	return fdp_sys(SYS_setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, &limit,
		       sizeof(limit)) == 0;
}

bool fdp_report_plainly(int fd, const struct fdp_crash *crash)
{
	const struct fdp_record *record = fdp_record_self();

	fdp_copy(&packet.crash, crash, sizeof(*crash));
	if ((int32_t)crash->pid <= 0)
		packet.crash.pid = fdp_state.page->pid;
	if ((int32_t)crash->tid <= 0 && record)
		packet.crash.tid = record->tid;
	if (!crash->thread_pointer && record)
		packet.crash.thread_pointer = record->thread_pointer;
	if (!send_frame(fd))
		return false;
	if (limit_reading(fd))
		await_answers(fd);
	else
		wait_a_moment();
	return true;
}

void fdp_handle_strict(int signal, siginfo_t *info, void *context)
{
	struct fdp_record *record = fdp_record_self();
	uint32_t nobody = 0;

	if (record->strict == FDP_STRICT_CHANNEL &&
	    __atomic_compare_exchange_n(&fdp_state.page->owner, &nobody,
					record->tid, false, __ATOMIC_SEQ_CST,
					__ATOMIC_SEQ_CST)) {
		fill(&packet.crash, record, signal, info, context);
		/* The channel was looked at before the mode began; nobody can
		 * have closed it. */
		if (send_frame(fdp_state.channel))
			await_answers(fdp_state.channel);
	}
	fdp_die_blocked(signal, info, context);
}
