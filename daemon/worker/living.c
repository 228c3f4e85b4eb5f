#include "living.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "../../proto/proto.h"
#include "../analysis/analyse.h"
#include "../analysis/c_stack.h"
#include "../analysis/watched.h"
#include "../base/util.h"
#include "../control.h"
#include "../log.h"
#include "../render/compat.h"
#include "../render/render.h"
#include "annotate.h"
#include "compat.h"
#include "confine.h"
#include "look.h"
#include "refused.h"
#include "user.h"
#include "worker.h"
#include "writer.h"

static int render_compat(const struct fdp_living *living,
			 struct fdp_target *target, FILE *out)
{
	struct fdp_compat_options options = {
		.current = living->current,
		.names_current = living->timeout_us == 0,
		.all_threads = living->flags & FDP_REQUEST_ALL_THREADS,
		.max_threads = living->max_threads,
		.skip = living->skip,
	};
	char header[FDP_COMPAT_TIMEOUT_SIZE];

	if (living->timeout_us) {
		fdp_compat_timeout(living->timeout_us, header);
		options.header = header;
	}
	return fdp_worker_compat(target, &options, out);
}

/* What no form of faulthandler has. */
static bool wants_values(const struct fdp_living *living)
{
	return living->report || (living->flags & FDP_REQUEST_FULL);
}

static struct fdp_dump_options options_of(const struct fdp_living *living)
{
	bool values = wants_values(living);

	return (struct fdp_dump_options){
		.native = true,
		.exceptions = values,
		.locals = values && living->locals,
		.guess_names = values && living->guess_names,
	};
}

static int render_full(const struct fdp_living *living,
		       struct fdp_target *target, FILE *out)
{
	const struct fdp_dump_options options = options_of(living);
	const struct fdp_text_options plain = { .brief = false };
	struct fdp_report report;
	int r;

	memset(&report, 0, sizeof(report));
	r = fdp_analyse_dump(target, &options, &report);
	if (r == 0)
		r = fdp_render_text(&report, &plain, out);
	fdp_report_done(&report);
	return r;
}

static int render(const struct fdp_living *living, struct fdp_target *target,
		  char **ret_text, size_t *ret_size)
{
	FILE *out = open_memstream(ret_text, ret_size);
	int r;

	if (!out)
		return -ENOMEM;
	if (living->flags & FDP_REQUEST_C_STACK)
		r = fdp_worker_c_stack(target, living->current, out);
	else if (living->flags & FDP_REQUEST_FULL)
		r = render_full(living, target, out);
	else
		r = render_compat(living, target, out);
	if (fclose(out) != 0 && r == 0)
		r = -ENOMEM;
	return r;
}

/* Text and JSON, both or nothing. */
static int write_report(const struct fdp_living *living,
			struct fdp_target *target)
{
	const struct fdp_worker worker = {
		.text = living->report->text,
		.json = living->report->json,
		.capture = -1,
		.echo = -1,
	};
	const struct fdp_dump_options options = options_of(living);
	struct fdp_report report;
	int r;

	memset(&report, 0, sizeof(report));
	r = fdp_analyse_dump(target, &options, &report);
	if (r < 0)
		return r;
	report.kind = living->report->kind;
	report.id = living->report->id;
	report.cause.kind = living->report->cause;
	report.cause.text = living->report->cause_text;
	r = living->report->watch
		    ? fdp_watch_fill(living->report->watch, &report)
		    : 0;
	if (r == 0)
		r = fdp_worker_render(&worker, &report);
	return r == (FDP_RENDERED_TEXT | FDP_RENDERED_JSON) ? 0 : -EIO;
}

static int dump(const struct fdp_living *living, struct fdp_dump_writer *writer)
{
	bool c_stack = living->flags & FDP_REQUEST_C_STACK;
	const struct fdp_dump_options options = options_of(living);
	const struct fdp_living_request request = {
		.pid = living->pid,
		.only = c_stack ? living->current : 0,
		.rehearse =
			c_stack ? fdp_c_stack_rehearse : fdp_analyse_rehearse,
		.argument = &options,
	};
	struct fdp_target *target;
	char *text = NULL;
	size_t size = 0;
	int r = fdp_worker_capture(living, &request, &target);

	if (r == 0)
		fdp_worker_annotate(target, living->annotations);
	if (r == 0 && living->report)
		return write_report(living, target);
	if (r == 0)
		r = render(living, target, &text, &size);
	return r ? r : fdp_dump_writer_write(writer, text, size);
}

/* Nobody waits for a timer's result: whoever wanted to see stacks sees this. */
static void say_failure(const struct fdp_living *living, int error)
{
	char header[FDP_COMPAT_TIMEOUT_SIZE];

	if (!living->timeout_us || living->output < 0 || error == -ESRCH)
		return;
	fdp_compat_timeout(living->timeout_us, header);
	dprintf(living->output,
		"%s<fdpreload: the process could not be read: %s>\n", header,
		strerror(-error));
}

static int dump_itself(const struct fdp_living *living)
{
	struct fdp_dump_writer writer;
	int r = fdp_worker_become(living->uid, living->gid);
	int started = living->report
			      ? 0
			      : fdp_dump_writer_start(living->output, &writer);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (r == 0)
		r = fdp_confine(living->pid);
	if (r < 0)
		fdp_log_warning("the dump of process %d runs unconfined: %s",
				(int)living->pid, strerror(-r));
	r = started < 0 ? started : dump(living, &writer);
	if (r < 0)
		say_failure(living, r);
	return r;
}

void fdp_worker_living(const struct fdp_living *living)
{
	int r;

	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_NAME, "(fdpreload-work");
	r = living->look ? fdp_worker_look(living) : dump_itself(living);
	_exit(r < 0 ? -r & 127 : r > 0 ? FDP_LIVING_RESULT + r : 0);
}
