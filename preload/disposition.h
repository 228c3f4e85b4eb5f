/*
 * What the application has asked to happen on each of our signals.  The kernel
 * has fdp_entry for all of them but those that are ignored.
 */
#ifndef FDP_PRELOAD_DISPOSITION_H
#define FDP_PRELOAD_DISPOSITION_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* The kernel's struct sigaction, which is not libc's. */
struct fdp_kernel_action {
	void (*handler)(int, siginfo_t *, void *);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

#define FDP_SA_RESTORER 0x04000000ul
#define FDP_BIT(signal) (UINT64_C(1) << ((signal)-1))

/* Raised by instructions: never blocked in the kernel while they are ours. */
#define FDP_FAULTS                                                             \
	(FDP_BIT(SIGSEGV) | FDP_BIT(SIGBUS) | FDP_BIT(SIGFPE) | FDP_BIT(SIGILL))

/* In a target: one call, then the default action (SA_RESETHAND). */
#define FDP_ONCE (UINT64_C(1) << 63)

struct fdp_disposition {
	/* atomic: 0 is SIG_DFL, 1 SIG_IGN, else the handler, with FDP_ONCE */
	uint64_t target;
	uint64_t handler; /* as it was given, for who asks */
	/*
	 * Seen where ours should have been: stays as it is if it comes back,
	 * over what was meant then.
	 */
	uint64_t foreign;
	struct fdp_kernel_action under;
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

#define FDP_SIGNALS 32
extern struct fdp_disposition fdp_dispositions[FDP_SIGNALS];

/* Takes over SIGNAL as it is now, unless a foreign handler is on it. */
void fdp_disposition_adopt(int signal);

/*
 * rt_sigaction as the application sees it; either may be NULL.  For signals of
 * ours, in the process that they are ours in.  0 or -errno.
 */
int fdp_disposition_change(int signal, const struct fdp_kernel_action *new,
			   struct fdp_kernel_action *old);

/* Only asks: without the lock, and without blocking signals. */
int fdp_disposition_query(int signal, struct fdp_kernel_action *old);

/* In a vfork child: what the kernel has, with ours as it is meant. */
void fdp_disposition_hide(int signal, struct fdp_kernel_action *action);

/* The kernel gets the reporter as the action for SIGNAL. */
void fdp_disposition_default(int signal);

/* True if the kernel has for SIGNAL what we have not put there; then what. */
bool fdp_disposition_foreign(int signal, uint64_t *ret_handler);

#endif
