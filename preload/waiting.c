/*
 * Calls that wait with another mask.  While they do, the thread believes that
 * one; the kernel has it for real, and between two instructions of a call that
 * waits there is no fault.
 */
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "ours.h"
#include "real.h"
#include "record.h"

/* Where an older glibc has no such function. */
static int missing(void)
{
	errno = ENOSYS;
	return -1;
}

/* The record whose belief MASK changes for a while, or NULL. */
static struct fdp_record *begin(const sigset_t *mask, uint64_t *ret_before)
{
	struct fdp_record *record =
		fdp_state.signals && mask ? fdp_record_self() : NULL;

	if (!record || !record->blocked || !fdp_is_our_process())
		return NULL;
	*ret_before = record->blocked;
	record->blocked &= *(const uint64_t *)mask;
	return record;
}

static void end(struct fdp_record *record, uint64_t before)
{
	if (record)
		record->blocked = before;
}

/* Calls libc's FUNCTION while MASK is what the thread believes. */
#define WAIT(mask, function, ...)                                              \
	({                                                                     \
		uint64_t before_ = 0;                                          \
		struct fdp_record *record_ = begin(mask, &before_);            \
		int result_ = FDP_REAL(function)(__VA_ARGS__);                 \
		end(record_, before_);                                         \
		result_;                                                       \
	})

FDP_EXPORT int sigsuspend(const sigset_t *mask)
{
	return WAIT(mask, sigsuspend, mask);
}

FDP_EXPORT int pselect(int count, fd_set *in, fd_set *out, fd_set *bad,
		       const struct timespec *timeout, const sigset_t *mask)
{
	return WAIT(mask, pselect, count, in, out, bad, timeout, mask);
}

FDP_EXPORT int ppoll(struct pollfd *fds, nfds_t count,
		     const struct timespec *timeout, const sigset_t *mask)
{
	return WAIT(mask, ppoll, fds, count, timeout, mask);
}

/* What a fortified program calls, with the size of the array. */
int __ppoll_chk(struct pollfd *fds, nfds_t count,
		const struct timespec *timeout, const sigset_t *mask,
		size_t size);

FDP_EXPORT int __ppoll_chk(struct pollfd *fds, nfds_t count,
			   const struct timespec *timeout, const sigset_t *mask,
			   size_t size)
{
	if (size / sizeof(*fds) < count)
		return FDP_REAL(__ppoll_chk)(fds, count, timeout, mask, size);
	return ppoll(fds, count, timeout, mask);
}

FDP_EXPORT int epoll_pwait(int epoll, struct epoll_event *events, int count,
			   int timeout, const sigset_t *mask)
{
	return WAIT(mask, epoll_pwait, epoll, events, count, timeout, mask);
}

FDP_EXPORT int epoll_pwait2(int epoll, struct epoll_event *events, int count,
			    const struct timespec *timeout,
			    const sigset_t *mask)
{
	if (!fdp_real_optional(FDP_REAL_epoll_pwait2))
		return missing();
	return WAIT(mask, epoll_pwait2, epoll, events, count, timeout, mask);
}
