/* What the parts of the C API (fdpreload.h) share. */
#ifndef FDP_PRELOAD_API_H
#define FDP_PRELOAD_API_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>

#include "../proto/proto.h"
#include "fdpreload.h"
#include "sys.h"

/* A number that is open: 0, or -EBADF. */
static inline int fdp_api_check_fd(int fd)
{
	return fdp_sys(SYS_fcntl, fd, F_GETFD) < 0 ? -EBADF : 0;
}

/* 0, or -EINVAL if FLAGS has any that is not in KNOWN. */
static inline int fdp_api_check_flags(unsigned flags, unsigned known)
{
	return flags & ~known ? -EINVAL : 0;
}

_Static_assert((int)FDPRELOAD_ALL_THREADS == (int)FDP_REQUEST_ALL_THREADS &&
		       (int)FDPRELOAD_C_STACK == (int)FDP_REQUEST_C_STACK &&
		       (int)FDPRELOAD_REPEAT == (int)FDP_REQUEST_REPEAT &&
		       (int)FDPRELOAD_EXIT == (int)FDP_REQUEST_EXIT &&
		       (int)FDPRELOAD_FULL == (int)FDP_REQUEST_FULL,
	       "flags are passed on as they are");
_Static_assert(FDPRELOAD_NAME_MAX + 1 == FDP_REQUEST_NAME_SIZE, "names");
_Static_assert(FDPRELOAD_TIMEOUT_MAX == FDP_TIMEOUT_US_MAX, "timeouts");

#endif
