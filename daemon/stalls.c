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
#include "requests.h"
#include "storing.h"
#include "watch_message.h"
#include "worker/living.h"

struct stall {
	struct fdp_daemon *daemon;
	struct fdp_outputs outputs;
	struct fdp_peer peer;
	struct fdp_living_report why; /* with copies of what it points to */
	struct fdp_watch_message message;
	int serving; /* of who answers for the process, or -1 */
};

static void complain(pid_t pid, int error)
{
	fdp_log_warning("process %d: no report of its stall could be made: %s",
			(int)pid, strerror(-error));
}

static void stall_free(struct stall *stall)
{
	free((char *)stall->why.cause_text);
	free(stall);
}

static int open_outputs(struct stall *stall)
{
	struct fdp_settings settings = stall->daemon->settings;
	struct fdp_ending now = { .comm = "" };
	char stem[96];

	fdp_ending_read(stall->peer.pid, &now);
	fdp_store_stem((long long)(fdp_clock_read_ns(CLOCK_REALTIME) / 1000),
		       now.comm[0] ? now.comm : "process", stall->peer.pid,
		       stem);
	/* It would hold the memory of a process that is to live on. */
	settings.save_capture = false;
	return fdp_outputs_open(&stall->outputs, &settings, stem, false);
}

static void dumped(void *argument, int result);

static int start(struct stall *stall, const struct fdp_answer *answer)
{
	const struct fdp_living living = {
		.pid = stall->peer.pid,
		.uid = stall->peer.uid,
		.gid = stall->peer.gid,
		.output = -1,
		.report = &stall->why,
		.annotations =
			fdp_annotations_of(stall->daemon, stall->peer.pid),
		.serving = answer->socket,
		.server = answer->tid,
		.thread_pointer = answer->thread_pointer,
	};

	return fdp_dump_start(stall->daemon, &living, dumped, stall);
}

static void answered(void *argument, struct fdp_answer answer)
{
	struct stall *stall = argument;
	int r;

	stall->serving = answer.socket;
	r = start(stall, &answer);
	if (r < 0)
		dumped(stall, r);
}

static void dumped(void *argument, int result)
{
	struct stall *stall = argument;

	if (result == FDP_LIVING_ASK) {
		fdp_answer_await(stall->daemon, stall->peer.pid, answered,
				 stall);
		return;
	}
	fdp_request_reply(stall->serving, result);
	if (result < 0) {
		complain(stall->peer.pid, result);
		fdp_outputs_done(&stall->outputs);
	} else {
		fdp_outputs_keep(&stall->outputs,
				 FDP_RENDERED_TEXT | FDP_RENDERED_JSON);
		fdp_storing_start(stall->daemon, &stall->outputs);
	}
	stall_free(stall);
}

/* WHY is the caller's, and the process may have to be asked first. */
static int keep(struct stall *stall, const struct fdp_living_report *why)
{
	stall->why = *why;
	stall->why.cause_text = strdup(why->cause_text);
	if (!stall->why.cause_text)
		return -ENOMEM;
	if (why->watch) {
		stall->message = *why->watch;
		stall->why.watch = &stall->message;
	}
	stall->why.text = stall->outputs.text.fd;
	stall->why.json = stall->outputs.json.fd;
	stall->why.id = stall->outputs.stem;
	return 0;
}

static void begin(struct fdp_daemon *daemon, const struct fdp_peer *peer,
		  const struct fdp_living_report *why)
{
	static const struct fdp_answer none = { .socket = 0 };
	struct stall *stall = calloc(1, sizeof(*stall));
	int r = stall ? 0 : -ENOMEM;

	fdp_log_warning("process %d: %s", (int)peer->pid, why->cause_text);
	if (r == 0) {
		stall->daemon = daemon;
		stall->peer = *peer;
		stall->serving = -1;
		r = open_outputs(stall);
	}
	if (r == 0)
		r = keep(stall, why);
	if (r == 0)
		r = start(stall, &none);
	if (r == 0)
		return;
	complain(peer->pid, r);
	if (!stall)
		return;
	fdp_outputs_done(&stall->outputs);
	stall_free(stall);
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
