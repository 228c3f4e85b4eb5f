/*
 * Somebody else's preload: stands in front of the same functions as the shim,
 * and is already there when other constructors run.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

typedef int action_function(int, const struct sigaction *, struct sigaction *);
typedef int create_function(pthread_t *, const pthread_attr_t *,
			    void *(*)(void *), void *);
typedef void (*signal_function(int, void (*)(int)))(int);
typedef int raise_function(int);

static int calls;

int sigaction(int number, const struct sigaction *action, struct sigaction *old)
{
	action_function *next = (action_function *)dlsym(RTLD_NEXT, __func__);

	calls++;
	return next(number, action, old);
}

void (*signal(int number, void (*handler)(int)))(int)
{
	signal_function *next = (signal_function *)dlsym(RTLD_NEXT, __func__);

	calls++;
	return next(number, handler);
}

int raise(int number)
{
	calls++;
	return ((raise_function *)dlsym(RTLD_NEXT, __func__))(number);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
		   void *(*routine)(void *), void *argument)
{
	create_function *next = (create_function *)dlsym(RTLD_NEXT, __func__);

	calls++;
	return next(thread, attributes, routine, argument);
}

static void *nothing(void *argument)
{
	return argument;
}

static void ignore(int number)
{
	(void)number;
}

/* Before or after the shim's own constructor, as the order says. */
__attribute__((constructor)) static void begin(void)
{
	struct sigaction action = { .sa_handler = ignore };
	pthread_t thread;

	sigaction(SIGUSR2, &action, NULL);
	signal(SIGFPE, ignore);
	raise(SIGFPE);
	signal(SIGFPE, SIG_DFL);
	if (pthread_create(&thread, NULL, nothing, NULL) != 0 ||
	    pthread_join(thread, NULL) != 0 || calls != 5)
		_Exit(99);
}
