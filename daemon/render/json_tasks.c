#include "json_tasks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "json_frames.h"
#include "json_values.h"

static json_t *make_future(const struct fdp_task *task)
{
	if (!task->future)
		return json_null();
	return json_pack("{s:o, s:o, s:o}", "type",
			 fdp_json_string(task->future_type), "address",
			 fdp_json_address(task->future), "state",
			 fdp_json_string(task->future_state));
}

/* All but what there may be many of. */
static json_t *make_task(const struct fdp_task *task)
{
	return json_pack(
		"{s:o, s:o, s:o, s:o, s:s, s:b, s:b, s:o, s:o, s:o}", "address",
		fdp_json_address(task->address), "name",
		fdp_json_string(task->name), "coroutine",
		fdp_json_string(task->coroutine), "type",
		fdp_json_string(task->type), "state",
		fdp_task_state_word(task->state), "must_cancel",
		task->must_cancel, "late", task->late, "loop",
		task->loop ? fdp_json_address(task->loop) : json_null(), "tid",
		task->tid > 0 ? json_integer(task->tid) : json_null(), "future",
		make_future(task));
}

static void write_indexes(FILE *out, const size_t *indexes, size_t count)
{
	putc('[', out);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s%zu", i ? "," : "", indexes[i]);
	putc(']', out);
}

static int write_task(FILE *out, struct fdp_json_frames *frames,
		      const struct fdp_task *task)
{
	int r = fdp_json_write_open(out, make_task(task));

	fputs(",\"awaits\":", out);
	write_indexes(out, task->awaits, task->awaits_count);
	fputs(",\"awaited_by\":", out);
	write_indexes(out, task->awaited_by, task->awaited_by_count);
	fputs(",\"frames\":[", out);
	if (r == 0)
		r = fdp_json_frames_write_all(frames, out, task->frames,
					      task->frame_count);
	fputs("]}", out);
	return r;
}

int fdp_json_tasks_write(FILE *out, const struct fdp_report *report)
{
	struct fdp_json_frames *frames = fdp_json_frames_new();
	int r = frames ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < report->tasks.count; i++) {
		if (i > 0)
			putc(',', out);
		r = write_task(out, frames, &report->tasks.list[i]);
	}
	fdp_json_frames_free(frames);
	return r;
}

int fdp_json_cycles_write(FILE *out, const struct fdp_report *report)
{
	for (size_t i = 0; i < report->tasks.cycle_count; i++) {
		const struct fdp_task_cycle *cycle = &report->tasks.cycles[i];

		fputs(i ? ",{\"tasks\":" : "{\"tasks\":", out);
		write_indexes(out, cycle->tasks, cycle->count);
		putc('}', out);
	}
	return 0;
}
