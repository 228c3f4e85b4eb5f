#include "attempt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../daemon/base/clock.h"

/* The next signal, or the end of that time; others than SIGCHLD do no harm. */
static void wait_for_child(uint64_t deadline_ns)
{
	uint64_t now = fdp_clock_now_ns();
	uint64_t left = deadline_ns > now ? deadline_ns - now : 0;
	const struct timespec time = {
		.tv_sec = (time_t)(left / FDP_NS_PER_S),
		.tv_nsec = (long)(left % FDP_NS_PER_S),
	};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigtimedwait(&set, NULL, &time);
}

int fdp_child_wait(pid_t pid, int milliseconds, int *ret_status)
{
	uint64_t deadline =
		fdp_clock_now_ns() + (uint64_t)milliseconds * FDP_NS_PER_MS;
	sigset_t set, before;
	pid_t ended;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	/* Blocked, a SIGCHLD that comes before we wait for it waits for us. */
	sigprocmask(SIG_BLOCK, &set, &before);
	while ((ended = waitpid(pid, ret_status, WNOHANG)) == 0 &&
	       fdp_clock_now_ns() < deadline)
		wait_for_child(deadline);
	if (ended == 0) {
		kill(pid, SIGKILL);
		waitpid(pid, ret_status, 0);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (ended < 0)
		return -ECHILD;
	return ended == 0 ? -ETIMEDOUT : 0;
}

int fdp_attempt(int (*try)(void *argument), void *argument)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(-try(argument));
	if (fdp_child_wait(pid, FDP_ATTEMPT_MS, &status) < 0 ||
	    !WIFEXITED(status))
		return -FDP_ATTEMPT_KILLED;
	return -WEXITSTATUS(status);
}

pid_t fdp_dummy_start(void)
{
	int ends[2];
	char byte;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		/* It must not outlive us. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
		/* Closed, it says that all this is done. */
		close(ends[1]);
		while (true)
			pause();
	}
	close(ends[1]);
	while (pid > 0 && read(ends[0], &byte, 1) < 0 && errno == EINTR)
		continue;
	close(ends[0]);
	return pid < 0 ? -EAGAIN : pid;
}

void fdp_dummy_end(pid_t pid)
{
	int status;

	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
}

bool fdp_children_wait(int milliseconds)
{
	uint64_t deadline =
		fdp_clock_now_ns() + (uint64_t)milliseconds * FDP_NS_PER_MS;
	sigset_t set, before;
	pid_t ended;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &before);
	while ((ended = waitpid(-1, NULL, WNOHANG)) >= 0 &&
	       (ended > 0 || fdp_clock_now_ns() < deadline))
		if (ended == 0)
			wait_for_child(deadline);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ended < 0;
}
