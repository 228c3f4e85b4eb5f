/* Parking the other threads, for a reporter that may not use ptrace. */
#include "handler.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/socket.h>
#include <time.h>

#include "state.h"
#include "sys.h"

/* The next thread has to be parked after this long. */
#define PARK_NS UINT64_C(200000000)

/* Real-time signals, tried from the last: libc keeps the first ones. */
#define SIGNAL_LAST 64
#define SIGNAL_FIRST 36

static int park_signal;

static void wait_while(uint32_t *word, uint32_t value, uint64_t left_ns)
{
	struct timespec left = {
		.tv_sec = (long)(left_ns / 1000000000u),
		.tv_nsec = (long)(left_ns % 1000000000u),
	};

	fdp_sys(SYS_futex, word, FUTEX_WAIT, value, &left);
}

/*
 * Runs on the parked thread.  It stays until the process dies, or a little
 * longer than the reporting thread may take.
 */
static void stay(int signal, siginfo_t *info, void *context)
{
	struct fdp_slot *slot = info->si_value.sival_ptr;
	uint32_t asked = FDP_SLOT_ASKED;

	(void)signal;
	if (info->si_code != SI_QUEUE ||
	    info->si_pid != (pid_t)fdp_sys(SYS_getpid))
		return;
	slot->context = (uint64_t)context;
	slot->thread_pointer = fdp_thread_pointer();
	if (!__atomic_compare_exchange_n(&slot->state, &asked, FDP_SLOT_PARKED,
					 false, __ATOMIC_SEQ_CST,
					 __ATOMIC_SEQ_CST))
		return;
	fdp_sys(SYS_futex, &slot->state, FUTEX_WAKE, 1);
	wait_while(&slot->state, FDP_SLOT_PARKED,
		   (fdp_state.deadline_ms + 1000) * UINT64_C(1000000));
}

/* A real-time signal that the program does not use, with our handler on it. */
static int claim_signal(void)
{
	for (int signal = SIGNAL_LAST; signal >= SIGNAL_FIRST; signal--) {
		struct fdp_kernel_action action;

		if (fdp_sys(SYS_rt_sigaction, signal, NULL, &action, 8) == 0 &&
		    !action.handler &&
		    fdp_set_action(signal, stay, ~UINT64_C(0)) == 0)
			return signal;
	}
	return 0;
}

static void ask(struct fdp_slot *slot, uint32_t tid)
{
	siginfo_t info = { .si_signo = park_signal, .si_code = SI_QUEUE };
	long pid = fdp_sys(SYS_getpid);

	info.si_pid = (pid_t)pid;
	info.si_uid = (uid_t)fdp_sys(SYS_getuid);
	info.si_value.sival_ptr = slot;
	slot->tid = tid;
	slot->state = FDP_SLOT_ASKED;
	if (fdp_sys(SYS_rt_tgsigqueueinfo, pid, tid, park_signal, &info) < 0)
		slot->state = FDP_SLOT_GONE;
}

/* Waits for one thread; true if it came, and not before it was waited for. */
static bool await_one(uint32_t *state, uint64_t end)
{
	uint64_t now = fdp_sys_clock_ns(CLOCK_MONOTONIC);

	if (now >= end ||
	    __atomic_load_n(state, __ATOMIC_SEQ_CST) != FDP_SLOT_ASKED)
		return false;
	wait_while(state, FDP_SLOT_ASKED, end - now);
	return __atomic_load_n(state, __ATOMIC_SEQ_CST) == FDP_SLOT_PARKED;
}

/* While threads keep coming they are waited for: a thousand take their time. */
static uint32_t await_all(struct fdp_slot *slots, uint32_t count,
			  uint64_t deadline_ns)
{
	uint64_t end = fdp_sys_clock_ns(CLOCK_MONOTONIC) + PARK_NS;
	uint32_t parked = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t *state = &slots[i].state;
		uint32_t asked = FDP_SLOT_ASKED;

		if (await_one(state, end < deadline_ns ? end : deadline_ns))
			end = fdp_sys_clock_ns(CLOCK_MONOTONIC) + PARK_NS;
		/* One that comes later finds itself not wanted any more. */
		__atomic_compare_exchange_n(state, &asked, FDP_SLOT_GONE, false,
					    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
		parked += *state == FDP_SLOT_PARKED;
	}
	return parked;
}

/*
 * The slots were mapped by the constructor.  A mapping made now could fall on
 * the very address that faulted, and the fault would not happen again.
 */
static struct fdp_slot *take_slots(uint32_t count)
{
	static uint32_t used;

	if (!fdp_state.slots || count > FDP_SLOTS_MAX - used)
		return NULL;
	used += count;
	return fdp_state.slots + used - count;
}

void fdp_park(int fd, const struct fdp_park *request, uint64_t deadline_ns)
{
	struct fdp_slot *slots = take_slots(request->count);
	struct fdp_parked answer = {
		.slots = (uint64_t)slots,
		.count = slots ? request->count : 0,
	};

	if (!park_signal)
		park_signal = claim_signal();
	for (uint32_t i = 0; i < answer.count && park_signal; i++)
		ask(&slots[i], request->tids[i]);
	if (answer.count && park_signal)
		answer.parked = await_all(slots, answer.count, deadline_ns);
	fdp_header_set(&answer.header, FDP_PARKED, sizeof(answer),
		       request->header.sequence);
	fdp_sys(SYS_sendto, fd, &answer, sizeof(answer), MSG_NOSIGNAL, NULL, 0);
}
