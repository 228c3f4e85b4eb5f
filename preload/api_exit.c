/*
 * FDPRELOAD_EXIT: the daemon, which cannot call _exit() for us, sends a signal
 * that nobody else uses, with a value that nobody else knows.
 */
#include <signal.h>
#include <stdbool.h>
#include <sys/syscall.h>

#include "api.h"
#include "api_exit.h"
#include "real.h"

static int exit_signal;
static uint64_t exit_cookie;

static void on_signal(int signum, siginfo_t *info, void *context)
{
	(void)signum;
	(void)context;
	if (info->si_code == SI_QUEUE &&
	    (uint64_t)(uintptr_t)info->si_value.sival_ptr == exit_cookie)
		fdp_sys(SYS_exit_group, 1);
}

static bool is_free(int signum)
{
	struct sigaction action;

	return sigaction(signum, NULL, &action) == 0 &&
	       action.sa_handler == SIG_DFL;
}

/* From the last on: libraries take the first ones. */
static int take_signal(void)
{
	struct sigaction action = {
		.sa_sigaction = on_signal,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART,
	};

	for (int signum = SIGRTMAX - 1; signum > SIGRTMIN; signum--)
		if (is_free(signum) && sigaction(signum, &action, NULL) == 0)
			return signum;
	return 0;
}

int fdp_exit_arrange(struct fdp_request *request)
{
	if (!exit_cookie)
		fdp_sys(SYS_getrandom, &exit_cookie, sizeof(exit_cookie), 0);
	if (!exit_signal)
		exit_signal = take_signal();
	if (!exit_signal || !exit_cookie)
		return -EAGAIN;
	request->exit_signal = exit_signal;
	request->exit_cookie = exit_cookie;
	return 0;
}
