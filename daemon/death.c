#include "death.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "analysis/death.h"
#include "analyst.h"
#include "base/util.h"
#include "clients.h"
#include "daemon.h"
#include "log.h"
#include "outputs.h"
#include "storing.h"
#include "worker/worker.h"

/* Renders into the files of OUTPUTS.  0 or -errno. */
static int render(const struct fdp_client *client, struct fdp_outputs *outputs,
		  int64_t time_us)
{
	const struct fdp_worker worker = {
		.text = outputs->text.fd,
		.json = outputs->json.fd,
		.capture = -1,
		.echo = -1,
		.annotations = fdp_annotations_of(client->clients->daemon,
						  client->peer.pid),
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
	fdp_storing_start(daemon, &outputs);
	return 0;
}
