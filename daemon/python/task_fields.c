/* What a task says of itself: its name, its state, what it waits for. */
#include <errno.h>
#include <string.h>

#include "attributes.h"
#include "strings.h"
#include "tasks_internal.h"

/* Characters of a name that a program gives: as of a thread's. */
#define NAME_MAX_LENGTH 256

/* enum fut_state, and Future._state of those that are written in Python. */
#define STATE_PENDING 0
#define STATE_CANCELLED 1
#define STATE_FINISHED 2

/* What both kinds of a future have. */
struct future {
	uint64_t loop;
	int state; /* or FDP_UNKNOWN */
};

static int read_c_future(struct fdp_task_reader *reader, uint64_t address,
			 struct future *future)
{
	uint32_t state;

	future->loop = fdp_task_word(reader, address, reader->layout.task.loop);
	future->state = fdp_target_read_u32(reader->target,
					    address + reader->layout.task.state,
					    &state) == 0 &&
					state <= STATE_FINISHED
				? (int)state
				: FDP_UNKNOWN;
	return 0;
}

static bool is_text(struct fdp_task_reader *reader, uint64_t address,
		    const char *text)
{
	return fdp_string_is(reader->target, reader->offsets, address, text);
}

/* What is pending has the class's own _state, unless it was set. */
static int read_python_future(struct fdp_task_reader *reader, uint64_t address,
			      struct future *future)
{
	uint64_t state = fdp_task_attribute(reader, address, "_state");

	future->loop = fdp_task_attribute(reader, address, "_loop");
	future->state = !state || is_text(reader, state, "PENDING")
				? STATE_PENDING
			: is_text(reader, state, "CANCELLED") ? STATE_CANCELLED
			: is_text(reader, state, "FINISHED")  ? STATE_FINISHED
							      : FDP_UNKNOWN;
	return 0;
}

/* 0, or -ENOENT if it is no future. */
static int read_future(struct fdp_task_reader *reader, uint64_t address,
		       enum fdp_task_kind kind, struct future *future)
{
	switch (kind) {
	case FDP_TASK_KIND_TASK:
	case FDP_TASK_KIND_FUTURE:
		return read_c_future(reader, address, future);
	case FDP_TASK_KIND_PYTHON_TASK:
	case FDP_TASK_KIND_PYTHON_FUTURE:
		return read_python_future(reader, address, future);
	case FDP_TASK_KIND_NONE:
		break;
	}
	return -ENOENT;
}

/* Of a str; from 3.12 on a task that nobody has named has its number. */
static int read_name(struct fdp_task_reader *reader, uint64_t address,
		     const char **ret_name)
{
	struct fdp_arena *arena = &reader->report->arena;
	struct fdp_string string = { 0 };
	uint64_t number;
	int r;

	if (!address)
		return 0;
	if (fdp_task_integer(reader, address, &number) == 0) {
		*ret_name = fdp_arena_printf(arena, "Task-%llu",
					     (unsigned long long)number);
		return *ret_name ? 0 : -ENOMEM;
	}
	r = fdp_string_read_some(reader->target, reader->offsets, address,
				 NAME_MAX_LENGTH, &string);
	if (r == 0) {
		*ret_name = fdp_string_text(&string, arena);
		r = *ret_name ? 0 : -ENOMEM;
	}
	fdp_string_done(&string);
	return r == -ENOMEM ? r : 0;
}

/* The thread whose identifier the loop notes while it runs. */
static const struct fdp_python_stack *
find_thread(struct fdp_task_reader *reader, uint64_t loop)
{
	const struct fdp_python *python = reader->python;
	uint64_t number;
	uint64_t object = fdp_task_attribute(reader, loop, "_thread_id");

	if (!object || fdp_task_integer(reader, object, &number) < 0)
		return NULL;
	for (size_t i = 0; i < python->stack_count; i++)
		if (python->stacks[i].thread_pointer == number)
			return &python->stacks[i];
	return NULL;
}

/* Known once for each loop: a program has few, and 10,000 tasks. */
static int read_thread(struct fdp_task_reader *reader, struct fdp_task *task)
{
	static const struct fdp_python_stack nobody = { .tid = 0 };
	const struct fdp_python_stack *stack;

	if (!task->loop)
		return 0;
	stack = fdp_table_find(&reader->loops, task->loop, 0);
	if (!stack) {
		stack = find_thread(reader, task->loop);
		if (!stack)
			stack = &nobody;
		if (fdp_table_add(&reader->loops, task->loop, 0,
				  (void *)stack) < 0)
			return -ENOMEM;
	}
	if (stack->tid)
		task->tid = stack->tid;
	return 0;
}

/* What the task waits for: a future, and of which class. */
static int read_waiter(struct fdp_task_reader *reader, uint64_t address,
		       struct fdp_task *task)
{
	static const char *const words[] = { "pending", "cancelled", "done" };
	const struct fdp_type *type = fdp_task_type(reader, address);
	struct future future;

	if (!type)
		return -ENOMEM;
	if (read_future(reader, address, fdp_task_kind_of(type), &future) < 0)
		return 0;
	task->future = address;
	if (future.state != FDP_UNKNOWN)
		task->future_state = words[future.state];
	task->future_type = fdp_arena_printf(&reader->report->arena, "%s.%s",
					     type->module ? type->module : "?",
					     type->qualname);
	return task->future_type ? 0 : -ENOMEM;
}

static enum fdp_task_state state_of(struct fdp_task_reader *reader,
				    const struct fdp_task *task, int state)
{
	if (fdp_table_find(&reader->current, task->address, 0))
		return FDP_TASK_RUNNING;
	return state == STATE_CANCELLED	 ? FDP_TASK_CANCELLED
	       : state == STATE_FINISHED ? FDP_TASK_DONE
					 : FDP_TASK_PENDING;
}

/* A flag of a task in C, or the attribute of one in Python: True. */
static bool must_cancel(struct fdp_task_reader *reader, uint64_t address,
			enum fdp_task_kind kind)
{
	uint64_t number;
	uint8_t byte;

	if (kind == FDP_TASK_KIND_PYTHON_TASK)
		return fdp_task_integer(reader,
					fdp_task_attribute(reader, address,
							   "_must_cancel"),
					&number) == 0 &&
		       number;
	return fdp_target_read(reader->target,
			       address + reader->layout.task.cancel, &byte,
			       1) == 0 &&
	       byte & reader->layout.task.cancel_bit;
}

/* The word or the attribute of the task, by its kind. */
static uint64_t field_of(struct fdp_task_reader *reader, uint64_t address,
			 enum fdp_task_kind kind, uint32_t field,
			 const char *name)
{
	return kind == FDP_TASK_KIND_TASK
		       ? fdp_task_word(reader, address, field)
		       : fdp_task_attribute(reader, address, name);
}

int fdp_task_read_fields(struct fdp_task_reader *reader, struct fdp_task *task,
			 uint64_t *ret_coroutine)
{
	const struct fdp_task_offsets *layout = &reader->layout;
	const struct fdp_type *type = fdp_task_type(reader, task->address);
	enum fdp_task_kind kind = type ? fdp_task_kind_of(type) : 0;
	struct future future = { .state = FDP_UNKNOWN };
	uint64_t waiter;
	int r;

	if (!type)
		return -ENOMEM;
	read_future(reader, task->address, kind, &future);
	task->loop = future.loop;
	task->state = state_of(reader, task, future.state);
	task->must_cancel = must_cancel(reader, task->address, kind);
	task->type = fdp_arena_printf(&reader->report->arena, "%s.%s",
				      type->module ? type->module : "?",
				      type->qualname);
	*ret_coroutine = field_of(reader, task->address, kind,
				  layout->task.coroutine, "_coro");
	waiter = field_of(reader, task->address, kind, layout->task.waiter,
			  "_fut_waiter");
	r = task->type ? read_thread(reader, task) : -ENOMEM;
	if (r == 0)
		r = read_name(reader,
			      field_of(reader, task->address, kind,
				       layout->task.name, "_name"),
			      &task->name);
	return r == 0 && waiter ? read_waiter(reader, waiter, task) : r;
}
