/* Dumps now and later: fdpreload.h. */
#include <string.h>

#include "api.h"
#include "api_exit.h"
#include "ask.h"
#include "real.h"

FDP_EXPORT const char *fdp_api_version(void)
{
	return FDP_VERSION;
}

FDP_EXPORT int fdp_api_dump_traceback(int fd, unsigned flags, long max_threads,
				      unsigned skip)
{
	struct fdp_request request = {
		.operation = FDP_DUMP,
		.flags = flags,
		.max_threads = max_threads,
		.skip = skip,
	};
	int r = fdp_api_check_flags(flags,
				    FDPRELOAD_ALL_THREADS | FDPRELOAD_FULL);

	if (r == 0)
		r = fdp_api_check_fd(fd);
	return r < 0 ? r : fdp_ask(&request, fd, FDP_ASK_AND_WAIT);
}

FDP_EXPORT int fdp_api_dump_c_stack(int fd)
{
	struct fdp_request request = {
		.operation = FDP_DUMP,
		.flags = FDP_REQUEST_C_STACK,
	};
	int r = fdp_api_check_fd(fd);

	return r < 0 ? r : fdp_ask(&request, fd, FDP_ASK_AND_WAIT);
}

/* NULL is "".  0, or -EINVAL if it is too long. */
static int copy_name(const char *name, char to[static FDP_REQUEST_NAME_SIZE])
{
	size_t length = name ? strnlen(name, FDP_REQUEST_NAME_SIZE) : 0;

	if (length == FDP_REQUEST_NAME_SIZE)
		return -EINVAL;
	memcpy(to, name ? name : "", length);
	return 0;
}

FDP_EXPORT int fdp_api_dump_traceback_later(const char *name,
					    uint64_t timeout_us, int fd,
					    unsigned flags, long max_threads)
{
	struct fdp_request request = {
		.operation = FDP_LATER,
		.flags = flags,
		.max_threads = max_threads,
		.timeout_us = timeout_us,
	};
	int r = fdp_api_check_flags(flags, FDPRELOAD_REPEAT | FDPRELOAD_EXIT |
						   FDPRELOAD_FULL);

	if (timeout_us == 0 || timeout_us > FDPRELOAD_TIMEOUT_MAX)
		return -EINVAL;
	if (r == 0)
		r = copy_name(name, request.name);
	if (r == 0)
		r = fdp_api_check_fd(fd);
	if (r == 0 && (flags & FDPRELOAD_EXIT))
		r = fdp_exit_arrange(&request);
	return r < 0 ? r : fdp_ask(&request, fd, FDP_ASK_AND_WAIT);
}

FDP_EXPORT int fdp_api_cancel_dump_traceback_later(const char *name)
{
	struct fdp_request request = { .operation = FDP_CANCEL };
	int r = copy_name(name, request.name);

	return r < 0 ? r : fdp_ask(&request, -1, FDP_ASK_AND_WAIT);
}
