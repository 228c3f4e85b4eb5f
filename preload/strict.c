/*
 * A thread in seccomp's strict mode has read, write, exit and sigreturn; any
 * other system call kills it at once, and not with the signal that it got.
 */
#include "handler.h"

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

/* The channel was looked at before the mode began; nobody can have closed it.
 */
static void report(void)
{
	long r = fdp_sys(SYS_write, fdp_state.channel, &packet.crash,
			 sizeof(packet.crash));

	for (int i = 0; r > 0 && i < ANSWERS_MAX; i++) {
		r = fdp_sys(SYS_read, fdp_state.channel, &packet,
			    sizeof(packet));
		if (r > 0 && fdp_decode(&packet, (size_t)r) == FDP_DONE)
			return;
	}
}

/*
 * The default action cannot be set, but it is what the kernel takes for a fault
 * whose signal is blocked.  What was sent has to become a fault.
 */
static void die(int signal, const siginfo_t *info, ucontext_t *context)
{
	uint64_t *mask = (uint64_t *)&context->uc_sigmask;

	*mask |= FDP_BIT(signal);
	if (info->si_code <= 0) {
		*mask |= FDP_BIT(SIGSEGV);
		context->uc_mcontext.gregs[REG_RIP] = 0;
	}
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
		report();
	}
	die(signal, info, context);
}
