#include "storing.h"

#include <errno.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/util.h"
#include "daemon.h"
#include "finish.h"
#include "outputs.h"
#include "reaper.h"

/* The files being synced and named, by a child. */
struct storing {
	struct fdp_source source;
	struct fdp_daemon *daemon;
	struct fdp_outputs outputs;
	pid_t child;
	int pidfd;
};

static void stored(struct fdp_source *source, uint32_t events)
{
	struct storing *storing = (struct storing *)source;

	(void)events;
	fdp_loop_remove(&storing->daemon->loop, storing->pidfd);
	close(storing->pidfd);
	fdp_reaper_leave(storing->child);
	fdp_outputs_hand_over(&storing->outputs);
	fdp_outputs_done(&storing->outputs);
	storing->daemon->loop.clients--;
	free(storing);
}

void fdp_storing_start(struct fdp_daemon *daemon, struct fdp_outputs *outputs)
{
	_cleanup_free_ struct storing *storing = calloc(1, sizeof(*storing));
	_cleanup_close_ int pidfd = -1;
	pid_t child = storing ? fdp_finish_start(outputs, -1) : -ENOMEM;

	if (child < 0) {
		fdp_outputs_publish(outputs);
		fdp_outputs_done(outputs);
		return;
	}
	pidfd = (int)syscall(SYS_pidfd_open, child, 0);
	storing->source.ready = stored;
	if (pidfd < 0 ||
	    fdp_loop_add(&daemon->loop, pidfd, &storing->source) < 0) {
		waitpid(child, NULL, 0);
		fdp_outputs_hand_over(outputs);
		fdp_outputs_done(outputs);
		return;
	}
	storing->daemon = daemon;
	storing->outputs = *outputs;
	storing->child = child;
	storing->pidfd = TAKE_FD(pidfd);
	daemon->loop.clients++;
	TAKE_PTR(storing);
}
