/*
 * Handlers that change the mask and put it back: what the kernel had blocked
 * while they ran is not blocked afterwards.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <ucontext.h>

#define ROUNDS 3

static int caught;

/* As V8's does, so that a fault in the handler itself is seen. */
static void on_fault(int number, siginfo_t *info, void *argument)
{
	ucontext_t *context = argument;
	sigset_t set, old;

	(void)number;
	(void)info;
	sigemptyset(&set);
	sigaddset(&set, SIGSEGV);
	pthread_sigmask(SIG_UNBLOCK, &set, &old);
	/* mov (%rax), %eax is two bytes long. */
	context->uc_mcontext.gregs[REG_RIP] += 2;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	caught++;
}

/* Runs with all signals blocked. */
static void on_user(int number)
{
	sigset_t set, old;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &old);
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (number == SIGUSR2) {
		sigfillset(&set);
		sigprocmask(SIG_BLOCK, &set, NULL);
	}
}

static void fault(void)
{
	__asm__ volatile("xor %%eax, %%eax\n\tmov (%%rax), %%eax" ::: "rax");
}

static void show(const char *when)
{
	sigset_t now;

	pthread_sigmask(SIG_SETMASK, NULL, &now);
	printf("%s: caught %d, SIGSEGV %s\n", when, caught,
	       sigismember(&now, SIGSEGV) ? "blocked" : "not blocked");
}

int main(void)
{
	struct sigaction faults = { .sa_sigaction = on_fault,
				    .sa_flags = SA_SIGINFO };
	struct sigaction users = { .sa_handler = on_user };

	setbuf(stdout, NULL);
	sigfillset(&users.sa_mask);
	sigaction(SIGSEGV, &faults, NULL);
	sigaction(SIGUSR1, &users, NULL);
	sigaction(SIGUSR2, &users, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		raise(SIGUSR1);
		show("after SIGUSR1");
		raise(SIGUSR2);
		show("after SIGUSR2");
		fault();
		show("after a fault");
	}
	return 0;
}
