#include <limits.h>
#include <string.h>

#include "load_values.h"

/* Places of tasks in a list of COUNT. */
static size_t *load_indexes(struct fdp_load *load, const json_t *object,
			    const char *key, size_t below, size_t *ret_count)
{
	const json_t *list = fdp_load_list(load, object, key);
	size_t count = json_array_size(list);
	size_t *indexes = fdp_load_array(load, count, sizeof(*indexes));

	for (size_t i = 0; indexes && i < count; i++) {
		const json_t *item = json_array_get(list, i);
		json_int_t value = json_integer_value(item);

		if (!json_is_integer(item) || value < 0 ||
		    (size_t)value >= below) {
			fdp_load_fail(load, key, "places in the list of tasks");
			break;
		}
		indexes[i] = (size_t)value;
	}
	*ret_count = indexes && !load->error ? count : 0;
	return indexes;
}

static enum fdp_task_state load_state(struct fdp_load *load,
				      const json_t *object)
{
	const char *word = fdp_load_string(load, object, "state");

	for (int i = 0; word && i <= FDP_TASK_DONE; i++)
		if (strcmp(fdp_task_state_word((enum fdp_task_state)i), word) ==
		    0)
			return (enum fdp_task_state)i;
	fdp_load_fail(load, "state", "a task's state");
	return FDP_TASK_PENDING;
}

static void load_task(struct fdp_load *load, const json_t *object, size_t below,
		      struct fdp_task *task)
{
	const json_t *future = fdp_load_object(load, object, "future");
	int64_t tid = fdp_load_count(load, object, "tid", INT_MAX);

	fdp_load_address(load, object, "address", &task->address);
	task->name = fdp_load_string(load, object, "name");
	task->coroutine = fdp_load_string(load, object, "coroutine");
	task->type = fdp_load_string(load, object, "type");
	task->state = load_state(load, object);
	task->must_cancel = fdp_load_flag(load, object, "must_cancel") == 1;
	task->late = fdp_load_flag(load, object, "late") == 1;
	fdp_load_address(load, object, "loop", &task->loop);
	task->tid = tid < 0 ? 0 : (pid_t)tid;
	fdp_load_address(load, future, "address", &task->future);
	task->future_type = fdp_load_string(load, future, "type");
	task->future_state = fdp_load_string(load, future, "state");
	task->awaits = load_indexes(load, object, "awaits", below,
				    &task->awaits_count);
	task->awaited_by = load_indexes(load, object, "awaited_by", below,
					&task->awaited_by_count);
	task->frames = fdp_load_frames(load, object, &task->frame_count);
}

static void load_list(struct fdp_load *load, const json_t *root)
{
	struct fdp_tasks *tasks = &load->report->tasks;
	const json_t *list = fdp_load_list(load, root, "tasks");
	size_t count = json_array_size(list);

	load->place = "tasks";
	tasks->list = fdp_load_array(load, count, sizeof(*tasks->list));
	for (size_t i = 0; tasks->list && i < count && !load->error; i++)
		load_task(load, json_array_get(list, i), count,
			  &tasks->list[i]);
	tasks->count = tasks->list && !load->error ? count : 0;
}

void fdp_load_tasks(struct fdp_load *load, const json_t *root)
{
	struct fdp_tasks *tasks = &load->report->tasks;
	const json_t *list = fdp_load_list(load, root, "task_cycles");
	size_t count = json_array_size(list);

	load_list(load, root);
	load->place = "task_cycles";
	tasks->cycles = fdp_load_array(load, count, sizeof(*tasks->cycles));
	for (size_t i = 0; tasks->cycles && i < count && !load->error; i++)
		tasks->cycles[i].tasks =
			load_indexes(load, json_array_get(list, i), "tasks",
				     tasks->count, &tasks->cycles[i].count);
	tasks->cycle_count = tasks->cycles && !load->error ? count : 0;
}
