#include "refused.h"

#include <errno.h>

#include "../base/clock.h"
#include "../base/proc.h"
#include "../base/util.h"
#include "../capture/asking.h"

/* How long a thread is asked for its memory: less than the daemon waits. */
#define ASKING_MS 3000

/* By the kernel, or by a filter of system calls. */
static bool is_refusal(int error)
{
	return error == -EPERM || error == -EACCES || error == -ENOSYS;
}

static int capture_asking(const struct fdp_living *living,
			  struct fdp_target **ret_target)
{
	const struct fdp_asking asking = {
		.pid = living->pid,
		.tid = living->server,
		.thread_pointer = living->thread_pointer,
		.socket = living->serving,
		.deadline_ns = fdp_clock_now_ns() + ASKING_MS * FDP_NS_PER_MS,
	};

	return fdp_capture_asking(&asking, ret_target);
}

static bool may_be_asked(pid_t pid)
{
	_cleanup_free_ char *maps = fdp_proc_read(pid, "maps");
	struct fdp_memory_file file;

	return maps && fdp_reporter_memory(maps, &file) && file.answers;
}

int fdp_worker_capture(const struct fdp_living *living,
		       const struct fdp_living_request *request,
		       struct fdp_target **ret_target)
{
	int r = fdp_capture_living(request, ret_target);

	/* One thread alone is wanted for its registers. */
	if (!is_refusal(r) || request->only)
		return r;
	if (living->serving > 0)
		return capture_asking(living, ret_target);
	return living->serving == 0 && may_be_asked(living->pid)
		       ? FDP_LIVING_ASK
		       : r;
}
