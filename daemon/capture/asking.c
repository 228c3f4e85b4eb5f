#include "asking.h"

#include <errno.h>

#include "../base/util.h"
#include "know.h"
#include "served.h"
#include "sources.h"

static void add_thread(struct fdp_target *target,
		       const struct fdp_asking *asking, pid_t tid)
{
	struct fdp_thread *thread = &target->threads[target->thread_count++];

	thread->tid = tid;
	fdp_know_name(target, thread);
	if (tid != asking->tid)
		return;
	thread->registers.thread_pointer = asking->thread_pointer;
	/* The one that it is in is ours. */
	fdp_know_interrupted_call(target, thread);
}

/* The main thread first, the others by tid. */
static int set_threads(struct fdp_target *target,
		       const struct fdp_asking *asking,
		       struct fdp_procfs *procfs)
{
	_cleanup_free_ pid_t *tids = NULL;
	ssize_t count = fdp_procfs_threads(procfs, &tids);

	if (count < 0)
		return (int)count;
	target->threads = fdp_arena_array(&target->arena, (size_t)count + 1,
					  sizeof(*target->threads));
	if (!target->threads)
		return -ENOMEM;
	add_thread(target, asking, asking->pid);
	for (ssize_t i = 0; i < count; i++)
		if (tids[i] != asking->pid)
			add_thread(target, asking, tids[i]);
	return 0;
}

int fdp_capture_asking(const struct fdp_asking *asking,
		       struct fdp_target **ret_target)
{
	struct fdp_procfs *procfs = NULL;
	struct fdp_target *target;
	int r = fdp_sources_procfs_new(asking->pid, &procfs);

	if (r == 0)
		r = fdp_served_new(asking->pid, asking->socket, -1,
				   asking->deadline_ns, procfs, &target);
	if (r < 0)
		return r;
	target->running = true;
	fdp_know_time(target);
	fdp_know_note(target, "capture/method", target->ops->name);
	fdp_know_note(target, "capture/missing",
		      "registers and native stacks of all threads: they may "
		      "not be stopped, and ran meanwhile");
	r = set_threads(target, asking, procfs);
	if (r == 0)
		r = fdp_know_maps(target);
	if (r < 0) {
		fdp_target_free(target);
		return r;
	}
	*ret_target = target;
	return 0;
}
