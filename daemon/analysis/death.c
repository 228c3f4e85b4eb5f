#include "death.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "../base/util.h"
#include "cause.h"
#include "annotations.h"
#include "process.h"

/* Where nothing was seen before: all that can be the matter. */
static const char any_reason[] =
	"The signal was ignored, or blocked by a means that cannot be seen, or "
	"the handler had been replaced, or there was no room for it on the "
	"stack where it had to run.";

/* A filter with SECCOMP_RET_KILL asks nobody. */
static const char filter_reason[] =
	"Most likely a seccomp filter ended it, which asks no handler.";

static void fill_head(const struct fdp_death *death, struct fdp_report *report)
{
	report->kind = "death";
	report->time_us = death->time_us;
	report->capture.method = "none";
	report->capture.complete = true;
	report->capture.hold_ms = FDP_UNKNOWN;
	report->python.free_threaded = FDP_UNKNOWN;
	report->python.gil_holder_tid = FDP_UNKNOWN;
	report->python.gc_collecting = FDP_UNKNOWN;
	report->python.finalizing = FDP_UNKNOWN;
	fdp_report_missing(report, "stacks, registers and modules: a process "
				   "that is dead cannot be read");
}

static void fill_signal(const struct fdp_death *death,
			struct fdp_report *report)
{
	report->signal.number = death->signal;
	report->signal.name = fdp_signal_name(death->signal);
	report->signal.description = fdp_signal_description(death->signal);
	report->signal.code_unknown = true;
}

static int fill_handler(const struct fdp_death_foreign *seen,
			struct fdp_report *report,
			struct fdp_foreign_handler *handler)
{
	struct fdp_module *module;

	handler->signal = seen->signal;
	handler->name = fdp_signal_name(seen->signal);
	handler->action = seen->handler == 0   ? "default"
			  : seen->handler == 1 ? "ignore"
					       : "handler";
	if (seen->handler <= 1)
		return 0;
	handler->handler.address = seen->handler;
	if (!seen->path[0])
		return 0;
	module = fdp_arena_alloc(&report->arena, sizeof(*module));
	if (!module)
		return -ENOMEM;
	*module = (struct fdp_module){
		.bias = seen->handler - seen->offset,
		.path = fdp_arena_strdup(&report->arena, seen->path),
	};
	handler->handler.module = module;
	return module->path ? 0 : -ENOMEM;
}

static int fill_foreign(const struct fdp_death *death,
			struct fdp_report *report)
{
	int r = 0;

	report->foreign = fdp_arena_array(&report->arena, death->foreign_count,
					  sizeof(*report->foreign));
	if (!report->foreign && death->foreign_count)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < death->foreign_count; i++)
		r = fill_handler(&death->foreign[i], report,
				 &report->foreign[i]);
	report->foreign_count = r < 0 ? 0 : death->foreign_count;
	return r;
}

/* What was seen of the very signal; or NULL. */
static const struct fdp_foreign_handler *
find_foreign(const struct fdp_report *report, int signal)
{
	for (size_t i = 0; i < report->foreign_count; i++)
		if (report->foreign[i].signal == signal)
			return &report->foreign[i];
	return NULL;
}

/* A sentence, malloc'ed; NULL when memory is out. */
static char *reason_of(const struct fdp_report *report)
{
	const struct fdp_foreign_handler *foreign =
		find_foreign(report, report->signal.number);
	char *text = NULL;
	int r;

	if (!foreign)
		return strdup(report->signal.number == SIGSYS ? filter_reason
							      : any_reason);
	if (!foreign->handler.address)
		r = asprintf(&text,
			     "The program had set it to %s by a raw system "
			     "call.",
			     strcmp(foreign->action, "ignore") == 0
				     ? "SIG_IGN"
				     : "SIG_DFL");
	else
		r = asprintf(&text,
			     "The program had replaced it by a raw system "
			     "call: the handler is in %s.",
			     foreign->handler.module
				     ? fdp_path_basename(
					       foreign->handler.module->path)
				     : "no file that is known");
	return r < 0 ? NULL : text;
}

static int fill_cause(const struct fdp_death *death, struct fdp_report *report)
{
	_cleanup_free_ char *reason = reason_of(report);
	_cleanup_free_ char *text = NULL;

	if (!reason)
		return -ENOMEM;
	if (asprintf(&text,
		     "%s ended the process%s, and no handler of fdpreload ran. "
		     "%s",
		     report->signal.name ? report->signal.name : "A signal",
		     death->dumped ? ", which left a core" : "", reason) < 0) {
		text = NULL;
		return -ENOMEM;
	}
	report->cause.kind = "no-handler";
	report->cause.text = fdp_arena_strdup(&report->arena, text);
	return report->cause.text ? 0 : -ENOMEM;
}

int fdp_analyse_death(struct fdp_target *target, const struct fdp_death *death,
		      struct fdp_report *report)
{
	int r;

	fill_head(death, report);
	fill_signal(death, report);
	report->id = fdp_arena_strdup(&report->arena, death->id);
	if (!report->id)
		return -ENOMEM;
	r = fdp_process_read(target, report);
	if (r == 0)
		r = fdp_annotations_fill(target, report);
	if (r == 0)
		r = fill_foreign(death, report);
	return r < 0 ? r : fill_cause(death, report);
}
