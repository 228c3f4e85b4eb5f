/* Dying as the process would have died without us. */
#include "handler.h"

#include <errno.h>
#include <sys/ucontext.h>

#include "state.h"
#include "sys.h"

/* The kernel's own, which a core file shows. */
#define ERESTARTSYS 512

/* What the kernel needs behind a handler; libc's own is not reachable here. */
__attribute__((naked)) void fdp_restorer(void)
{
	/* rt_sigreturn, in the very bytes by which debuggers know it. */
	__asm__("mov $15, %rax\n\tsyscall");
}

int fdp_set_action(int signal, void (*handler)(int, siginfo_t *, void *),
		   uint64_t mask)
{
	struct fdp_kernel_action action = {
		.handler = handler,
		.flags = FDP_SA_RESTORER |
			 (handler ? SA_SIGINFO | SA_ONSTACK | SA_RESTART : 0),
		.restorer = fdp_state.restorer,
		.mask = mask,
	};

	return (int)fdp_sys(SYS_rt_sigaction, signal, &action, NULL, 8);
}

/*
 * The instruction will fault again when the handler returns, so that kernel,
 * parent and core file see the original.  Not so
 *
 * - for SIGTRAP and SIGSYS, whose pc is behind the instruction, and for an
 *   asynchronous memory error;
 * - for SI_KERNEL: besides general protection that is a signal frame which did
 *   not fit on the stack, and at the pc all is well;
 * - where somebody has mapped the missing page meanwhile.
 */
static bool will_fault_again(int signal, const siginfo_t *info,
			     const ucontext_t *context)
{
	if (info->si_code <= 0 || info->si_code == SI_KERNEL)
		return false;
	if (signal == SIGBUS && info->si_code == BUS_MCEERR_AO)
		return false;
	if (!fdp_is_genuine(signal, info, context))
		return false;
	if ((signal == SIGSEGV && info->si_code == SEGV_MAPERR) ||
	    (signal == SIGBUS && info->si_code == BUS_ADRERR))
		return !fdp_is_readable(info->si_addr);
	return signal == SIGSEGV || signal == SIGFPE || signal == SIGILL ||
	       signal == SIGBUS;
}

/* Sends the signal again, with its own siginfo, which one may do to oneself. */
static void send_again(int signal, siginfo_t *info)
{
	long pid = fdp_sys(SYS_getpid);
	long tid = fdp_sys(SYS_gettid);

	if (fdp_sys(SYS_rt_tgsigqueueinfo, pid, tid, signal, info) == 0)
		return;
	if (fdp_sys(SYS_tgkill, pid, tid, signal) == 0)
		return;
	if (pid != 1)
		fdp_sys(SYS_exit_group, 128 + signal);
}

/*
 * Init does not die of a signal that was sent, only of one that the processor
 * or the kernel forces: what trapped has to trap again.
 */
static void trap_again(int signal, const siginfo_t *info, ucontext_t *context)
{
	greg_t *gregs = context->uc_mcontext.gregs;

	if (signal == SIGTRAP)
		gregs[REG_RIP] -= 1; /* int3 */
	if (signal == SIGSYS) {
		gregs[REG_RIP] = (greg_t)info->si_call_addr - 2; /* syscall */
		gregs[REG_RAX] = info->si_syscall;
	}
}

void fdp_undo_restart(ucontext_t *context)
{
	greg_t *gregs = context->uc_mcontext.gregs;
	const uint8_t *pc = (const uint8_t *)gregs[REG_RIP];

	if (!fdp_is_readable(pc) || pc[0] != 0x0f || pc[1] != 0x05)
		return;
	gregs[REG_RIP] += 2;
	gregs[REG_RAX] = -ERESTARTSYS;
}

void fdp_die_blocked(int signal, const siginfo_t *info, ucontext_t *context)
{
	uint64_t *mask = (uint64_t *)&context->uc_sigmask;

	*mask |= FDP_BIT(signal);
	if (info->si_code <= 0) {
		*mask |= FDP_BIT(SIGSEGV);
		context->uc_mcontext.gregs[REG_RIP] = 0;
	}
}

void fdp_die(int signal, siginfo_t *info, void *context)
{
	uint64_t *mask = (uint64_t *)&((ucontext_t *)context)->uc_sigmask;

	if (fdp_set_action(signal, NULL, 0) < 0) {
		fdp_die_blocked(signal, info, context);
		return;
	}
	/* What arrived meanwhile must not be what the process dies of. */
	*mask = ~(UINT64_C(1) << (signal - 1));
	if (fdp_sys(SYS_getpid) == 1 && info->si_code > 0)
		trap_again(signal, info, context);
	else if (!will_fault_again(signal, info, context))
		send_again(signal, info);
}

void fdp_die_now(int signal, siginfo_t *info)
{
	uint64_t none = 0;

	fdp_set_action(signal, NULL, 0);
	send_again(signal, info);
	fdp_sys(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, 8);
	for (;;)
		fdp_sys(SYS_exit_group, 128 + signal);
}
