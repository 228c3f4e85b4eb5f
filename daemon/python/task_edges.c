/*
 * Who awaits whom: what a task waits for is another one, or a future that
 * stands for several, as a frame of asyncio's own or the future itself tells;
 * and from 3.14 on a task says who awaits it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "containers.h"
#include "tasks_internal.h"

/* Places in a set or a list of tasks that are looked at. */
#define PLACES_MAX (4 * FDP_TASKS_MAX)

/* A function of asyncio that waits for the tasks in its first argument. */
struct waiter {
	const char *file, *function;
	int minor;	       /* the last version that has it so; 0: all */
	const char *attribute; /* of that argument; NULL: it holds them */
};

static const struct waiter waiters[] = {
	{ "taskgroups.py", "__aexit__", 0, "_tasks" },
	{ "taskgroups.py", "_aexit", 0, "_tasks" },
	{ "tasks.py", "_wait", 0, NULL },
	{ "tasks.py", "wait_for", 11, NULL },
};

/* The task at PLACE FROM awaits the one at address TO, if that is one. */
static int add_edge(struct fdp_task_reader *reader, size_t from, uint64_t to)
{
	size_t place = (uintptr_t)fdp_table_find(&reader->places, to, 0);
	size_t wanted = reader->edge_capacity ? 2 * reader->edge_capacity : 64;
	struct fdp_task_edge *edges;
	int r;

	if (!place)
		return 0;
	if (reader->edge_count == FDP_TASK_EDGES_MAX) {
		fdp_report_missing(reader->report,
				   "asyncio: only the first %d times that a "
				   "task awaits another are shown",
				   FDP_TASK_EDGES_MAX);
		return 0;
	}
	r = fdp_table_add(&reader->known_edges, from, place - 1, reader);
	if (r <= 0)
		return r;
	if (reader->edge_count == reader->edge_capacity) {
		edges = reallocarray(reader->edges, wanted, sizeof(*edges));
		if (!edges)
			return -ENOMEM;
		reader->edges = edges;
		reader->edge_capacity = wanted;
	}
	reader->edges[reader->edge_count++] =
		(struct fdp_task_edge){ from, place - 1 };
	return 0;
}

static int add_set(struct fdp_task_reader *reader, size_t from,
		   uint64_t address)
{
	struct fdp_container set;
	uint64_t key;
	int r = 0;

	if (fdp_set_begin(reader->target, reader->offsets, address, &set) < 0)
		return 0;
	for (int i = 0;
	     r == 0 && i < PLACES_MAX && fdp_container_next(&set, &key, NULL);
	     i++)
		r = add_edge(reader, from, key);
	return r;
}

static int add_list(struct fdp_task_reader *reader, size_t from,
		    uint64_t address)
{
	const struct fdp_python_offsets *offsets = reader->offsets;
	uint64_t count = fdp_task_word(reader, address, offsets->object.size);
	uint64_t items = fdp_task_word(reader, address, offsets->list.items);
	int r = 0;

	for (uint64_t i = 0; r == 0 && items && i < count && i < PLACES_MAX;
	     i++)
		r = add_edge(reader, from,
			     fdp_task_word(reader, items + i * 8, 0));
	return r;
}

/* All tasks in the object at ADDRESS: one, a set or a list of them. */
static int add_all(struct fdp_task_reader *reader, size_t from,
		   uint64_t address)
{
	const struct fdp_type *type;

	if (!address)
		return 0;
	type = fdp_task_type(reader, address);
	if (!type)
		return -ENOMEM;
	if (type->kind == FDP_VALUE_SET)
		return add_set(reader, from, address);
	if (type->kind == FDP_VALUE_LIST)
		return add_list(reader, from, address);
	return add_edge(reader, from, address);
}

static const struct waiter *find_waiter(struct fdp_task_reader *reader,
					const struct fdp_frame *frame)
{
	if (!frame->function || !frame->file || !frame->address ||
	    !strstr(frame->file, "/asyncio/"))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(waiters); i++)
		if (strcmp(frame->function, waiters[i].function) == 0 &&
		    strcmp(fdp_path_basename(frame->file), waiters[i].file) ==
			    0 &&
		    (!waiters[i].minor ||
		     reader->offsets->minor <= waiters[i].minor))
			return &waiters[i];
	return NULL;
}

/* The innermost frame of asyncio's that waits for several says for which. */
static int add_awaited(struct fdp_task_reader *reader, size_t from)
{
	const struct fdp_task *task = &reader->list[from];
	int r = 0;

	for (size_t i = 0; r == 0 && i < task->frame_count; i++) {
		const struct fdp_frame *frame = &task->frames[i];
		const struct waiter *waiter = find_waiter(reader, frame);
		uint64_t object;

		if (!waiter)
			continue;
		object = fdp_task_word(reader, frame->address,
				       reader->offsets->frame.locals) &
			 ~(uint64_t)reader->offsets->code_tags;
		r = add_all(reader, from,
			    waiter->attribute
				    ? fdp_task_attribute(reader, object,
							 waiter->attribute)
				    : object);
	}
	return r;
}

/* The future itself is a task, or that of a gather(). */
static int add_future(struct fdp_task_reader *reader, size_t from)
{
	const struct fdp_task *task = &reader->list[from];
	int r = add_edge(reader, from, task->future);

	if (r == 0 && task->future_type &&
	    strcmp(task->future_type, "asyncio.tasks._GatheringFuture") == 0)
		r = add_all(
			reader, from,
			fdp_task_attribute(reader, task->future, "_children"));
	return r;
}

/* AWAITING, if it is a task, awaits the one at PLACE. */
static int add_awaiting(struct fdp_task_reader *reader, uint64_t awaiting,
			size_t place)
{
	size_t from = (uintptr_t)fdp_table_find(&reader->places, awaiting, 0);

	return from ? add_edge(reader, from - 1, reader->list[place].address)
		    : 0;
}

/* From 3.14 on: who awaits it, one or a set of them. */
static int add_awaited_by(struct fdp_task_reader *reader, size_t place)
{
	const struct fdp_task_offsets *layout = &reader->layout;
	uint64_t address = reader->list[place].address;
	uint64_t object =
		fdp_task_word(reader, address, layout->task.awaited_by);
	struct fdp_container set;
	uint64_t key;
	uint8_t is_set;
	int r = 0;

	if (!object ||
	    fdp_target_read(reader->target, address + layout->task.awaited_set,
			    &is_set, 1) < 0)
		return 0;
	if (!is_set)
		return add_awaiting(reader, object, place);
	if (fdp_set_begin(reader->target, reader->offsets, object, &set) < 0)
		return 0;
	for (int i = 0;
	     r == 0 && i < PLACES_MAX && fdp_container_next(&set, &key, NULL);
	     i++)
		r = add_awaiting(reader, key, place);
	return r;
}

static bool is_python_task(struct fdp_task_reader *reader, size_t place)
{
	const struct fdp_type *type =
		fdp_task_type(reader, reader->list[place].address);

	return type && fdp_task_kind_of(type) == FDP_TASK_KIND_PYTHON_TASK;
}

int fdp_task_read_edges(struct fdp_task_reader *reader, size_t place)
{
	const struct fdp_task *task = &reader->list[place];
	int r = 0;

	if (!is_python_task(reader, place))
		r = add_awaited_by(reader, place);
	/* One that does not wait now is not where it seems to wait. */
	if (r < 0 || !task->future || task->state != FDP_TASK_PENDING)
		return r;
	r = add_future(reader, place);
	return r < 0 ? r : add_awaited(reader, place);
}

/* Makes room, and counts again while it is filled. */
static int make_room(struct fdp_task_reader *reader)
{
	struct fdp_arena *arena = &reader->report->arena;

	for (size_t i = 0; i < reader->edge_count; i++) {
		reader->list[reader->edges[i].from].awaits_count++;
		reader->list[reader->edges[i].to].awaited_by_count++;
	}
	for (size_t i = 0; i < reader->count; i++) {
		struct fdp_task *task = &reader->list[i];

		task->awaits = fdp_arena_array(arena, task->awaits_count + 1,
					       sizeof(*task->awaits));
		task->awaited_by =
			fdp_arena_array(arena, task->awaited_by_count + 1,
					sizeof(*task->awaited_by));
		if (!task->awaits || !task->awaited_by)
			return -ENOMEM;
		task->awaits_count = task->awaited_by_count = 0;
	}
	return 0;
}

int fdp_task_settle_edges(struct fdp_task_reader *reader)
{
	int r = make_room(reader);

	for (size_t i = 0; r == 0 && i < reader->edge_count; i++) {
		const struct fdp_task_edge *edge = &reader->edges[i];
		struct fdp_task *from = &reader->list[edge->from];
		struct fdp_task *to = &reader->list[edge->to];

		from->awaits[from->awaits_count++] = edge->to;
		to->awaited_by[to->awaited_by_count++] = edge->from;
	}
	return r;
}
