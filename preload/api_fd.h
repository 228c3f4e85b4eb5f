/* Descriptors that the program has given, kept for good. */
#ifndef FDP_PRELOAD_API_FD_H
#define FDP_PRELOAD_API_FD_H

#include <errno.h>
#include <fcntl.h>

#include "sys.h"

/* Out of the way of the program's own numbers, and below a usual limit. */
#define FDP_API_FD_LOWEST 900

/*
 * A copy of FD, close-on-exec, that stays what FD is now whatever becomes of
 * the number.  Or -errno.
 */
static inline int fdp_api_copy_fd(int fd)
{
	long copy = fdp_sys(SYS_fcntl, fd, F_DUPFD_CLOEXEC, FDP_API_FD_LOWEST);

	if (copy == -EINVAL || copy == -EMFILE)
		copy = fdp_sys(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 3);
	return (int)copy;
}

#endif
