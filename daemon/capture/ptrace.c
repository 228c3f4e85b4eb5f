#include "ptrace.h"

#include <elf.h>
#include <errno.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#include "../base/clock.h"
#include "gregs.h"
#include "know.h"

/* All threads must stand still after this long, or go without. */
#define STOP_NS (200 * FDP_NS_PER_MS)

/* Between two looks at a thread that has not stopped yet. */
#define LOOK_AGAIN_NS 50000

static int seize(pid_t tid)
{
	if (ptrace(PTRACE_SEIZE, tid, NULL, NULL) < 0)
		return -errno;
	return ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) < 0 ? -errno : 0;
}

/* 0 when TID stands still; -ESRCH when it is gone; -ETIMEDOUT. */
static int await_stop(pid_t tid, uint64_t deadline_ns)
{
	const struct timespec pause = { .tv_nsec = LOOK_AGAIN_NS };

	for (;;) {
		int status;
		pid_t r = waitpid(tid, &status, __WALL | WNOHANG);

		if (r == tid)
			return WIFSTOPPED(status) ? 0 : -ESRCH;
		if (r < 0 && errno != EINTR)
			return -errno;
		if (fdp_clock_now_ns() >= deadline_ns)
			return -ETIMEDOUT;
		nanosleep(&pause, NULL);
	}
}

static int read_registers(struct fdp_target *target, struct fdp_thread *thread)
{
	struct user_regs_struct user;
	struct iovec data = { .iov_base = &user, .iov_len = sizeof(user) };

	if (ptrace(PTRACE_GETREGSET, thread->tid,
		   (void *)(uintptr_t)NT_PRSTATUS, &data) < 0)
		return -errno;
	fdp_user_to_registers(&user, &thread->registers);
	thread->has_registers = true;
	fdp_know_system_call(target, thread, fdp_user_system_call(&user));
	return 0;
}

ssize_t fdp_ptrace_stop(struct fdp_target *target)
{
	uint64_t deadline_ns = fdp_clock_now_ns() + STOP_NS;
	size_t seized = 0;
	ssize_t missing = 0;
	int r = 0;

	/* All are told to stop before the first is waited for. */
	for (size_t i = 1; i < target->thread_count; i++) {
		r = seize(target->threads[i].tid);
		seized += r == 0;
	}
	if (seized == 0 && target->thread_count > 1)
		return r;
	for (size_t i = 1; i < target->thread_count; i++) {
		struct fdp_thread *thread = &target->threads[i];

		if (await_stop(thread->tid, deadline_ns) < 0 ||
		    read_registers(target, thread) < 0)
			missing++;
	}
	return missing;
}
