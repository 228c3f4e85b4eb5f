/*
 * Where tasks are: from 3.14 on in a list of each thread and one of the
 * interpreter for those whose thread has ended; those that are written in
 * Python, and all up to 3.13, in sets.
 */
#include <string.h>

#include "containers.h"
#include "python.h"
#include "strings.h"
#include "tasks_internal.h"

/* Interpreters whose sys.modules is gone through; as in thread_names.c. */
#define SEARCHED_MAX 256

/* Words of the state of _asyncio among which its sets are; it has some 30. */
#define STATE_WORDS 40

/* Places in a set that was emptied: weak references to what is gone. */
#define SET_PLACES_MAX (16 * FDP_TASKS_MAX)

/* One more task.  1; 0: there are enough of them; -ENOMEM. */
static int add_task(struct fdp_task_reader *reader, uint64_t address, pid_t tid)
{
	struct fdp_task *list;
	int r;

	if (fdp_table_find(&reader->places, address, 0))
		return 1;
	if (reader->count == reader->limit) {
		if (reader->limit == FDP_TASKS_MAX)
			fdp_report_missing(reader->report,
					   "asyncio: only the first %d tasks "
					   "are shown",
					   FDP_TASKS_MAX);
		return 0;
	}
	list = fdp_arena_grow(&reader->report->arena, reader->list,
			      reader->count, &reader->capacity, sizeof(*list));
	if (!list)
		return -ENOMEM;
	reader->list = list;
	list[reader->count] =
		(struct fdp_task){ .address = address, .tid = tid };
	/* Its place and one more, since the table has no NULL. */
	r = fdp_table_add(&reader->places, address, 0,
			  (void *)(uintptr_t)++reader->count);
	return r < 0 ? r : 1;
}

/* The same for what may be none: then nothing is added. */
static int add_if_task(struct fdp_task_reader *reader, uint64_t address,
		       pid_t tid)
{
	const struct fdp_type *type = fdp_task_type(reader, address);

	if (!type)
		return -ENOMEM;
	return fdp_task_kind_is_task(fdp_task_kind_of(type))
		       ? add_task(reader, address, tid)
		       : 1;
}

/* A task that runs, in a list or not: one that was started eagerly is not. */
static int add_current(struct fdp_task_reader *reader, uint64_t address,
		       pid_t tid)
{
	int r = address ? add_if_task(reader, address, tid) : 0;

	if (r > 0 && fdp_table_find(&reader->places, address, 0))
		r = fdp_table_add(&reader->current, address, 0, reader);
	return r < 0 ? r : 0;
}

static void say_damaged(struct fdp_task_reader *reader)
{
	fdp_report_missing(reader->report,
			   "asyncio: a list of tasks is damaged");
}

/*
 * Those in the circular list whose head is at HEAD.  Each of its nodes points
 * back, or it is none; so a circle ends at the first node that is in it twice.
 */
static int read_list(struct fdp_task_reader *reader, uint64_t head, pid_t tid)
{
	uint64_t links[2];
	uint64_t last = head;
	uint64_t node = fdp_task_word(reader, head, 0);
	int r = 1;

	while (r > 0 && node && node != head) {
		uint64_t task = node - reader->layout.task.node;

		if (fdp_target_read(reader->target, node, links,
				    sizeof(links)) < 0 ||
		    links[1] != last) {
			say_damaged(reader);
			return 0;
		}
		r = add_if_task(reader, task, tid);
		if (r > 0 && !fdp_table_find(&reader->places, task, 0)) {
			say_damaged(reader);
			return 0;
		}
		last = node;
		node = links[0];
	}
	return r < 0 ? r : 0;
}

/* Tasks, or weak references to tasks, in the set at ADDRESS. */
static int read_set(struct fdp_task_reader *reader, uint64_t address,
		    bool references)
{
	struct fdp_container set;
	uint64_t key;
	int r = 1;

	if (!address ||
	    fdp_set_begin(reader->target, reader->offsets, address, &set) < 0)
		return 0;
	for (int i = 0; r > 0 && i < SET_PLACES_MAX &&
			fdp_container_next(&set, &key, NULL);
	     i++)
		r = add_if_task(reader,
				references
					? fdp_task_word(reader, key,
							reader->layout.wrapped)
					: key,
				0);
	return r < 0 ? r : 0;
}

/* The WeakSet at ADDRESS. */
static int read_weak_set(struct fdp_task_reader *reader, uint64_t address)
{
	return read_set(reader, fdp_task_attribute(reader, address, "data"),
			true);
}

/* The value of NAME in the dict at ADDRESS, or 0. */
static uint64_t look_up(struct fdp_task_reader *reader, uint64_t address,
			const char *name)
{
	struct fdp_container dict;
	uint64_t value;

	return address &&
			       fdp_dict_begin(reader->target, reader->offsets,
					      address, &dict) == 0 &&
			       fdp_dict_find(&dict, reader->offsets, name,
					     &value) == 0
		       ? value
		       : 0;
}

/* The module NAME of INTERPRETER, or 0. */
static uint64_t find_module(struct fdp_task_reader *reader,
			    uint64_t interpreter, const char *name)
{
	return look_up(reader,
		       fdp_task_word(reader, interpreter,
				     reader->offsets->interpreter.modules),
		       name);
}

/* The tasks that run: each loop has one. */
static int read_current(struct fdp_task_reader *reader, uint64_t address)
{
	struct fdp_container dict;
	uint64_t loop, task;
	int r = 0;

	if (!address ||
	    fdp_dict_begin(reader->target, reader->offsets, address, &dict) < 0)
		return 0;
	for (int i = 0; r == 0 && i < FDP_PYTHON_THREADS_MAX &&
			fdp_container_next(&dict, &loop, &task);
	     i++)
		r = add_current(reader, task, 0);
	return r;
}

/* Up to 3.13, and where there is no _asyncio: what asyncio.tasks holds. */
static int read_module(struct fdp_task_reader *reader, uint64_t interpreter)
{
	uint64_t module = find_module(reader, interpreter, "asyncio.tasks");
	uint64_t globals =
		fdp_task_word(reader, module, reader->offsets->module.dict);
	int r;

	/* These first: they must not fall behind a limit. */
	r = read_current(reader, look_up(reader, globals, "_current_tasks"));
	if (r == 0)
		r = read_set(reader, look_up(reader, globals, "_eager_tasks"),
			     false);
	if (r == 0)
		r = read_weak_set(reader,
				  look_up(reader, globals, "_scheduled_tasks"));
	if (r == 0)
		r = read_weak_set(reader,
				  look_up(reader, globals, "_all_tasks"));
	return r;
}

/*
 * From 3.14 on the sets are in the state of the module _asyncio alone: one of
 * tasks that are being started, one of weak references to tasks that are
 * written in Python.  There is one of types too.
 */
static int read_state(struct fdp_task_reader *reader, uint64_t module)
{
	uint64_t state =
		fdp_task_word(reader, module, reader->layout.module_state);
	int r = 0;

	for (uint32_t i = 0; state && r == 0 && i < STATE_WORDS; i++) {
		uint64_t object = fdp_task_word(reader, state, i * 8);
		const struct fdp_type *type =
			object ? fdp_task_type(reader, object) : NULL;

		if (!type || type->kind == FDP_VALUE_INVALID)
			continue;
		if (type->kind == FDP_VALUE_SET && type->exact)
			r = read_set(reader, object, false);
		else if (strcmp(type->name, "WeakSet") == 0)
			r = read_weak_set(reader, object);
	}
	return r;
}

/* True if what is on the stack of a thread is an event loop of asyncio. */
static bool runs_asyncio(const struct fdp_python_stack *stack)
{
	for (size_t i = 0; i < stack->frame_count; i++)
		if (stack->frames[i].file &&
		    strstr(stack->frames[i].file, "/asyncio/"))
			return true;
	return false;
}

/*
 * Whether it is worth while to look for the module, which is much to read: the
 * extension is loaded, or (where it is a part of the interpreter) a loop runs.
 */
static bool has_asyncio(const struct fdp_task_reader *reader)
{
	static const char extension[] = "_asyncio.";

	for (size_t i = 0; i < reader->report->module_count; i++)
		if (strncmp(fdp_path_basename(reader->report->modules[i].path),
			    extension, sizeof(extension) - 1) == 0)
			return true;
	for (size_t i = 0; i < reader->python->stack_count; i++)
		if (runs_asyncio(&reader->python->stacks[i]))
			return true;
	return false;
}

/* The lists of all threads, from 3.14 on; which tasks run. */
static int read_threads(struct fdp_task_reader *reader)
{
	const struct fdp_python *python = reader->python;
	int r = 0;

	for (size_t i = 0; r == 0 && i < python->stack_count; i++) {
		const struct fdp_python_stack *stack = &python->stacks[i];

		r = add_current(reader,
				fdp_task_word(reader, stack->state,
					      reader->layout.thread.task),
				stack->tid);
	}
	for (size_t i = 0; r == 0 && i < python->stack_count; i++) {
		const struct fdp_python_stack *stack = &python->stacks[i];

		r = read_list(reader, stack->state + reader->layout.thread.head,
			      stack->tid);
	}
	return r;
}

static int read_interpreter(struct fdp_task_reader *reader,
			    uint64_t interpreter, bool modules)
{
	uint64_t extension = 0;
	int r = 0;

	if (reader->layout.thread.head != FDP_ABSENT) {
		r = read_list(reader, interpreter + reader->layout.orphans, 0);
		if (modules)
			extension =
				find_module(reader, interpreter, "_asyncio");
	}
	if (r < 0 || !modules)
		return r;
	return extension ? read_state(reader, extension)
			 : read_module(reader, interpreter);
}

int fdp_tasks_find(struct fdp_task_reader *reader)
{
	const struct fdp_python *python = reader->python;
	bool modules = has_asyncio(reader);
	uint64_t last = 0;
	int searched = 0;
	int r = 0;

	if (modules)
		fdp_task_offsets_ask(reader->target, reader->report,
				     &reader->layout);
	if (reader->layout.thread.head != FDP_ABSENT)
		r = read_threads(reader);
	for (size_t i = 0; r == 0 && i < python->stack_count; i++) {
		uint64_t interpreter = python->stacks[i].interpreter;

		if (interpreter == last || searched++ == SEARCHED_MAX)
			continue;
		last = interpreter;
		r = read_interpreter(reader, interpreter, modules);
	}
	return r;
}
