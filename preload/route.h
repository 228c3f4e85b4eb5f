/* From the kernel to whom a signal is for: arch/ARCH_entry.S and route.c. */
#ifndef FDP_PRELOAD_ROUTE_H
#define FDP_PRELOAD_ROUTE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ucontext.h>

/* Where the entry goes on, with the registers and the stack it began with. */
typedef void fdp_target(int signal, siginfo_t *info, void *context);

/*
 * The kernel's handler for every signal of ours: asks fdp_route() and jumps, so
 * that nothing of ours is on the stack under a handler of the program.
 */
fdp_target fdp_entry;

/* To the reporter, on the thread's own 64 KiB. */
fdp_target fdp_default;

/* Back to what was interrupted. */
fdp_target fdp_nothing;

/*
 * Stands in for libc's restorer where a handler is called from abort(): reports
 * when it returns, since then the process dies with a handler of the kernel's.
 */
void fdp_abort_restorer(void);

/* The stack between abort()'s entry and what raises the signal, at most. */
#define FDP_ABORT_FRAMES 2048

fdp_target *fdp_route(int signal, siginfo_t *info, ucontext_t *context);

#endif
