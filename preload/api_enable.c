/* Crashes that are dumped to a file of the program's: fdpreload.h. */
#include <stdbool.h>
#include <sys/stat.h>

#include "api.h"
#include "api_fd.h"
#include "real.h"
#include "state.h"

static bool is_active(void)
{
	return __atomic_load_n(&fdp_state.enabled.active, __ATOMIC_ACQUIRE);
}

/* A crash in this moment is shown on stderr. */
static int stop(void)
{
	bool was = __atomic_exchange_n(&fdp_state.enabled.active, false,
				       __ATOMIC_ACQ_REL);

	if (was)
		fdp_sys(SYS_close, fdp_state.enabled.fd);
	return was;
}

FDP_EXPORT int fdp_api_enable(int fd, unsigned flags, long max_threads)
{
	struct stat status;
	int copy, r;

	r = fdp_api_check_flags(flags, FDPRELOAD_ALL_THREADS |
					       FDPRELOAD_C_STACK |
					       FDPRELOAD_FULL);
	if (r < 0)
		return r;
	if (!fdp_state.watching)
		return -ENOTCONN;
	copy = fdp_api_copy_fd(fd);
	if (copy < 0)
		return copy;
	fdp_sys(SYS_fstat, copy, &status);
	stop();
	fdp_state.enabled.fd = copy;
	fdp_state.enabled.device = status.st_dev;
	fdp_state.enabled.inode = status.st_ino;
	fdp_state.enabled.flags = flags;
	fdp_state.enabled.max_threads = max_threads;
	__atomic_store_n(&fdp_state.enabled.active, true, __ATOMIC_RELEASE);
	return 0;
}

FDP_EXPORT int fdp_api_disable(void)
{
	return fdp_state.watching ? stop() : -ENOTCONN;
}

FDP_EXPORT int fdp_api_is_enabled(void)
{
	return fdp_state.watching ? is_active() : -ENOTCONN;
}
