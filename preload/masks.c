/*
 * Blocking signals.  SEGV, BUS, FPE and ILL are never blocked in the kernel, or
 * a fault would kill without a word; the thread is told what it asked for.
 */
#include <stddef.h>
#include <stdint.h>

#include "notes.h"
#include "ours.h"
#include "real.h"
#include "record.h"

typedef int mask_function(int, const sigset_t *, sigset_t *);

static uint64_t *word(const sigset_t *set)
{
	return (uint64_t *)set;
}

/* What the thread believes it has blocked after the call. */
static uint64_t believed(int how, uint64_t faults, uint64_t before)
{
	switch (how) {
	case SIG_BLOCK:
		return before | faults;
	case SIG_UNBLOCK:
		return before & ~faults;
	default:
		return faults;
	}
}

static int with_old(int r, sigset_t *old, uint64_t before)
{
	if (r == 0 && old)
		*word(old) |= before;
	return r;
}

/*
 * What was blocked for real, as in a handler whose mask has it, stays so and
 * ends with the handler.  If one comes in between, it is believed to be
 * blocked.
 */
static void keep(mask_function *real, struct fdp_record *record, int how,
		 uint64_t faults)
{
	sigset_t set;

	if (!faults)
		return;
	*word(&set) = faults;
	if (how == SIG_SETMASK)
		real(SIG_BLOCK, &set, NULL);
	record->blocked &= ~faults;
}

/* What the thread believes; a vfork child that has a mask knows it. */
static uint64_t belief(const struct fdp_record *record)
{
	if (record->masked_pid &&
	    record->masked_pid == (uint32_t)fdp_sys(SYS_getpid))
		return 0;
	return record->blocked;
}

/*
 * A vfork child's mask is its own, and what it execs inherits it: from its
 * first change on the kernel has all of it.
 */
static void begin_own_mask(struct fdp_record *record, uint64_t before)
{
	if (before)
		fdp_sys(SYS_rt_sigprocmask, SIG_BLOCK, &before, NULL, 8);
	record->masked_pid = (uint32_t)fdp_sys(SYS_getpid);
}

/*
 * Unblocking is for real, and believed before it happens: a signal that waits
 * in the kernel comes at once.  Blocking is not for real.
 */
static int change_real_part(mask_function *real, struct fdp_record *record,
			    int how, const sigset_t *set, sigset_t *old)
{
	uint64_t before = belief(record);
	uint64_t faults = *word(set) & FDP_FAULTS & fdp_state.signals;
	sigset_t without = { { 0 } }, unused = { { 0 } };
	sigset_t *seen = old ? old : &unused;
	int r;

	*word(&without) = *word(set);
	if (how != SIG_UNBLOCK)
		*word(&without) &= ~faults;
	record->blocked = believed(how, faults, before);
	r = real(how, &without, seen);
	if (r == 0 && how != SIG_UNBLOCK)
		keep(real, record, how, faults & *word(seen));
	return with_old(r, old, before);
}

static int change(mask_function *real, struct fdp_record *record, int how,
		  const sigset_t *set, sigset_t *old)
{
	uint64_t before = belief(record);
	uint64_t faults = *word(set) & FDP_FAULTS & fdp_state.signals;

	if ((!faults && !before) || (unsigned)how > SIG_SETMASK)
		return real(how, set, old);
	/* Nothing to believe: a JVM does it in each of its faults. */
	if (how == SIG_UNBLOCK && !(faults & before))
		return with_old(real(how, set, old), old, before);
	if (!fdp_is_our_process()) {
		begin_own_mask(record, before);
		return real(how, set, old);
	}
	/* It ends with the handler, in the kernel and nowhere else. */
	if (fdp_notes_in_handler(record)) {
		record->blocked = before & believed(how, faults, before);
		return with_old(real(how, set, old), old, before);
	}
	return change_real_part(real, record, how, set, old);
}

static int change_mask(mask_function *real, int how, const sigset_t *set,
		       sigset_t *old)
{
	struct fdp_record *record =
		fdp_state.signals ? fdp_record_self() : NULL;

	/* Most masks are about other signals. */
	if (!record || (set && !record->blocked && !(*word(set) & FDP_FAULTS)))
		return real(how, set, old);
	if (!set)
		return with_old(real(how, set, old), old, belief(record));
	return change(real, record, how, set, old);
}

FDP_EXPORT int pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
	mask_function *real =
		(mask_function *)fdp_real_optional(FDP_REAL_pthread_sigmask);

	/* A program without libpthread, before glibc 2.32. */
	if (!real)
		return sigprocmask(how, set, old) < 0 ? errno : 0;
	return change_mask(real, how, set, old);
}

FDP_EXPORT int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	return change_mask(FDP_REAL(sigprocmask), how, set, old);
}

/* The sets of 4.2BSD: an int, of the first 32 signals. */
static int change_word(int how, int mask)
{
	sigset_t set, old;

	sigemptyset(&set);
	*word(&set) = (unsigned)mask;
	return sigprocmask(how, &set, &old) < 0 ? -1 : (int)*word(&old);
}

FDP_EXPORT int sigblock(int mask)
{
	return change_word(SIG_BLOCK, mask);
}

FDP_EXPORT int sigsetmask(int mask)
{
	return change_word(SIG_SETMASK, mask);
}

FDP_EXPORT int siggetmask(void)
{
	return change_word(SIG_BLOCK, 0);
}

static int change_one(int how, int signal)
{
	sigset_t set;

	sigemptyset(&set);
	if (sigaddset(&set, signal) < 0)
		return -1;
	return sigprocmask(how, &set, NULL);
}

FDP_EXPORT int sighold(int signal)
{
	return change_one(SIG_BLOCK, signal);
}

FDP_EXPORT int sigrelse(int signal)
{
	return change_one(SIG_UNBLOCK, signal);
}
