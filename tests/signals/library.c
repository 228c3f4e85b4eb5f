/*
 * A library that is loaded with RTLD_DEEPBIND: its calls go to libc, whatever
 * is preloaded.
 */
#include <signal.h>
#include <string.h>

int library_query(int signal, struct sigaction *ret_now);
int library_set(int signal, __sighandler_t handler, struct sigaction *ret_old);
int library_restore(int signal, const struct sigaction *old);
int library_mask(int how, const sigset_t *set, sigset_t *ret_old);
__sighandler_t library_signal(int number, __sighandler_t handler);
int library_count(void);
void library_chain(int signal, siginfo_t *info, void *context);

static struct sigaction before;
static volatile int count;

int library_query(int signal, struct sigaction *ret_now)
{
	return sigaction(signal, NULL, ret_now);
}

int library_set(int signal, __sighandler_t handler, struct sigaction *ret_old)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = handler;
	action.sa_flags = SA_SIGINFO;
	if (sigaction(signal, &action, &before) < 0)
		return -1;
	*ret_old = before;
	return 0;
}

int library_restore(int signal, const struct sigaction *old)
{
	return sigaction(signal, old ? old : &before, NULL);
}

int library_mask(int how, const sigset_t *set, sigset_t *ret_old)
{
	return sigprocmask(how, set, ret_old);
}

__sighandler_t library_signal(int number, __sighandler_t handler)
{
	return signal(number, handler);
}

int library_count(void)
{
	return count;
}

/* A handler that calls the one it found, as libraries do. */
void library_chain(int signal, siginfo_t *info, void *context)
{
	count++;
	if (before.sa_flags & SA_SIGINFO)
		before.sa_sigaction(signal, info, context);
	else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN)
		before.sa_handler(signal);
	else
		sigaction(signal, &before, NULL);
}
