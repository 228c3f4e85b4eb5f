/* Asking and telling the kernel about signals; nothing is sent. */
#include <pthread.h>
#include <signal.h>
#include <stddef.h>

#include "operation.h"

static sigset_t usr1, all;
static struct sigaction first, second;

static void one(int number)
{
	(void)number;
}

static void other(int number)
{
	(void)number;
}

void prepare_masks(void)
{
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigfillset(&all);
	first.sa_handler = one;
	second.sa_handler = other;
}

void mask_usr1(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		pthread_sigmask(SIG_BLOCK, &usr1, NULL);
		pthread_sigmask(SIG_UNBLOCK, &usr1, NULL);
	}
}

void mask_all(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		sigset_t old;

		pthread_sigmask(SIG_SETMASK, &all, &old);
		pthread_sigmask(SIG_SETMASK, &old, NULL);
	}
}

void mask_query(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		sigset_t old;

		pthread_sigmask(SIG_BLOCK, NULL, &old);
	}
}

static void query(int signal, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct sigaction action;

		sigaction(signal, NULL, &action);
	}
}

void action_query_owned(unsigned n)
{
	query(SIGSEGV, n);
}

void action_query_other(unsigned n)
{
	query(SIGUSR1, n);
}

static void set(int signal, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		sigaction(signal, i % 2 ? &first : &second, NULL);
}

void action_set_owned(unsigned n)
{
	set(SIGSEGV, n);
}

void action_set_other(unsigned n)
{
	set(SIGUSR1, n);
}

void signal_owned(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		signal(SIGSEGV, i % 2 ? one : other);
}

void stack_query(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		stack_t stack;

		sigaltstack(NULL, &stack);
	}
}
