/*
 * Counts the instructions that a command's first thread executes outside the
 * kernel, by single steps: all of them, or those between each two breakpoints
 * of its own.  The same number every time, on a machine however busy.
 *
 *     step between COMMAND ARGUMENT...
 *     step all COMMAND ARGUMENT...
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alone.h"

static void die(const char *what)
{
	fprintf(stderr, "step: %s: %s\n", what, strerror(errno));
	exit(1);
}

static pid_t start(char **command)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	personality(ADDR_NO_RANDOMIZE);
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	execv(command[0], command);
	_exit(127);
}

static bool is_breakpoint(pid_t pid)
{
	siginfo_t info;

	return ptrace(PTRACE_GETSIGINFO, pid, NULL, &info) == 0 &&
	       info.si_code == SI_KERNEL;
}

/* Goes on in the way of REQUEST to the next stop; false if it has ended. */
static bool go_on(int request, pid_t pid, int *signal)
{
	int status;

	if (ptrace(request, pid, NULL, (void *)(long)*signal) < 0)
		die("ptrace");
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	if (WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status)))
		die("the command failed");
	if (WIFEXITED(status))
		return false;
	*signal = WSTOPSIG(status);
	return true;
}

/*
 * One request after the other, up to a breakpoint or the end; true: a
 * breakpoint.
 */
static bool repeat(int request, pid_t pid, unsigned long *ret_count)
{
	int signal = 0;

	for (*ret_count = 0; go_on(request, pid, &signal); ++*ret_count) {
		if (signal == SIGTRAP && is_breakpoint(pid))
			return true;
		if (signal == SIGTRAP)
			signal = 0;
	}
	return false;
}

static void between(pid_t pid)
{
	unsigned long count;

	while (repeat(PTRACE_CONT, pid, &count) &&
	       repeat(PTRACE_SINGLESTEP, pid, &count))
		printf("%lu\n", count);
}

static void all(pid_t pid)
{
	unsigned long count;

	repeat(PTRACE_SINGLESTEP, pid, &count);
	printf("%lu\n", count);
}

int main(int count, char **arguments)
{
	int status;
	pid_t pid;

	if (count < 3)
		return 2;
	/* On one processor a stop is no message from one to the other. */
	pin(sched_getcpu());
	pid = start(arguments + 2);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		die(arguments[2]);
	if (strcmp(arguments[1], "all") == 0)
		all(pid);
	else
		between(pid);
	return 0;
}
