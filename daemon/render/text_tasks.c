#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "alike.h"
#include "escape.h"
#include "fold.h"
#include "text.h"

/* Names in a list; of 1000 tasks that are alike nobody reads more. */
#define NAMES_SHOWN 4

/* Sections of tasks that are alike: a screen of names is no stack. */
#define SECTIONS_MAX 100

/* The frames of a task, for what compares and writes those of threads. */
static struct fdp_report_thread stack_of(const struct fdp_task *task)
{
	return (struct fdp_report_thread){
		.frames = task->frames,
		.frame_count = task->frame_count,
	};
}

static bool same_string(const char *left, const char *right)
{
	return left == right || (left && right && strcmp(left, right) == 0);
}

static bool same_places(const size_t *left, size_t left_count,
			const size_t *right, size_t right_count)
{
	return left_count == right_count &&
	       (left_count == 0 ||
		memcmp(left, right, left_count * sizeof(*left)) == 0);
}

/* All that is said of a task but its name is the same. */
static bool is_alike(const void *list, size_t left_place, size_t right_place)
{
	const struct fdp_task *left =
		(const struct fdp_task *)list + left_place;
	const struct fdp_task *right =
		(const struct fdp_task *)list + right_place;
	struct fdp_report_thread left_stack = stack_of(left);
	struct fdp_report_thread right_stack = stack_of(right);

	return left->state == right->state &&
	       left->must_cancel == right->must_cancel &&
	       left->late == right->late && left->tid == right->tid &&
	       !left->future == !right->future &&
	       same_string(left->coroutine, right->coroutine) &&
	       same_string(left->future_type, right->future_type) &&
	       same_string(left->future_state, right->future_state) &&
	       same_places(left->awaits, left->awaits_count, right->awaits,
			   right->awaits_count) &&
	       same_places(left->awaited_by, left->awaited_by_count,
			   right->awaited_by, right->awaited_by_count) &&
	       fdp_stack_equal(&left_stack, &right_stack);
}

static void group(const struct fdp_tasks *tasks, struct fdp_alike *groups)
{
	for (size_t i = 0; i < tasks->count; i++) {
		struct fdp_report_thread stack = stack_of(&tasks->list[i]);

		groups[i].hash = fdp_stack_hash(&stack);
		groups[i].item = i;
	}
	fdp_alike_group(groups, tasks->count, is_alike, tasks->list);
}

static void write_name(const struct fdp_text *text, size_t place)
{
	const struct fdp_task *task = &text->report->tasks.list[place];

	if (!task->name) {
		fprintf(text->out, "0x%llx", (unsigned long long)task->address);
		return;
	}
	putc('"', text->out);
	fdp_escape_string(text->out, task->name);
	putc('"', text->out);
}

/* Between two names, or behind the last that is shown. */
static void write_comma(const struct fdp_text *text, size_t at, size_t count)
{
	if (at + 1 == NAMES_SHOWN && count > NAMES_SHOWN)
		fprintf(text->out, " and %zu more", count - NAMES_SHOWN);
	else if (at + 1 < count)
		fputs(", ", text->out);
}

/* "task "a"", "1000 tasks "a", "b", "c", "d" and 996 more" */
static void write_tasks(const struct fdp_text *text, const size_t *places,
			size_t count)
{
	if (count > NAMES_SHOWN)
		fprintf(text->out, "%zu tasks ", count);
	else
		fputs(count > 1 ? "tasks " : "task ", text->out);
	for (size_t i = 0; i < count && i < NAMES_SHOWN; i++) {
		write_name(text, places[i]);
		write_comma(text, i, count);
	}
}

/* True if tasks are those of more than one thread. */
static bool has_threads(const struct fdp_tasks *tasks)
{
	for (size_t i = 1; i < tasks->count; i++)
		if (tasks->list[i].tid != tasks->list[0].tid)
			return true;
	return false;
}

/* What a task that is pending waits for: tasks, a future, its turn. */
static void write_pending(const struct fdp_text *text,
			  const struct fdp_task *task, bool many)
{
	const char *s = many ? "" : "s";

	if (!task->future) {
		fputs(", about to run", text->out);
	} else if (task->future_state &&
		   strcmp(task->future_state, "pending") != 0) {
		fprintf(text->out, ", about to run after a wait that is %s",
			task->future_state);
	} else if (task->awaits_count > 0) {
		fprintf(text->out, ", wait%s for ", s);
		write_tasks(text, task->awaits, task->awaits_count);
	} else {
		fprintf(text->out, ", wait%s for ", s);
		fdp_escape_string(text->out, task->future_type
						     ? task->future_type
						     : "a future");
	}
}

static void write_state(const struct fdp_text *text,
			const struct fdp_task *task, bool many)
{
	if (task->tid && (task->state == FDP_TASK_RUNNING ||
			  has_threads(&text->report->tasks))) {
		fputs(" in thread ", text->out);
		fdp_text_thread_of(text, task->tid);
	}
	if (task->state == FDP_TASK_PENDING)
		write_pending(text, task, many);
	else
		fprintf(text->out, ", %s", fdp_task_state_word(task->state));
	if (task->must_cancel)
		fputs(", to be cancelled", text->out);
	if (task->awaited_by_count) {
		fputs(", awaited by ", text->out);
		write_tasks(text, task->awaited_by, task->awaited_by_count);
	}
	if (task->late)
		fputs(", read when the process ran again", text->out);
}

static void write_names(const struct fdp_text *text,
			const struct fdp_alike *groups, size_t count)
{
	if (count > NAMES_SHOWN)
		fprintf(text->out, "%zu tasks ", count);
	else
		fputs(count > 1 ? "Tasks " : "Task ", text->out);
	for (size_t i = 0; i < count && i < NAMES_SHOWN; i++) {
		write_name(text, groups[i].item);
		write_comma(text, i, count);
	}
}

static void write_section(const struct fdp_text *text,
			  const struct fdp_alike *groups, size_t count)
{
	const struct fdp_task *task = &text->report->tasks.list[groups[0].item];
	struct fdp_report_thread stack = stack_of(task);

	putc('\n', text->out);
	fdp_text_style(text, FDP_STYLE_TITLE);
	write_names(text, groups, count);
	if (task->coroutine) {
		fputs(" (", text->out);
		fdp_escape_string(text->out, task->coroutine);
		putc(')', text->out);
	}
	write_state(text, task, count > 1);
	if (task->frame_count)
		fprintf(text->out, ", most recent call %s:",
			text->recent_last ? "last" : "first");
	fdp_text_style(text, FDP_STYLE_PLAIN);
	putc('\n', text->out);
	if (task->frame_count && text->recent_last)
		fdp_text_stack_last(text, &stack);
	else if (task->frame_count)
		fdp_text_stack(text, &stack);
}

/* "Tasks await each other in a circle: "a", "b", "a"" */
static void write_cycles(const struct fdp_text *text)
{
	const struct fdp_tasks *tasks = &text->report->tasks;

	for (size_t i = 0; i < tasks->cycle_count; i++) {
		const struct fdp_task_cycle *cycle = &tasks->cycles[i];

		if (cycle->count == 0)
			continue;
		fputs("Tasks that await each other: ", text->out);
		for (size_t j = 0; j < cycle->count && j < SECTIONS_MAX; j++) {
			write_name(text, cycle->tasks[j]);
			fputs(" -> ", text->out);
		}
		if (cycle->count > SECTIONS_MAX)
			fprintf(text->out, "... %zu more ... -> ",
				cycle->count - SECTIONS_MAX);
		write_name(text, cycle->tasks[0]);
		putc('\n', text->out);
	}
}

static void write_sections(const struct fdp_text *text,
			   const struct fdp_alike *groups)
{
	size_t count = text->report->tasks.count;
	size_t sections = 0;

	for (size_t first = 0, end; first < count; first = end) {
		end = fdp_alike_end(groups, count, first);
		if (sections++ == SECTIONS_MAX) {
			fprintf(text->out,
				"\n... and %zu more tasks, which the JSON "
				"form shows\n",
				count - first);
			return;
		}
		write_section(text, groups + first, end - first);
	}
}

int fdp_text_tasks(const struct fdp_text *text)
{
	const struct fdp_tasks *tasks = &text->report->tasks;
	_cleanup_free_ struct fdp_alike *groups = NULL;

	if (tasks->count == 0)
		return 0;
	groups = calloc(tasks->count, sizeof(*groups));
	if (!groups)
		return -ENOMEM;
	fprintf(text->out, "\nasyncio: %zu task%s\n", tasks->count,
		tasks->count == 1 ? "" : "s");
	write_cycles(text);
	group(tasks, groups);
	write_sections(text, groups);
	return 0;
}
