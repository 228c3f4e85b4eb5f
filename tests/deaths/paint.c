/*
 * What the shim's handler needs of its stack: all of it is painted before the
 * crash, and the core file shows how far it was used.  And the ways in which
 * its work goes wrong.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "die.h"
#include "paint.h"

/* Before and after it has given itself a name. */
#define DAEMON "fdpreloadd"
#define NAME_BYTES 32
#define PATH_BYTES 64

/* Asks the kernel, and not whoever stands in front of it. */
void paint_stack(const char *start_name, const char *size_name)
{
	stack_t stack;

	if (syscall(SYS_sigaltstack, NULL, &stack) < 0)
		trouble("sigaltstack");
	if (stack.ss_flags & SS_DISABLE)
		stack.ss_size = 0;
	note(start_name, (unsigned long)stack.ss_sp);
	note(size_name, stack.ss_size);
	memset(stack.ss_sp, PAINT_BYTE, stack.ss_size);
}

static void *stand_by(void *argument)
{
	paint_stack("other-start", "other-size");
	for (;;)
		pause();
	return argument;
}

void start_bystander(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, stand_by, NULL) != 0)
		trouble("pthread_create");
	wait_others_asleep();
}

static bool is_daemon(int pid)
{
	char path[PATH_BYTES], name[NAME_BYTES] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (!fgets(name, sizeof(name), file))
		name[0] = '\0';
	fclose(file);
	return strstr(name, DAEMON) != NULL;
}

static void kill_and_wait(int pid)
{
	char path[PATH_BYTES], state = 'R';

	kill(pid, SIGKILL);
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	while (state != 'Z') {
		FILE *file = fopen(path, "r");

		if (!file)
			return;
		if (fscanf(file, "%*d %*s %c", &state) != 1)
			state = 'Z';
		fclose(file);
	}
}

/* It belongs to our parent, which is a subreaper; 0: there is none yet. */
static int find_daemon(void)
{
	char path[PATH_BYTES];
	int pid, found = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", getppid(),
		 getppid());
	file = fopen(path, "r");
	if (!file)
		trouble(path);
	while (fscanf(file, "%d", &pid) == 1)
		if (is_daemon(pid))
			found = pid;
	fclose(file);
	return found;
}

void kill_daemon(void)
{
	int pid = find_daemon();

	if (pid)
		kill_and_wait(pid);
}

/* It sleeps when it has read all that it was sent. */
void wait_for_daemon(void)
{
	int pid;

	while (!(pid = find_daemon()))
		sched_yield();
	while (sleeps_in(pid, pid) != SYS_epoll_wait &&
	       sleeps_in(pid, pid) != SYS_epoll_pwait)
		sched_yield();
}

/* What the handler sends with is a fault of its own. */
void forbid_sending(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendmsg, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { COUNT(filter), filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		trouble("seccomp");
}
