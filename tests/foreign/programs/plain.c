/* Uses no threads, so that an old glibc does not load libpthread. */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	int status = 0;
	pid_t child;

	printf("signal %d\n", signal(SIGSEGV, SIG_IGN) == SIG_DFL);
	fflush(stdout);
	child = fork();
	if (child == 0)
		_exit(5);
	waitpid(child, &status, 0);
	printf("done %x\n", status);
	return 0;
}
