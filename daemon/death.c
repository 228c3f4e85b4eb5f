#include "death.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "analysis/death.h"
#include "analyst.h"
#include "base/util.h"
#include "clients.h"
#include "daemon.h"
#include "finish.h"
#include "log.h"
#include "outputs.h"
#include "reaper.h"
#include "worker/worker.h"

/* The files being synced and named, by a child. */
struct storing {
	struct fdp_source source;
	struct fdp_daemon *daemon;
	struct fdp_outputs outputs;
	pid_t child;
	int pidfd;
};

/* Renders into the files of OUTPUTS.  0 or -errno. */
static int render(const struct fdp_client *client, struct fdp_outputs *outputs,
		  int64_t time_us)
{
	const struct fdp_worker worker = {
		.text = outputs->text.fd,
		.json = outputs->json.fd,
		.capture = -1,
		.echo = -1,
	};
	struct fdp_death_foreign foreign[FDP_FOREIGN_MAX];
	const struct fdp_death death = {
		.id = outputs->stem,
		.time_us = time_us,
		.signal = WTERMSIG(client->status),
		.dumped = WCOREDUMP(client->status),
		.foreign = foreign,
		.foreign_count = client->foreign_count,
	};
	int r;

	for (size_t i = 0; i < client->foreign_count; i++)
		foreign[i] = (struct fdp_death_foreign){
			.signal = client->foreign[i].foreign.signal,
			.handler = client->foreign[i].foreign.handler,
			.path = client->foreign[i].object,
			.offset = client->foreign[i].offset,
		};
	r = fdp_analyst()->death(&worker, client->peer.pid, client->facts,
				 FDP_CLIENT_FACTS, &death);
	if (r > 0)
		fdp_outputs_keep(outputs, (unsigned)r);
	return r < 0 ? r : 0;
}

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

/* Takes OUTPUTS; a slow disk must not stop the daemon. */
static int store(struct fdp_daemon *daemon, struct fdp_outputs *outputs)
{
	_cleanup_free_ struct storing *storing = calloc(1, sizeof(*storing));
	_cleanup_close_ int pidfd = -1;
	pid_t child = storing ? fdp_finish_start(outputs, -1) : -ENOMEM;

	if (child < 0) {
		fdp_outputs_publish(outputs);
		fdp_outputs_done(outputs);
		return 0;
	}
	pidfd = (int)syscall(SYS_pidfd_open, child, 0);
	storing->source.ready = stored;
	if (pidfd < 0 ||
	    fdp_loop_add(&daemon->loop, pidfd, &storing->source) < 0) {
		waitpid(child, NULL, 0);
		fdp_outputs_hand_over(outputs);
		fdp_outputs_done(outputs);
		return 0;
	}
	storing->daemon = daemon;
	storing->outputs = *outputs;
	storing->child = child;
	storing->pidfd = TAKE_FD(pidfd);
	daemon->loop.clients++;
	TAKE_PTR(storing);
	return 0;
}

int fdp_death_start(struct fdp_daemon *daemon, const struct fdp_client *client)
{
	struct fdp_settings settings = daemon->settings;
	struct fdp_outputs outputs;
	struct timespec now;
	int64_t time_us;
	char stem[96];
	int r;

	if (!fdp_analyst())
		return -ELIBACC;
	clock_gettime(CLOCK_REALTIME, &now);
	time_us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
	fdp_store_stem(time_us, client->comm[0] ? client->comm : "process",
		       client->peer.pid, stem);
	/* There is nothing that could be analysed again. */
	settings.save_capture = false;
	r = fdp_outputs_open(&outputs, &settings, stem, false);
	if (r == 0)
		r = render(client, &outputs, time_us);
	if (r < 0) {
		fdp_outputs_done(&outputs);
		return r;
	}
	fdp_log_debug("process %d: died of signal %d without a word",
		      (int)client->peer.pid, WTERMSIG(client->status));
	return store(daemon, &outputs);
}
