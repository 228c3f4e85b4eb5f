#include "live.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/uio.h>

#include "../base/util.h"
#include "sources.h"

struct live {
	pid_t pid;
	struct fdp_procfs *procfs;
};

static ssize_t live_read(void *backend, uint64_t address, void *buffer,
			 size_t size)
{
	struct live *live = backend;
	struct iovec local = { .iov_base = buffer, .iov_len = size };
	struct iovec remote = { .iov_base = (void *)(uintptr_t)address,
				.iov_len = size };
	ssize_t got = process_vm_readv(live->pid, &local, 1, &remote, 1, 0);

	if (got >= 0)
		return got;
	return errno == EFAULT ? 0 : -errno;
}

static int live_fact(void *backend, const char *key, char **ret_value,
		     size_t *ret_size)
{
	struct live *live = backend;

	return fdp_procfs_fact(live->procfs, key, ret_value, ret_size);
}

static void live_free(void *backend)
{
	struct live *live = backend;

	fdp_procfs_free(live->procfs);
	free(live);
}

static const struct fdp_target_ops live_ops = {
	.name = "live",
	.read = live_read,
	.fact = live_fact,
	.free = live_free,
};

int fdp_live_new(pid_t pid, struct fdp_procfs *procfs,
		 struct fdp_target **ret_target)
{
	struct live *live = calloc(1, sizeof(*live));
	struct fdp_target *target;

	if (!live) {
		fdp_procfs_free(procfs);
		return -ENOMEM;
	}
	live->pid = pid;
	live->procfs = procfs;
	target = fdp_target_new(&live_ops, live);
	if (!target)
		return -ENOMEM;
	target->pid = pid;
	*ret_target = target;
	return 0;
}

int fdp_live_allowed(pid_t pid, uint64_t address)
{
	struct live live = { .pid = pid };
	char byte;
	ssize_t got = live_read(&live, address, &byte, 1);

	return got < 0 ? (int)got : got == 0 ? -EFAULT : 0;
}

int fdp_live_open(pid_t pid, struct fdp_procfs **ret_procfs,
		  struct fdp_target **ret_target)
{
	struct fdp_procfs *procfs;
	int r = fdp_live_allowed(pid, 0);

	/* Address 0 says who may read, and is never there. */
	if (r == -EFAULT)
		r = fdp_sources_procfs_new(pid, &procfs);
	if (r == 0)
		r = fdp_live_new(pid, procfs, ret_target);
	if (r == 0)
		*ret_procfs = procfs;
	return r;
}
