/*
 * launch [-p] [-n] [-s KBYTES] PROGRAM [ARGUMENT...]
 *
 * Executes PROGRAM at fixed addresses.  Without -p the environment holds
 * XX_PRELOAD and XXPRELOAD_* where it has LD_PRELOAD and FDPRELOAD_* with it:
 * the same bytes on the stack, with the shim and without.
 *
 * -n: as PID 1 of a namespace of its own; how it ended is printed on standard
 * error as "launch: CODE STATUS RAW".  -s: the limit of the stack.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void trouble(const char *text)
{
	perror(text);
	exit(125);
}

static void rename_variables(void)
{
	for (char **one = environ; *one; one++) {
		if (strncmp(*one, "XX_PRELOAD=", 11) == 0)
			memcpy(*one, "LD", 2);
		if (strncmp(*one, "XXPRELOAD_", 10) == 0)
			memcpy(*one, "FD", 2);
	}
}

/* The child goes on as init; the parent says how it ended. */
static void become_init(void)
{
	siginfo_t info;
	int status;
	pid_t child;

	if (unshare(CLONE_NEWPID | CLONE_NEWNS) < 0)
		trouble("unshare");
	child = fork();
	if (child < 0)
		trouble("fork");
	if (child == 0) {
		if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mount("proc", "/proc", "proc", 0, NULL) < 0)
			trouble("mount");
		return;
	}
	if (waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) < 0 ||
	    waitpid(child, &status, 0) != child)
		trouble("wait");
	fprintf(stderr, "launch: %d %d %d\n", info.si_code, info.si_status,
		status);
	exit(0);
}

static void limit_stack(const char *kbytes)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_STACK, &limit) < 0)
		trouble("getrlimit");
	limit.rlim_cur = strtoul(kbytes, NULL, 10) * 1024;
	if (setrlimit(RLIMIT_STACK, &limit) < 0)
		trouble("setrlimit");
}

int main(int count, char **arguments)
{
	int option;

	while ((option = getopt(count, arguments, "+pns:")) != -1) {
		if (option == 'p')
			rename_variables();
		else if (option == 'n')
			become_init();
		else if (option == 's')
			limit_stack(optarg);
		else
			return 2;
	}
	if (personality(ADDR_NO_RANDOMIZE) < 0)
		trouble("personality");
	execv(arguments[optind], arguments + optind);
	trouble(arguments[optind]);
}
