/*
 * The functions that the shim stands in front of.  Each is looked up when it is
 * first needed, since programs call them before our constructor has run.
 */
#ifndef FDP_PRELOAD_REAL_H
#define FDP_PRELOAD_REAL_H

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <threads.h>
#include <unistd.h>

#include "lookup.h"

/* One export of the shim: the others are hidden. */
#define FDP_EXPORT __attribute__((visibility("default")))

#define FDP_REAL_FUNCTIONS(X)                                                  \
	X(__ppoll_chk)                                                         \
	X(_Exit)                                                               \
	X(_exit)                                                               \
	X(abort)                                                               \
	X(epoll_pwait)                                                         \
	X(epoll_pwait2)                                                        \
	X(execv)                                                               \
	X(execve)                                                              \
	X(execveat)                                                            \
	X(execvp)                                                              \
	X(execvpe)                                                             \
	X(fexecve)                                                             \
	X(popen)                                                               \
	X(posix_spawn)                                                         \
	X(posix_spawnp)                                                        \
	X(ppoll)                                                               \
	X(prctl)                                                               \
	X(pselect)                                                             \
	X(pthread_attr_getsigmask_np)                                          \
	X(pthread_create)                                                      \
	X(pthread_key_create)                                                  \
	X(pthread_kill)                                                        \
	X(pthread_setspecific)                                                 \
	X(pthread_sigmask)                                                     \
	X(raise)                                                               \
	X(sigaction)                                                           \
	X(sigaltstack)                                                         \
	X(sigignore)                                                           \
	X(siginterrupt)                                                        \
	X(signal)                                                              \
	X(sigprocmask)                                                         \
	X(sigset)                                                              \
	X(sigsuspend)                                                          \
	X(system)                                                              \
	X(sysv_signal)                                                         \
	X(thrd_create)

enum fdp_real {
#define FDP_REAL_NUMBER(name) FDP_REAL_##name,
	FDP_REAL_FUNCTIONS(FDP_REAL_NUMBER)
#undef FDP_REAL_NUMBER
		FDP_REAL_COUNT
};

extern struct fdp_wanted fdp_real_table[FDP_REAL_COUNT];

/* Looks for what has not been found yet. */
void *fdp_real_look(enum fdp_real function);

/* libc's FUNCTION; NULL: this libc, or this program, does not have it. */
static inline void *fdp_real(enum fdp_real function)
{
	void *found = __atomic_load_n(&fdp_real_table[function].address,
				      __ATOMIC_RELAXED);

	return found ? found : fdp_real_look(function);
}

/* Looks for it if nothing has been looked for yet. */
void *fdp_real_look_once(enum fdp_real function);

/* The same, cheap where it is missing; what is loaded later is not found. */
static inline void *fdp_real_optional(enum fdp_real function)
{
	void *found = __atomic_load_n(&fdp_real_table[function].address,
				      __ATOMIC_RELAXED);

	return found ? found : fdp_real_look_once(function);
}

/* The function behind ours; every libc that we load into has it. */
#define FDP_REAL(name) ((__typeof__(&name))fdp_real(FDP_REAL_##name))

#endif
