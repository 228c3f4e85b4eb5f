#include "head.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "annotations.h"
#include "process.h"

static int64_t fact_number(struct fdp_target *target, const char *key)
{
	const char *text;
	char *end;
	long long value;

	if (fdp_target_fact(target, key, &text, NULL) < 0)
		return FDP_UNKNOWN;
	errno = 0;
	value = strtoll(text, &end, 10);
	return errno || end == text || *end || value < 0 ? FDP_UNKNOWN : value;
}

static int fact_text(struct fdp_target *target, struct fdp_report *report,
		     const char *key, const char **ret_text)
{
	const char *text;

	if (fdp_target_fact(target, key, &text, NULL) < 0)
		return 0;
	*ret_text = fdp_arena_strdup(&report->arena, text);
	return *ret_text ? 0 : -ENOMEM;
}

int fdp_head_fill(struct fdp_target *target, struct fdp_report *report)
{
	int r;

	report->kind = "crash";
	report->time_us = fact_number(target, "report/time");
	report->capture.complete = true;
	report->capture.hold_ms = FDP_UNKNOWN;
	report->python.free_threaded = FDP_UNKNOWN;
	report->python.gil_holder_tid = FDP_UNKNOWN;
	report->python.gc_collecting = FDP_UNKNOWN;
	report->python.finalizing = FDP_UNKNOWN;
	report->python.foreign_threads = FDP_UNKNOWN;
	r = fact_text(target, report, "report/id", &report->id);
	if (r == 0)
		r = fact_text(target, report, "capture/method",
			      &report->capture.method);
	if (r == 0)
		r = fdp_process_read(target, report);
	return r < 0 ? r : fdp_annotations_fill(target, report);
}

void fdp_head_registers(const struct fdp_subject *subject,
			struct fdp_report *report)
{
	if (subject->thread_count == 0 || !subject->threads[0].crashed ||
	    !subject->threads[0].has_registers)
		return;
	report->has_registers = true;
	report->registers = subject->threads[0].registers;
}

/* Each line of the fact is a reason. */
int fdp_head_capture(struct fdp_target *target, struct fdp_report *report)
{
	const char *text;

	if (fdp_target_fact(target, "capture/hold-ms", &text, NULL) == 0) {
		char *end;
		double value = strtod(text, &end);

		if (end != text && value >= 0)
			report->capture.hold_ms = value;
	}
	if (fdp_target_fact(target, "capture/missing", &text, NULL) < 0)
		return 0;
	while (*text) {
		size_t length = strcspn(text, "\n");

		if (length > 0)
			fdp_report_missing(report, "%.*s",
					   length > 1000 ? 1000 : (int)length,
					   text);
		text += length + (text[length] != '\0');
	}
	return 0;
}
