#include "tasks.h"

#include <stdlib.h>
#include <string.h>

#include "attributes.h"
#include "containers.h"
#include "strings.h"
#include "tasks_internal.h"

/* Of a thread: all of them are looked through for the frame of a task. */
#define SCANS_MAX 10000000

/* Digits of an int that are put together, of 30 bits each. */
#define DIGIT_BITS 30
#define DIGITS_MAX 2

const struct fdp_type *fdp_task_type(struct fdp_task_reader *reader,
				     uint64_t address)
{
	return fdp_types_find(
		reader->types,
		fdp_task_word(reader, address, reader->offsets->object.type));
}

static bool is_class(const struct fdp_type *type, const char *module,
		     const char *name)
{
	return type->module && strcmp(type->module, module) == 0 &&
	       strcmp(type->qualname, name) == 0;
}

enum fdp_task_kind fdp_task_kind_of(const struct fdp_type *type)
{
	for (; type && type->kind != FDP_VALUE_INVALID; type = type->base) {
		if (strcmp(type->name, "_asyncio.Task") == 0)
			return FDP_TASK_KIND_TASK;
		if (strcmp(type->name, "_asyncio.Future") == 0)
			return FDP_TASK_KIND_FUTURE;
		if (is_class(type, "asyncio.tasks", "Task"))
			return FDP_TASK_KIND_PYTHON_TASK;
		if (is_class(type, "asyncio.futures", "Future"))
			return FDP_TASK_KIND_PYTHON_FUTURE;
	}
	return FDP_TASK_KIND_NONE;
}

bool fdp_task_kind_is_task(enum fdp_task_kind kind)
{
	return kind == FDP_TASK_KIND_TASK || kind == FDP_TASK_KIND_PYTHON_TASK;
}

uint64_t fdp_task_word(struct fdp_task_reader *reader, uint64_t address,
		       uint32_t field)
{
	uint64_t word;

	return address && field != FDP_ABSENT &&
			       fdp_target_read_u64(reader->target,
						   address + field, &word) == 0
		       ? word
		       : 0;
}

uint64_t fdp_task_attribute(struct fdp_task_reader *reader, uint64_t address,
			    const char *name)
{
	struct fdp_container dict;
	uint64_t value;

	return address &&
			       fdp_attributes_of(reader->target,
						 reader->offsets, address,
						 &dict) == 0 &&
			       fdp_dict_find(&dict, reader->offsets, name,
					     &value) == 0
		       ? value
		       : 0;
}

int fdp_task_integer(struct fdp_task_reader *reader, uint64_t address,
		     uint64_t *ret_number)
{
	const struct fdp_python_offsets *offsets = reader->offsets;
	uint32_t digits[DIGITS_MAX] = { 0 };
	uint64_t count;
	int r = fdp_object_is(reader->target, offsets, address,
			      FDP_TYPE_INTEGER)
			? 0
			: -EBADMSG;

	if (r == 0)
		r = fdp_target_read_u64(reader->target,
					address + offsets->integer.count,
					&count);
	if (r < 0)
		return r;
	count >>= offsets->integer.count_shift;
	if (count > DIGITS_MAX)
		return -EBADMSG;
	r = fdp_target_read(reader->target, address + offsets->integer.digits,
			    digits, count * sizeof(digits[0]));
	*ret_number = digits[0] | (uint64_t)digits[1] << DIGIT_BITS;
	return r;
}

/* What is late may not fit what was read before. */
static bool is_late(struct fdp_task_reader *reader, const struct fdp_task *task,
		    uint64_t coroutine)
{
	return fdp_target_is_late(reader->target, task->address) ||
	       (coroutine && fdp_target_is_late(reader->target, coroutine));
}

static int read_task(struct fdp_task_reader *reader, size_t place)
{
	struct fdp_task *task = &reader->list[place];
	uint64_t coroutine = 0;
	int r = fdp_task_read_fields(reader, task, &coroutine);

	if (r == 0)
		r = fdp_task_read_chain(reader, task, coroutine);
	if (r == 0)
		r = fdp_task_read_edges(reader, place);
	task->late = is_late(reader, task, coroutine);
	return r;
}

static void say_late(struct fdp_task_reader *reader)
{
	size_t late = 0;

	for (size_t i = 0; i < reader->count; i++)
		late += reader->list[i].late;
	if (late)
		fdp_report_missing(reader->report,
				   "asyncio: %zu of %zu tasks were read after "
				   "the process ran on",
				   late, reader->count);
}

static int read_tasks(struct fdp_task_reader *reader)
{
	int r = fdp_tasks_find(reader);

	for (size_t i = 0; r == 0 && i < reader->count; i++)
		r = read_task(reader, i);
	if (r == 0)
		r = fdp_task_settle_edges(reader);
	if (r < 0)
		return r;
	say_late(reader);
	reader->python->tasks.list = reader->list;
	reader->python->tasks.count = reader->count;
	return 0;
}

int fdp_tasks_read(struct fdp_python_reader *reader, bool all)
{
	const struct fdp_task_offsets *layout =
		fdp_task_offsets_of(&reader->runtime.offsets);
	struct fdp_task_reader tasks = {
		.target = reader->target,
		.report = reader->report,
		.offsets = &reader->runtime.offsets,
		.frames = &reader->frames,
		.python = reader->python,
		.limit = all ? FDP_TASKS_MAX : FDP_TASKS_HELD_MAX,
		.frames_left = FDP_TASK_FRAMES_MAX,
		.scans_left = SCANS_MAX,
	};
	int r;

	if (!layout || !tasks.offsets->values_known)
		return 0;
	tasks.layout = *layout;
	r = fdp_types_new(reader->target, tasks.offsets, &tasks.types);
	if (r == 0)
		r = read_tasks(&tasks);
	fdp_types_free(tasks.types);
	fdp_table_done(&tasks.places);
	fdp_table_done(&tasks.loops);
	fdp_table_done(&tasks.current);
	fdp_table_done(&tasks.known_edges);
	free(tasks.edges);
	return r;
}
