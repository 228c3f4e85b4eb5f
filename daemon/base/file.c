#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "util.h"

int fdp_reopen_regular(int handle)
{
	struct stat status;
	char itself[32];
	int fd;

	if (fstat(handle, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	snprintf(itself, sizeof(itself), "/proc/self/fd/%d", handle);
	fd = open(itself, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return fd < 0 ? -errno : fd;
}

int fdp_open_regular(int directory, const char *path)
{
	_cleanup_close_ int handle =
		openat(directory, path, O_PATH | O_CLOEXEC);

	return handle < 0 ? -errno : fdp_reopen_regular(handle);
}
