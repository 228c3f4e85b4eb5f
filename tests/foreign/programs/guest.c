/* A plug-in that does with signals and threads what plug-ins do. */
#include <pthread.h>
#include <signal.h>
#include <string.h>

int guest(void);

static volatile sig_atomic_t handled;

static void count(int number)
{
	handled += number;
}

static void *work(void *argument)
{
	return argument;
}

/* Sets, raises and restores; 0 if all went well. */
int guest(void)
{
	struct sigaction action, old, now;
	pthread_t thread;
	void *result = NULL;

	handled = 0;
	memset(&action, 0, sizeof(action));
	action.sa_handler = count;
	sigaction(SIGSEGV, &action, &old);
	sigaction(SIGSEGV, NULL, &now);
	raise(SIGSEGV);
	sigaction(SIGSEGV, &old, NULL);
	if (pthread_create(&thread, NULL, work, &handled) != 0)
		return 1;
	pthread_join(thread, &result);
	return now.sa_handler != count || handled != SIGSEGV ||
	       result != &handled;
}
