/* Dying as the process would have died without us. */
#include "handler.h"

#include <errno.h>

#include "sys.h"

/* What the kernel needs behind a handler; libc's own is not reachable here. */
__attribute__((naked)) static void restorer(void)
{
	__asm__("mov $15, %eax\n\tsyscall"); /* rt_sigreturn */
}

int fdp_set_action(int signal, void (*handler)(int, siginfo_t *, void *),
		   uint64_t mask)
{
	struct fdp_kernel_action action = {
		.handler = handler,
		.flags = FDP_SA_RESTORER |
			 (handler ? SA_SIGINFO | SA_ONSTACK : 0),
		.restorer = restorer,
		.mask = mask,
	};

	return (int)fdp_sys(SYS_rt_sigaction, signal, &action, NULL, 8);
}

/*
 * The instruction will fault again when the handler returns, so that kernel,
 * parent and core file see the original.  Not so for SIGTRAP and SIGSYS, whose
 * pc is already behind the instruction, and for an asynchronous memory error.
 */
static bool will_fault_again(int signal, const siginfo_t *info)
{
	if (info->si_code <= 0)
		return false;
	if (signal == SIGBUS)
		return info->si_code != BUS_MCEERR_AO;
	return signal == SIGSEGV || signal == SIGFPE || signal == SIGILL;
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

void fdp_die(int signal, siginfo_t *info)
{
	fdp_set_action(signal, NULL, 0);
	if (!will_fault_again(signal, info))
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
