/* Signals that somebody sends, and system calls that a filter forbids. */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "crashers.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* For a signal that may be delivered to another thread, or a moment later. */
#define WAIT_FOR_DEATH()                                                       \
	for (;;)                                                               \
	HERE(pause())

CRASHER int forbidden_call(void)
{
	/* A call that neither Python nor the C library makes by itself. */
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_personality, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { COUNT(filter), filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return -1;
	return HERE((int)syscall(SYS_personality, 0xffffffff)) + 1;
}

CRASHER int raise_fault(void)
{
	return HERE(raise(SIGSEGV)) + 1;
}

CRASHER int raise_floating(void)
{
	return HERE(raise(SIGFPE)) + 1;
}

CRASHER int kill_self(void)
{
	HERE(kill(getpid(), SIGSEGV));
	WAIT_FOR_DEATH();
}

/* Leaves the sender's pid in a file, for the test to compare. */
CRASHER int kill_from_other(void)
{
	pid_t child = HERE(fork());

	if (child == 0) {
		FILE *note = fopen("sender", "w");

		if (note) {
			fprintf(note, "%d\n", (int)getpid());
			fclose(note);
		}
		kill(getppid(), SIGSEGV);
		_exit(0);
	}
	WAIT_FOR_DEATH();
}

CRASHER int queue_self(void)
{
	union sigval value = { .sival_int = 42 };

	HERE(sigqueue(getpid(), SIGBUS, value));
	WAIT_FOR_DEATH();
}

CRASHER int tgkill_self(void)
{
	return HERE((int)syscall(SYS_tgkill, getpid(), syscall(SYS_gettid),
				 SIGILL)) +
	       1;
}
