#include "worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "../analysis/analyse.h"
#include "../base/clock.h"
#include "../base/util.h"
#include "../capture/fdpcap.h"
#include "annotate.h"
#include "compat.h"
#include "confine.h"
#include "user.h"
#include "../control.h"
#include "../log.h"

/* How long the threads stay stopped for a process that is released to die. */
#define DEATH_MS 100

struct captured {
	struct fdp_target *target;
	uint64_t fault_ns;
};

/* The process has nothing more to tell: how long was it asked? */
static void note_hold_time(void *argument)
{
	struct captured *captured = argument;
	uint64_t now = fdp_clock_now_ns();
	char text[32];

	if (captured->fault_ns > now)
		return;
	snprintf(text, sizeof(text), "%.3f",
		 (double)(now - captured->fault_ns) / FDP_NS_PER_MS);
	fdp_target_note(captured->target, "capture/hold-ms", text,
			strlen(text));
}

/* A stream on a copy of FD, which stays the caller's. */
static FILE *stream_on(int fd)
{
	int copy = dup(fd);
	FILE *stream = copy < 0 ? NULL : fdopen(copy, "w");

	if (!stream && copy >= 0)
		close(copy);
	return stream;
}

static int finish(FILE *stream, int r)
{
	if (!stream)
		return -ENOMEM;
	if (fclose(stream) != 0 && r == 0)
		r = -EIO;
	return r;
}

static int render_text(int fd, const struct fdp_report *report,
		       const struct fdp_text_options *options)
{
	FILE *stream = stream_on(fd);

	return finish(stream,
		      stream ? fdp_render_text(report, options, stream) : 0);
}

static int render_json(int fd, const struct fdp_report *report)
{
	FILE *stream = stream_on(fd);

	return finish(stream, stream ? fdp_render_json(report, stream) : 0);
}

/* What the program asked for with enable(): as faulthandler has it. */
static int render_enabled(const struct fdp_worker *worker,
			  struct fdp_target *target, struct fdp_report *report)
{
	const struct fdp_crash *crash = worker->request.crash;
	struct fdp_compat_options options = {
		.signal = report->signal.number,
		.current = target->thread_count ? report->threads[0].tid : 0,
		.names_current = true,
		.all_threads = crash->dump.flags & FDP_REQUEST_ALL_THREADS,
		.max_threads = (long)crash->dump.max_threads,
	};
	struct fdp_c_stack stack = { .count = 0 };
	FILE *stream = stream_on(worker->echo);

	/* Where its frames cannot be had it says so. */
	if (crash->dump.flags & FDP_REQUEST_C_STACK) {
		if (report->thread_count)
			fdp_c_stack_of(target, report, &report->threads[0],
				       &stack);
		options.c_stack = &stack;
	}
	return finish(stream,
		      stream ? fdp_worker_compat(target, &options, stream) : 0);
}

int fdp_worker_render(const struct fdp_worker *worker,
		      const struct fdp_report *report)
{
	const struct fdp_text_options plain = { .brief = false };
	int done = 0;

	/* First what needs no disk. */
	if (worker->echo >= 0 && !worker->enabled &&
	    render_text(worker->echo, report, &worker->echo_options) == 0)
		done |= FDP_RENDERED_ECHO;
	if (render_text(worker->text, report, &plain) == 0)
		done |= FDP_RENDERED_TEXT;
	if (render_json(worker->json, report) == 0)
		done |= FDP_RENDERED_JSON;
	return done ? done : -EIO;
}

/* Which outputs are complete, or -errno. */
static int work(const struct fdp_worker *worker)
{
	struct captured captured = {
		.fault_ns = worker->request.crash->monotonic_ns,
	};
	const struct fdp_analysis_hooks hooks = {
		.captured = note_hold_time,
		.argument = &captured,
		.deadline_ns = worker->symbols_deadline_ns,
		.locals = worker->locals,
		.guess_names = worker->guess_names,
	};
	struct fdp_report report;
	int r;

	memset(&report, 0, sizeof(report));
	r = fdp_capture_open(&worker->request, &captured.target);
	if (r == 0)
		fdp_worker_annotate(captured.target, worker->annotations);
	if (r == 0 && worker->locals)
		r = fdp_target_note(captured.target, "report/locals", "1", 1);
	if (r == 0 && worker->guess_names)
		r = fdp_target_note(captured.target, "report/guess-names", "1",
				    1);
	if (r == 0)
		r = fdp_analyse(captured.target, &hooks, &report);
	if (r == 0)
		r = fdp_worker_render(worker, &report);
	if (r >= 0 && worker->enabled &&
	    render_enabled(worker, captured.target, &report) == 0)
		r |= FDP_RENDERED_ECHO;
	if (r > 0 && worker->capture >= 0 &&
	    fdp_record(captured.target, worker->capture) == 0)
		r |= FDP_RENDERED_CAPTURE;
	return r;
}

/*
 * Where a filter of the application's own forbids a filter, or the kernel has
 * none, the worker can still do no more than the application itself could.
 */
static void confine(pid_t traced)
{
	int r = fdp_confine(traced);

	if (r < 0)
		fdp_log_warning("the analysis of process %d runs unconfined: "
				"%s",
				(int)traced, strerror(-r));
}

/*
 * The other threads stay stopped until the process is dead: that closes its
 * socket, unless a forked child has it too.
 */
static void hold(const struct fdp_worker *worker)
{
	struct pollfd released = { .fd = worker->control };
	struct pollfd dead = { .fd = worker->request.session };

	poll(&released, 1, -1);
	poll(&dead, 1, DEATH_MS);
}

void fdp_worker_run(const struct fdp_worker *worker)
{
	struct fdp_control_message done = { .type = FDP_CONTROL_DONE };
	int r = fdp_worker_become(worker->uid, worker->gid);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "(fdpreload-work");
	if (r == 0 && !worker->modest)
		confine(worker->request.pid);
	if (r == 0)
		r = work(worker);
	if (r > 0) {
		done.rendered = (uint32_t)r;
		r = fdp_control_send(worker->control, &done, -1);
		if (r == 0)
			hold(worker);
	}
	/* Nothing is freed: the arena may be large, and the kernel is faster.
	 */
	_exit(r == 0 ? 0 : -r & 127);
}
