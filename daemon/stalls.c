#include "stalls.h"

#include <errno.h>
#include <string.h>

#include "annotations.h"
#include "base/clock.h"
#include "base/util.h"
#include "control.h"
#include "daemon.h"
#include "dumps.h"
#include "ending.h"
#include "log.h"
#include "outputs.h"
#include "storing.h"
#include "watch_message.h"
#include "worker/living.h"

struct stall {
	struct fdp_daemon *daemon;
	struct fdp_outputs outputs;
	pid_t pid;
};

static void complain(pid_t pid, int error)
{
	fdp_log_warning("process %d: no report of its stall could be made: %s",
			(int)pid, strerror(-error));
}

static void dumped(void *argument, int result)
{
	struct stall *stall = argument;

	if (result < 0) {
		complain(stall->pid, result);
		fdp_outputs_done(&stall->outputs);
	} else {
		fdp_outputs_keep(&stall->outputs,
				 FDP_RENDERED_TEXT | FDP_RENDERED_JSON);
		fdp_storing_start(stall->daemon, &stall->outputs);
	}
	free(stall);
}

static int open_outputs(struct stall *stall)
{
	struct fdp_settings settings = stall->daemon->settings;
	struct fdp_ending now = { .comm = "" };
	char stem[96];

	fdp_ending_read(stall->pid, &now);
	fdp_store_stem((long long)(fdp_clock_read_ns(CLOCK_REALTIME) / 1000),
		       now.comm[0] ? now.comm : "process", stall->pid, stem);
	/* It would hold the memory of a process that is to live on. */
	settings.save_capture = false;
	return fdp_outputs_open(&stall->outputs, &settings, stem, false);
}

/* WHY but for where it goes. */
static int start(struct stall *stall, const struct fdp_peer *peer,
		 const struct fdp_living_report *why)
{
	struct fdp_living_report report = *why;
	const struct fdp_living living = {
		.pid = peer->pid,
		.uid = peer->uid,
		.gid = peer->gid,
		.output = -1,
		.report = &report,
		.annotations = fdp_annotations_of(stall->daemon, peer->pid),
	};

	report.text = stall->outputs.text.fd;
	report.json = stall->outputs.json.fd;
	report.id = stall->outputs.stem;
	return fdp_dump_start(stall->daemon, &living, dumped, stall);
}

static void begin(struct fdp_daemon *daemon, const struct fdp_peer *peer,
		  const struct fdp_living_report *why)
{
	struct stall *stall = calloc(1, sizeof(*stall));
	int r = stall ? 0 : -ENOMEM;

	fdp_log_warning("process %d: %s", (int)peer->pid, why->cause_text);
	if (r == 0) {
		stall->daemon = daemon;
		stall->pid = peer->pid;
		r = open_outputs(stall);
	}
	if (r == 0)
		r = start(stall, peer, why);
	if (r == 0)
		return;
	complain(peer->pid, r);
	if (stall)
		fdp_outputs_done(&stall->outputs);
	free(stall);
}

void fdp_stall_report(struct fdp_daemon *daemon, const struct fdp_peer *peer,
		      const char *cause, const char *text)
{
	const struct fdp_living_report why = {
		.kind = "stall",
		.cause = cause,
		.cause_text = text,
	};

	begin(daemon, peer, &why);
}

void fdp_hang_report(struct fdp_daemon *daemon, const struct fdp_peer *peer,
		     const char *cause, const struct fdp_watch_message *message)
{
	const struct fdp_living_report why = {
		.kind = "hang",
		.cause = cause,
		.cause_text = message->text,
		.watch = message,
	};

	begin(daemon, peer, &why);
}
