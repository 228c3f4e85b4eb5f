#include "reaper.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/wait.h>

#include "base/clock.h"

/* More at a time are not left, but killed. */
#define LEFT_MAX 64

static pid_t left[LEFT_MAX];

void fdp_reaper_leave(pid_t child)
{
	for (size_t i = 0; i < LEFT_MAX; i++) {
		if (!left[i]) {
			left[i] = child;
			/* It may have ended already. */
			fdp_reaper_run();
			return;
		}
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, __WALL);
}

void fdp_reaper_run(void)
{
	for (size_t i = 0; i < LEFT_MAX; i++)
		if (left[i] && waitpid(left[i], NULL, __WALL | WNOHANG) != 0)
			left[i] = 0;
}

static bool any_left(void)
{
	for (size_t i = 0; i < LEFT_MAX; i++)
		if (left[i])
			return true;
	return false;
}

void fdp_reaper_end(void)
{
	uint64_t end = fdp_clock_now_ns() + FDP_REAPER_END_MS * FDP_NS_PER_MS;
	const struct timespec step = { .tv_nsec = (long)FDP_NS_PER_MS };
	sigset_t children;

	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	fdp_reaper_run();
	while (any_left() && fdp_clock_now_ns() < end) {
		sigtimedwait(&children, NULL, &step);
		fdp_reaper_run();
	}
}
