#include "sight.h"

#include <errno.h>

#include "../base/util.h"
#include "know.h"
#include "live.h"
#include "sources.h"

static int open_target(pid_t pid, struct fdp_target **ret_target)
{
	struct fdp_procfs *procfs;
	int r = fdp_sources_procfs_new(pid, &procfs);

	return r < 0 ? r : fdp_live_new(pid, procfs, ret_target);
}

int fdp_capture_mapped(pid_t pid, struct fdp_target **ret_target)
{
	struct fdp_target *target;
	int r = open_target(pid, &target);

	if (r < 0)
		return r;
	r = fdp_know_maps(target);
	if (r < 0) {
		fdp_target_free(target);
		return r;
	}
	*ret_target = target;
	return 0;
}

static int list_threads(struct fdp_target *target, struct fdp_procfs *procfs)
{
	_cleanup_free_ pid_t *tids = NULL;
	ssize_t count = fdp_procfs_threads(procfs, &tids);

	if (count < 0)
		return (int)count;
	target->threads = fdp_arena_array(&target->arena, (size_t)count,
					  sizeof(*target->threads));
	if (!target->threads)
		return -ENOMEM;
	target->thread_count = (size_t)count;
	for (ssize_t i = 0; i < count; i++)
		target->threads[i].tid = tids[i];
	return 0;
}

int fdp_capture_sight(pid_t pid, struct fdp_procfs *procfs,
		      struct fdp_target **ret_target)
{
	struct fdp_target *target;
	int r = open_target(pid, &target);

	if (r < 0)
		return r;
	r = list_threads(target, procfs);
	if (r < 0) {
		fdp_target_free(target);
		return r;
	}
	*ret_target = target;
	return 0;
}
