/*
 * The stack of a task: its coroutine, what that awaits, what this awaits, and
 * so on.  While it runs its frames are those of a thread, down to the
 * coroutine's own.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "strings.h"
#include "tasks_internal.h"

/* Instructions: two bytes each, an operation and its argument. */
#define YIELD_FROM 72		/* up to 3.10 */
#define RESUME 151		/* 3.11, 3.12 */
#define RESUME_QUICK 150	/* 3.11 */
#define RESUME_INSTRUMENTED 240 /* 3.12 */

/* The argument of RESUME after yield from, and after await. */
#define AFTER_YIELD_FROM 2
#define AFTER_AWAIT 3

/* Values that lie on the stack of a frame: co_stacksize is rarely above 100. */
#define STACK_MAX 65536

/* A coroutine or a generator, as far as it is known. */
struct link {
	uint64_t frame; /* 0: it has none any more */
	bool executing;
	int8_t state; /* 3.11 on */
};

/* A chain while it grows, outermost first. */
struct chain {
	struct fdp_task_reader *reader;
	struct fdp_frame *frames; /* malloc'ed */
	size_t count, capacity;
};

/* Types of which an object has a frame. */
static bool has_frame(const struct fdp_type *type)
{
	return type->kind == FDP_VALUE_GENERATOR;
}

/* Types of which an object stands for the one that it wraps. */
static bool is_wrapper(const struct fdp_type *type)
{
	static const char *const names[] = {
		"coroutine_wrapper",
		"async_generator_asend",
		"async_generator_athrow",
		"anext_awaitable",
	};

	if (type->kind == FDP_VALUE_INVALID)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(type->name, names[i]) == 0)
			return true;
	return false;
}

/* Up to 3.10: a byte of the frame says that it runs. */
static void read_outside(struct fdp_task_reader *reader, uint64_t address,
			 struct link *link)
{
	const struct fdp_python_offsets *offsets = reader->offsets;
	int8_t state;

	link->frame =
		fdp_task_word(reader, address, reader->layout.coroutine.frame);
	if (link->frame &&
	    fdp_target_read(reader->target,
			    link->frame + offsets->frame.executing, &state,
			    1) == 0)
		link->executing = state >= offsets->frame.executing_first &&
				  state <= offsets->frame.executing_last;
}

static void read_link(struct fdp_task_reader *reader, uint64_t address,
		      struct link *link)
{
	const struct fdp_task_offsets *layout = &reader->layout;

	*link = (struct link){ .frame = 0 };
	if (layout->style == FDP_AWAIT_OPCODE) {
		read_outside(reader, address, link);
		return;
	}
	if (fdp_target_read(reader->target, address + layout->coroutine.state,
			    &link->state, 1) < 0 ||
	    link->state >= layout->coroutine.cleared)
		return;
	link->frame = address + layout->coroutine.frame;
	link->executing = link->state == layout->coroutine.executing;
}

/* Up to 3.10: what comes next in the code is a YIELD_FROM. */
static bool comes_to_yield(struct fdp_task_reader *reader, uint64_t frame)
{
	const struct fdp_python_offsets *offsets = reader->offsets;
	uint64_t code = fdp_task_word(reader, frame, offsets->frame.code);
	uint64_t bytes =
		fdp_task_word(reader, code, reader->layout.coroutine.bytecode);
	uint64_t size = fdp_task_word(reader, bytes, offsets->bytes.size);
	uint32_t index;
	int64_t next;
	uint8_t operation;

	if (!bytes ||
	    fdp_target_read_u32(reader->target,
				frame + offsets->frame.instruction,
				&index) < 0 ||
	    (int32_t)index < 0)
		return false;
	next = (int64_t)index * offsets->instruction_unit + 2;
	return (uint64_t)next < size &&
	       fdp_target_read(reader->target,
			       bytes + offsets->bytes.data + (uint64_t)next,
			       &operation, 1) == 0 &&
	       operation == YIELD_FROM;
}

/* 3.11 and 3.12: what comes next is where an await goes on. */
static bool comes_to_resume(struct fdp_task_reader *reader, uint64_t frame)
{
	uint64_t at = fdp_task_word(reader, frame,
				    reader->offsets->frame.instruction);
	uint8_t next[2];

	return at &&
	       fdp_target_read(reader->target, at + sizeof(next), next,
			       sizeof(next)) == 0 &&
	       (next[0] == RESUME || next[0] == RESUME_QUICK ||
		next[0] == RESUME_INSTRUMENTED) &&
	       next[1] >= AFTER_YIELD_FROM && next[1] <= AFTER_AWAIT;
}

static bool awaits(struct fdp_task_reader *reader, const struct link *link)
{
	const struct fdp_task_offsets *layout = &reader->layout;

	if (!link->frame || link->executing)
		return false;
	if (layout->style == FDP_AWAIT_OPCODE)
		return comes_to_yield(reader, link->frame);
	return link->state >= layout->coroutine.from &&
	       link->state <= layout->coroutine.to &&
	       (layout->style != FDP_AWAIT_RESUME ||
		comes_to_resume(reader, link->frame));
}

/* Where the stack of FRAME ends, or 0. */
static uint64_t stack_end(struct fdp_task_reader *reader, uint64_t frame)
{
	const struct fdp_task_offsets *layout = &reader->layout;
	uint64_t top = fdp_task_word(reader, frame, layout->coroutine.top);
	int32_t depth = (int32_t)top;

	/* A pointer up to 3.9 and from 3.14 on; else how many there are. */
	if (layout->minor < 10 || layout->minor >= 14)
		return top;
	if (depth < 1 || depth > STACK_MAX)
		return 0;
	return (layout->coroutine.stack == FDP_ABSENT
			? frame + reader->offsets->frame.locals
			: fdp_task_word(reader, frame,
					layout->coroutine.stack)) +
	       (uint64_t)depth * sizeof(uint64_t);
}

/*
 * What a coroutine awaits lies on top of its stack, from 3.15 on with the place
 * of an iteration above it; 0: nothing.
 */
static uint64_t awaited(struct fdp_task_reader *reader, const struct link *link)
{
	uint64_t end;

	if (!awaits(reader, link))
		return 0;
	end = stack_end(reader, link->frame);
	return end ? fdp_task_word(reader,
				   end - reader->layout.coroutine.awaited *
						   sizeof(uint64_t),
				   0) &
			       ~(uint64_t)reader->offsets->code_tags
		   : 0;
}

static int append(struct chain *chain, const struct fdp_frame *frame)
{
	size_t wanted = chain->capacity ? 2 * chain->capacity : 16;

	if (chain->count == chain->capacity) {
		struct fdp_frame *frames =
			reallocarray(chain->frames, wanted, sizeof(*frames));

		if (!frames)
			return -ENOMEM;
		chain->frames = frames;
		chain->capacity = wanted;
	}
	chain->frames[chain->count++] = *frame;
	chain->reader->frames_left--;
	return 0;
}

/* False, which is said, if there are too many frames. */
static bool may_append(const struct chain *chain)
{
	struct fdp_report *report = chain->reader->report;

	if (chain->count >= FDP_TASK_DEPTH_MAX)
		fdp_report_missing(report,
				   "asyncio: only the outermost %d frames of a "
				   "task are shown",
				   FDP_TASK_DEPTH_MAX);
	else if (!chain->reader->frames_left)
		fdp_report_missing(report,
				   "asyncio: the tasks have more than %d "
				   "frames",
				   FDP_TASK_FRAMES_MAX);
	else
		return true;
	return false;
}

/*
 * The frames of the thread that runs the task, from the newest up to the one at
 * ADDRESS, appended outermost first.  1; 0 if it is not there; -ENOMEM.
 */
static int append_running(struct chain *chain, const struct fdp_task *task,
			  uint64_t address)
{
	struct fdp_task_reader *reader = chain->reader;
	const struct fdp_python *python = reader->python;

	for (size_t i = 0; i < python->stack_count; i++) {
		const struct fdp_python_stack *stack = &python->stacks[i];
		size_t at = 0;

		if ((task->tid && stack->tid != task->tid) ||
		    stack->frame_count > reader->scans_left)
			continue;
		reader->scans_left -= stack->frame_count;
		while (at < stack->frame_count &&
		       stack->frames[at].address != address)
			at++;
		if (at == stack->frame_count)
			continue;
		for (at++; at > 0 && may_append(chain); at--)
			if (append(chain, &stack->frames[at - 1]) < 0)
				return -ENOMEM;
		return 1;
	}
	return 0;
}

/* The frame of LINK, if it has one.  0 or -ENOMEM. */
static int append_link(struct chain *chain, const struct link *link)
{
	struct fdp_frame frame;
	int r = link->frame ? fdp_frames_read_one(chain->reader->frames,
						  link->frame, &frame)
			    : 0;

	return r > 0 ? append(chain, &frame) : r;
}

/* Follows the chain from OBJECT on, of a TASK.  0 or -ENOMEM. */
static int follow(struct chain *chain, const struct fdp_task *task,
		  uint64_t object)
{
	struct fdp_task_reader *reader = chain->reader;
	size_t steps = 0;
	int r = 0;

	/* Wrappers are no frames, and could be a circle by themselves. */
	while (r == 0 && object && steps++ < 2 * FDP_TASK_DEPTH_MAX &&
	       may_append(chain)) {
		const struct fdp_type *type = fdp_task_type(reader, object);
		struct link link;

		if (!type)
			return -ENOMEM;
		if (is_wrapper(type)) {
			object = fdp_task_word(reader, object,
					       reader->layout.wrapped);
			continue;
		}
		if (!has_frame(type))
			return 0;
		read_link(reader, object, &link);
		if (link.executing) {
			r = append_running(chain, task, link.frame);
			if (r != 0)
				return r < 0 ? r : 0;
		}
		r = append_link(chain, &link);
		object = awaited(reader, &link);
	}
	return r;
}

/* Most recent call first. */
static int publish(const struct chain *chain, struct fdp_task *task)
{
	task->frames = fdp_arena_array(&chain->reader->report->arena,
				       chain->count + 1, sizeof(*task->frames));
	if (!task->frames)
		return -ENOMEM;
	for (size_t i = 0; i < chain->count; i++)
		task->frames[i] = chain->frames[chain->count - 1 - i];
	task->frame_count = chain->count;
	return 0;
}

/* The function of the coroutine, which its object names too. */
static int read_function(struct fdp_task_reader *reader, uint64_t coroutine,
			 struct fdp_task *task)
{
	const struct fdp_type *type = fdp_task_type(reader, coroutine);
	struct fdp_string string = { 0 };
	int r;

	if (!type)
		return -ENOMEM;
	if (!has_frame(type))
		return 0;
	r = fdp_string_read_some(
		reader->target, reader->offsets,
		fdp_task_word(reader, coroutine,
			      reader->offsets->generator.qualname),
		FDP_TYPE_NAME_MAX, &string);
	if (r == 0) {
		task->coroutine =
			fdp_string_text(&string, &reader->report->arena);
		r = task->coroutine ? 0 : -ENOMEM;
	}
	fdp_string_done(&string);
	return r == -ENOMEM ? r : 0;
}

int fdp_task_read_chain(struct fdp_task_reader *reader, struct fdp_task *task,
			uint64_t coroutine)
{
	struct chain chain = { .reader = reader };
	int r;

	if (!coroutine)
		return 0;
	r = read_function(reader, coroutine, task);
	if (r == 0)
		r = follow(&chain, task, coroutine);
	if (r == 0)
		r = publish(&chain, task);
	free(chain.frames);
	return r;
}
