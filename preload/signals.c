/* sigaction() and its older relatives. */
/* Programs use the deprecated ones all the same. */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

#include <stddef.h>
#include <stdint.h>

#include "answering.h"
#include "ours.h"
#include "pinned.h"
#include "real.h"

/* Signals whose handlers interrupt system calls: siginterrupt(), signal(). */
static uint64_t interrupting;

static struct fdp_kernel_action to_kernel(const struct sigaction *action)
{
	/*
	 * A bad address is a SIGSEGV as in libc, and not the SIGBUS that it is
	 * when it was in %rbp.
	 */
	__asm__("" : "+a"(action));
	return (struct fdp_kernel_action){
		.handler = action->sa_sigaction,
		.flags = (unsigned)action->sa_flags | FDP_SA_RESTORER,
		.restorer = fdp_state.restorer,
		.mask = *(const uint64_t *)&action->sa_mask,
	};
}

/* As libc does it: the 8 bytes that there are, and no more. */
static void from_kernel(const struct fdp_kernel_action *action,
			struct sigaction *ret_action)
{
	ret_action->sa_sigaction = action->handler;
	ret_action->sa_flags = (int)action->flags;
	ret_action->sa_restorer = action->restorer;
	*(uint64_t *)&ret_action->sa_mask = action->mask;
}

static int change(int signal, const struct sigaction *new,
		  struct sigaction *old)
{
	struct fdp_kernel_action kernel_new, kernel_old;
	int r;

	if (new) {
		kernel_new = to_kernel(new);
		r = fdp_disposition_change(signal, &kernel_new, &kernel_old);
	} else {
		r = fdp_disposition_query(signal, &kernel_old);
	}
	if (r < 0) {
		errno = -r;
		return -1;
	}
	if (old)
		from_kernel(&kernel_old, old);
	return 0;
}

/* A vfork child has dispositions of its own: they are what the kernel has. */
static int borrow(int signal, const struct sigaction *new,
		  struct sigaction *old)
{
	struct fdp_kernel_action kernel_old;
	struct sigaction was;

	if (FDP_REAL(sigaction)(signal, new, &was) < 0)
		return -1;
	if (!old)
		return 0;
	kernel_old = to_kernel(&was);
	kernel_old.flags = (unsigned)was.sa_flags;
	kernel_old.restorer = was.sa_restorer;
	fdp_disposition_hide(signal, &kernel_old);
	from_kernel(&kernel_old, old);
	return 0;
}

/* Not libc's business alone. */
static bool is_taken(int signal)
{
	return fdp_is_our_signal(signal) || fdp_is_pinned(signal) ||
	       fdp_is_answering(signal);
}

FDP_EXPORT int sigaction(int signal, const struct sigaction *new,
			 struct sigaction *old)
{
	if (fdp_is_pinned(signal) && fdp_is_our_process())
		return fdp_pinned_change(signal, new, old);
	if (fdp_is_answering(signal))
		return fdp_answering_change(new, old);
	if (!fdp_is_our_signal(signal))
		return FDP_REAL(sigaction)(signal, new, old);
	/* A query is as good in a vfork child: it asks the kernel as well. */
	if (new && !fdp_is_our_process())
		return borrow(signal, new, old);
	return change(signal, new, old);
}

static sighandler_t set(int signal, sighandler_t handler, int flags,
			uint64_t mask)
{
	struct sigaction new = { .sa_handler = handler, .sa_flags = flags };
	struct sigaction old;

	*(uint64_t *)&new.sa_mask = mask;
	return sigaction(signal, &new, &old) < 0 ? SIG_ERR : old.sa_handler;
}

FDP_EXPORT sighandler_t signal(int signal_, sighandler_t handler)
{
	if (!is_taken(signal_) || handler == SIG_ERR)
		return FDP_REAL(signal)(signal_, handler);
	return set(signal_, handler,
		   interrupting & FDP_BIT(signal_) ? 0 : SA_RESTART,
		   FDP_BIT(signal_));
}

FDP_EXPORT sighandler_t sysv_signal(int signal_, sighandler_t handler)
{
	if (!is_taken(signal_) || handler == SIG_ERR)
		return FDP_REAL(sysv_signal)(signal_, handler);
	return set(signal_, handler,
		   (int)(SA_RESETHAND | SA_NODEFER | SA_INTERRUPT), 0);
}

FDP_EXPORT int sigignore(int signal_)
{
	if (!is_taken(signal_))
		return FDP_REAL(sigignore)(signal_);
	return set(signal_, SIG_IGN, 0, 0) == SIG_ERR ? -1 : 0;
}

FDP_EXPORT int siginterrupt(int signal_, int interrupts)
{
	struct sigaction action;

	if (!is_taken(signal_))
		return FDP_REAL(siginterrupt)(signal_, interrupts);
	if (sigaction(signal_, NULL, &action) < 0)
		return -1;
	if (interrupts) {
		__atomic_or_fetch(&interrupting, FDP_BIT(signal_),
				  __ATOMIC_RELAXED);
		action.sa_flags &= ~SA_RESTART;
	} else {
		__atomic_and_fetch(&interrupting, ~FDP_BIT(signal_),
				   __ATOMIC_RELAXED);
		action.sa_flags |= SA_RESTART;
	}
	return sigaction(signal_, &action, NULL);
}

/* Our own pthread_sigmask and sigprocmask: see masks.c. */
static bool is_held(int signal_, int how)
{
	sigset_t set, old;

	sigemptyset(&set);
	sigaddset(&set, signal_);
	sigprocmask(how, &set, &old);
	return sigismember(&old, signal_) == 1;
}

FDP_EXPORT sighandler_t sigset(int signal_, sighandler_t handler)
{
	sighandler_t old;
	struct sigaction now;

	if (!is_taken(signal_))
		return FDP_REAL(sigset)(signal_, handler);
	if (handler == SIG_HOLD) {
		if (is_held(signal_, SIG_BLOCK))
			return SIG_HOLD;
		sigaction(signal_, NULL, &now);
		return now.sa_handler;
	}
	old = set(signal_, handler, 0, 0);
	return is_held(signal_, SIG_UNBLOCK) ? SIG_HOLD : old;
}

/* The other names that the same functions have. */
#define OTHER_NAME(name, function)                                             \
	FDP_EXPORT __typeof__(function) name                                   \
		__attribute__((alias(#function), copy(function)))

OTHER_NAME(__sigaction, sigaction);
OTHER_NAME(bsd_signal, signal);
OTHER_NAME(ssignal, signal);
OTHER_NAME(__sysv_signal, sysv_signal);
