#include "requests.h"

#include <errno.h>

#include "annotations.h"
#include "base/util.h"
#include "daemon.h"
#include "dumps.h"
#include "heartbeats.h"
#include "later.h"
#include "log.h"
#include "wire.h"
#include "worker/living.h"

/* A dump that somebody waits for. */
struct awaited {
	int reply, output;
};

void fdp_request_reply(int reply, int result)
{
	struct fdp_reply answer = {
		.header = fdp_header_make(FDP_REPLY, sizeof(answer), 0),
		.result = result,
	};

	if (reply < 0)
		return;
	fdp_wire_send(reply, &answer, sizeof(answer));
	close(reply);
}

struct fdp_living fdp_request_living(const struct fdp_request *request,
				     const struct fdp_sender *sender,
				     int output)
{
	return (struct fdp_living){
		.pid = sender->pid,
		.uid = sender->uid,
		.gid = sender->gid,
		.output = output,
		.flags = request->flags,
		.max_threads = (long)request->max_threads,
		.current = (pid_t)request->tid,
		.skip = request->skip,
		.timeout_us = request->timeout_us,
		.annotations = NULL,
		.exit_signal = request->exit_signal,
		.exit_cookie = request->exit_cookie,
	};
}

static void dumped(void *argument, int result)
{
	struct awaited *awaited = argument;

	fdp_request_reply(awaited->reply, result);
	close(awaited->output);
	free(awaited);
}

static int dump(struct fdp_daemon *daemon, const struct fdp_request *request,
		struct fdp_sender *sender)
{
	_cleanup_free_ struct awaited *awaited = calloc(1, sizeof(*awaited));
	struct fdp_living living =
		fdp_request_living(request, sender, sender->fds[1]);
	int r;

	if (!awaited)
		return -ENOMEM;
	if (living.output < 0)
		return -EBADF;
	awaited->reply = sender->fds[0];
	awaited->output = living.output;
	living.timeout_us = 0;
	living.thread_pointer = request->thread_pointer;
	living.serving = living.thread_pointer ? sender->fds[0] : 0;
	living.server = living.current;
	r = fdp_dump_start(daemon, &living, dumped, awaited);
	if (r < 0)
		return r;
	sender->fds[0] = sender->fds[1] = -1;
	TAKE_PTR(awaited);
	return 0;
}

static int handle(struct fdp_daemon *daemon, const struct fdp_request *request,
		  struct fdp_sender *sender)
{
	if (sender->pid <= 0)
		return -ESRCH; /* of a namespace that we do not see into */
	switch (request->operation) {
	case FDP_DUMP:
		return dump(daemon, request, sender);
	case FDP_LATER:
		return fdp_later_set(daemon, request, sender);
	case FDP_CANCEL:
		return fdp_later_cancel(daemon, request, sender);
	case FDP_ANSWER:
		return fdp_answer_heard(daemon, request, sender);
	default:
		return fdp_heartbeat_heard(daemon, request, sender);
	}
}

void fdp_request_annotate(struct fdp_daemon *daemon,
			  const struct fdp_annotation *annotation,
			  struct fdp_sender *sender)
{
	int r = sender->pid > 0 ? fdp_annotation_set(daemon, annotation, sender)
				: -ESRCH;

	fdp_request_reply(TAKE_FD(sender->fds[0]), r);
}

void fdp_request_handle(struct fdp_daemon *daemon,
			const struct fdp_request *request,
			struct fdp_sender *sender)
{
	int r = handle(daemon, request, sender);

	if (r < 0)
		fdp_log_debug("process %d: request %u: error %d",
			      (int)sender->pid, request->operation, -r);
	/* Whoever has taken it replies later. */
	if (sender->fds[0] >= 0)
		fdp_request_reply(TAKE_FD(sender->fds[0]), r);
}
