/*
 * abort() and raise() of a signal that would have no room: on an alternate
 * stack of a few KiB the kernel's second frame does not fit.  By default the
 * kernel kills without a frame, so the report is made here, before.
 */
#include "direct.h"

#include <stddef.h>
#include <string.h>
#include <sys/ucontext.h>

#include "handler.h"
#include "ours.h"
#include "real.h"
#include "record.h"

/* What our entry and an abort() need beside the kernel's frame. */
#define MARGIN 1024

static bool is_within(uint64_t sp, const stack_t *stack)
{
	return sp - (uint64_t)stack->ss_sp < stack->ss_size;
}

/* True if a handler of ours cannot be called from SP. */
static bool has_no_room(uint64_t sp)
{
	stack_t stack;
	uint64_t room;

	if (fdp_sys(SYS_sigaltstack, NULL, &stack) < 0 ||
	    (stack.ss_flags & SS_DISABLE))
		return false;
	room = is_within(sp, &stack) ? sp - (uint64_t)stack.ss_sp
				     : stack.ss_size;
	return room < fdp_state.frame_size + MARGIN;
}

/* As if a signal had come at the first instruction of libc's function. */
static void fill_context(ucontext_t *context,
			 const struct fdp_saved_registers *saved, void *pc)
{
	greg_t *gregs = context->uc_mcontext.gregs;

	memset(context, 0, sizeof(*context));
	fdp_sys(SYS_rt_sigprocmask, 0, NULL, &context->uc_sigmask, 8);
	fdp_sys(SYS_sigaltstack, NULL, &context->uc_stack);
	gregs[REG_R15] = (greg_t)saved->r15;
	gregs[REG_R14] = (greg_t)saved->r14;
	gregs[REG_R13] = (greg_t)saved->r13;
	gregs[REG_R12] = (greg_t)saved->r12;
	gregs[REG_RBX] = (greg_t)saved->rbx;
	gregs[REG_RBP] = (greg_t)saved->rbp;
	gregs[REG_RSP] = (greg_t)&saved->return_address;
	gregs[REG_RIP] = (greg_t)pc;
}

struct report {
	int signal;
	const struct fdp_saved_registers *saved;
	void *pc;
};

/* On the thread's own stack: a ucontext is large. */
static void report(void *argument)
{
	const struct report *wanted = argument;
	siginfo_t info = { .si_signo = wanted->signal, .si_code = SI_TKILL };
	ucontext_t context;
	struct fdp_direct direct = {
		.signal = wanted->signal,
		.info = &info,
		.context = &context,
	};

	info.si_pid = (pid_t)fdp_sys(SYS_getpid);
	info.si_uid = (uid_t)fdp_sys(SYS_getuid);
	fill_context(&context, wanted->saved, wanted->pc);
	fdp_handle_direct(&direct);
}

static void report_now(int signal, const struct fdp_saved_registers *saved,
		       void *pc)
{
	struct report wanted = { signal, saved, pc };
	uint64_t all = ~UINT64_C(0), mask;

	fdp_sys(SYS_rt_sigprocmask, SIG_SETMASK, &all, &mask, 8);
	fdp_call_on(fdp_report_stack((uint64_t)__builtin_frame_address(0) -
				     MARGIN / 4),
		    report, &wanted);
	fdp_sys(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, 8);
}

static bool is_blocked(int signal)
{
	const struct fdp_record *record = fdp_record_self();
	uint64_t mask = 0;

	fdp_sys(SYS_rt_sigprocmask, 0, NULL, &mask, 8);
	if (record)
		mask |= record->blocked;
	return mask & FDP_BIT(signal);
}

/* The kernel kills by itself from now on. */
static void give_back(int signal)
{
	fdp_set_action(signal, NULL, 0);
}

static uint64_t target_of(int signal)
{
	return __atomic_load_n(&fdp_dispositions[signal].target,
			       __ATOMIC_SEQ_CST);
}

/* Init does not die of what it sends to itself. */
static bool can_report(int signal)
{
	return fdp_is_our_signal(signal) && fdp_is_our_process() &&
	       fdp_sys(SYS_getpid) != 1;
}

void *fdp_before_abort(int unused, const struct fdp_saved_registers *saved)
{
	void *real = fdp_real(FDP_REAL_abort);
	uint64_t sp = (uint64_t)&saved->return_address;
	struct fdp_record *record;

	(void)unused;
	if (!can_report(SIGABRT))
		return real;
	record = fdp_record_self();
	if (record)
		record->aborting = sp;
	/* Ignored once, it comes again with the default action. */
	if (target_of(SIGABRT) == 1) {
		report_now(SIGABRT, saved, real);
	} else if (target_of(SIGABRT) == 0 && has_no_room(sp)) {
		report_now(SIGABRT, saved, real);
		give_back(SIGABRT);
	}
	return real;
}

/* A SIGABRT that is sent so is not that of an abort() which a handler left. */
FDP_EXPORT int pthread_kill(pthread_t thread, int signal)
{
	struct fdp_record *record =
		fdp_state.signals ? fdp_record_self() : NULL;

	if (record)
		record->aborting = 0;
	if (!fdp_real(FDP_REAL_pthread_kill))
		return ESRCH;
	return FDP_REAL(pthread_kill)(thread, signal);
}

void *fdp_before_raise(int signal, const struct fdp_saved_registers *saved)
{
	void *real = fdp_real(FDP_REAL_raise);
	uint64_t sp = (uint64_t)&saved->return_address;
	struct fdp_record *record;

	if (!can_report(signal))
		return real;
	record = fdp_record_self();
	if (record)
		record->aborting = 0;
	if (target_of(signal) == 0 && !is_blocked(signal) && has_no_room(sp)) {
		report_now(signal, saved, real);
		give_back(signal);
	}
	return real;
}
