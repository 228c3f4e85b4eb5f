#include "report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

/*
 * Sentences about what is missing: each reader has a few, so more are the
 * work of a hostile target, and nobody would read them.
 */
#define MISSING_MAX 64

static bool said_already(const struct fdp_report *report, const char *sentence)
{
	for (size_t i = 0; i < report->capture.missing_count; i++) {
		if (strcmp(report->capture.missing[i], sentence) == 0)
			return true;
	}
	return false;
}

static void add(struct fdp_report *report, const char *sentence)
{
	size_t count = report->capture.missing_count;
	const char **grown = fdp_arena_grow(
		&report->arena, report->capture.missing, count,
		&report->capture.missing_capacity, sizeof(*grown));
	char *copy = fdp_arena_strdup(&report->arena, sentence);

	if (grown)
		report->capture.missing = grown;
	if (!grown || !copy)
		return;
	grown[count] = copy;
	report->capture.missing_count = count + 1;
}

void fdp_report_missing(struct fdp_report *report, const char *format, ...)
{
	_cleanup_free_ char *sentence = NULL;
	va_list arguments;
	int length;

	report->capture.complete = false;
	if (report->capture.missing_count >= MISSING_MAX)
		return;
	va_start(arguments, format);
	length = vasprintf(&sentence, format, arguments);
	va_end(arguments);
	if (length < 0) {
		sentence = NULL;
		return;
	}
	if (said_already(report, sentence))
		return;
	if (report->capture.missing_count == MISSING_MAX - 1)
		add(report, "more reasons than are listed here");
	else
		add(report, sentence);
}

const char *fdp_path_basename(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool fdp_module_is_system(const struct fdp_module *module)
{
	static const char *const prefixes[] = {
		"libc.so",  "libc-",	 "libpthread", "ld-linux", "ld-musl",
		"ld-2",	    "libm.so",	 "libdl.so",   "[vdso]",   "linux-vdso",
		"librt.so", "libgcc_s.", "ld.so",
	};
	const char *name;

	if (!module || !module->path)
		return false;
	name = fdp_path_basename(module->path);
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	}
	return false;
}

bool fdp_module_is_ours(const struct fdp_module *module)
{
	return module && module->path &&
	       strcmp(fdp_path_basename(module->path), "libfdpreload.so") == 0;
}

size_t fdp_thread_first_shown(const struct fdp_report_thread *thread)
{
	size_t first = 0;

	while (first < thread->frame_count &&
	       fdp_module_is_ours(thread->frames[first].module))
		first++;
	return first;
}

const struct fdp_frame *
fdp_thread_culprit(const struct fdp_report_thread *thread)
{
	size_t first = fdp_thread_first_shown(thread);

	for (size_t i = first; i < thread->frame_count; i++) {
		const struct fdp_frame *frame = &thread->frames[i];

		if (frame->kind == FDP_FRAME_PYTHON)
			return frame;
		if (frame->module && !fdp_module_is_system(frame->module) &&
		    !fdp_module_is_ours(frame->module))
			return frame;
	}
	return first < thread->frame_count ? &thread->frames[first] : NULL;
}

void fdp_report_done(struct fdp_report *report)
{
	if (!report)
		return;
	fdp_arena_done(&report->arena);
	memset(report, 0, sizeof(*report));
}

bool fdp_report_has_signal(const struct fdp_report *report)
{
	return report->watch.looks == 0 &&
	       (!report->kind || (strcmp(report->kind, "dump") != 0 &&
				  strcmp(report->kind, "stall") != 0));
}

const char *fdp_task_state_word(enum fdp_task_state state)
{
	static const char *const words[] = {
		[FDP_TASK_PENDING] = "pending",
		[FDP_TASK_RUNNING] = "running",
		[FDP_TASK_CANCELLED] = "cancelled",
		[FDP_TASK_DONE] = "done",
	};

	return words[state];
}

const char *fdp_greenlet_state_word(enum fdp_greenlet_state state)
{
	static const char *const words[] = {
		[FDP_GREENLET_UNSTARTED] = "unstarted",
		[FDP_GREENLET_RUNNING] = "running",
		[FDP_GREENLET_SUSPENDED] = "suspended",
	};

	return words[state];
}
