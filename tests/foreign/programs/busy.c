/*
 * A correct program that does a little of all that the shim stands in front of,
 * and says how it went.  Also built statically, by musl-gcc and against an old
 * glibc.  With an argument it starts no other program.
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 20

extern char **environ;

static volatile sig_atomic_t handled;
static sigjmp_buf back;

static void count(int signal)
{
	handled += signal;
}

static void leave(int signal)
{
	siglongjmp(back, signal);
}

static void *work(void *argument)
{
	sigset_t set, old;

	sigemptyset(&set);
	sigaddset(&set, SIGSEGV);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	pthread_sigmask(SIG_SETMASK, NULL, &old);
	return sigismember(&old, SIGSEGV) ? argument : NULL;
}

static void threads(void)
{
	int good = 0;

	for (int i = 0; i < THREADS; i++) {
		pthread_t thread;
		void *result = NULL;

		if (pthread_create(&thread, NULL, work, &good) == 0)
			pthread_join(thread, &result);
		good += result == &good;
	}
	printf("threads %d\n", good);
}

static void signals(void)
{
	struct sigaction action, old;
	sigset_t set, pending;

	memset(&action, 0, sizeof(action));
	action.sa_handler = count;
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR1, NULL, &old);
	raise(SIGUSR1);
	printf("sigaction %d %d\n", old.sa_handler == count, handled);
	printf("signal %d", signal(SIGSEGV, count) == SIG_DFL);
	raise(SIGSEGV);
	printf(" %d %d\n", signal(SIGSEGV, SIG_DFL) == count, handled);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	sigpending(&pending);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	printf("pending %d %d\n", sigismember(&pending, SIGUSR1), handled);
}

static void faults(void)
{
	static volatile int *nowhere;
	stack_t stack = { .ss_flags = 0 };

	signal(SIGSEGV, leave);
	if (sigsetjmp(back, 1) == 0)
		*nowhere = 1;
	else
		puts("recovered");
	signal(SIGSEGV, SIG_DFL);
	sigaltstack(NULL, &stack);
	printf("alternate stack %d\n", stack.ss_flags);
}

static int end_of(pid_t child)
{
	int status = -1;

	if (child > 0)
		waitpid(child, &status, 0);
	return status;
}

static void forks(void)
{
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0)
		_exit(5);
	printf("fork %x\n", end_of(child));
	fflush(stdout);
	child = fork();
	if (child == 0)
		abort();
	printf("abort %x\n", end_of(child) & 0x7f);
	child = vfork();
	if (child == 0)
		_exit(6);
	printf("vfork %x\n", end_of(child));
}

static void programs(void)
{
	char *arguments[] = { "sh", "-c", "exit 4", NULL };
	char line[64] = "";
	FILE *pipe;
	pid_t child;

	fflush(stdout);
	printf("system %x\n", system("exit 3"));
	if (posix_spawn(&child, "/bin/sh", NULL, NULL, arguments, environ) == 0)
		printf("posix_spawn %x\n", end_of(child));
	pipe = popen("echo popen", "r");
	if (pipe && fgets(line, sizeof(line), pipe))
		printf("%s", line);
	if (pipe)
		printf("pclose %x\n", pclose(pipe));
	fflush(stdout);
	child = fork();
	if (child == 0) {
		execl("/bin/sh", "sh", "-c", "exit 7", (char *)NULL);
		_exit(127);
	}
	printf("execl %x\n", end_of(child));
}

int main(int argc, char **argv)
{
	(void)argv;
	threads();
	signals();
	faults();
	forks();
	if (argc < 2)
		programs();
	puts("done");
	return 0;
}
