#include "task_offsets.h"

#include <errno.h>
#include <string.h>

#include "../base/util.h"
#include "../native/elf.h"

/*
 * No structure is larger: a thread state of a free-threaded build has some
 * 10,000 bytes, an interpreter some 300,000.
 */
#define TASK_SANE 4096
#define THREAD_SANE 65536
#define INTERPRETER_SANE (4 * 1024 * 1024)

#define NO_LISTS                                                               \
	.thread = { FDP_ABSENT, FDP_ABSENT, FDP_ABSENT }, .orphans = FDP_ABSENT

/* Up to 3.10: frame objects. */
#define FRAMES_OBJECTS(top_, bytecode_)                                        \
	.style = FDP_AWAIT_OPCODE, .wrapped = 16, .module_state = FDP_ABSENT,  \
	.coroutine = {                                                         \
		.frame = 16,                                                   \
		.state = FDP_ABSENT,                                           \
		.stack = 64,                                                   \
		.top = (top_),                                                 \
		.awaited = 1,                                                  \
		.bytecode = (bytecode_),                                       \
	}

/* Since: a frame that stands in the coroutine, behind its state. */
#define FRAMES_INSIDE(style_, head_, frame_, from_, to_, executing_, cleared_, \
		      awaited_)                                                \
	.style = (style_), .wrapped = (head_) + 16,                            \
	.coroutine = {                                                         \
		.frame = (frame_),                                             \
		.state = (frame_)-5,                                           \
		.from = (from_),                                               \
		.to = (to_),                                                   \
		.executing = (executing_),                                     \
		.cleared = (cleared_),                                         \
		.stack = FDP_ABSENT,                                           \
		.top = 64,                                                     \
		.awaited = (awaited_),                                         \
		.bytecode = FDP_ABSENT,                                        \
	}

#define TASK(loop_, state_, waiter_, name_, cancel_, cancel_bit_)              \
	.task = {                                                              \
		.loop = (loop_),                                               \
		.state = (state_),                                             \
		.waiter = (waiter_),                                           \
		.coroutine = (waiter_) + 8,                                    \
		.name = (name_),                                               \
		.cancel = (cancel_),                                           \
		.cancel_bit = (cancel_bit_),                                   \
		.awaited_by = FDP_ABSENT,                                      \
		.awaited_set = FDP_ABSENT,                                     \
		.node = FDP_ABSENT,                                            \
	}

/* 3.14 and 3.15; HEAD is what free-threaded builds have more of PyObject. */
#define TASK_LATE(head_)                                                       \
	.task = {                                                              \
		.size = (head_) + 168,                                         \
		.loop = (head_) + 16,                                          \
		.state = (head_) + 104,                                        \
		.waiter = (head_) + 120,                                       \
		.coroutine = (head_) + 128,                                    \
		.name = (head_) + 136,                                         \
		.cancel = (head_) + 110,                                       \
		.cancel_bit = 4,                                               \
		.awaited_by = (head_) + 96,                                    \
		.awaited_set = (head_) + 109,                                  \
		.node = (head_) + 152,                                         \
	}

static const struct fdp_task_offsets versions[] = {
	{
		.minor = 7,
		TASK(16, 72, 104, FDP_ABSENT, 128, 1),
		FRAMES_OBJECTS(72, 40),
		NO_LISTS,
	},
	{
		.minor = 8,
		TASK(16, 72, 104, 120, 136, 1),
		FRAMES_OBJECTS(72, 48),
		NO_LISTS,
	},
	{
		.minor = 9,
		TASK(16, 80, 144, 160, 176, 1),
		FRAMES_OBJECTS(72, 48),
		NO_LISTS,
	},
	{
		.minor = 10,
		TASK(16, 88, 152, 168, 184, 1),
		FRAMES_OBJECTS(80, 48),
		NO_LISTS,
	},
	{
		.minor = 11,
		TASK(16, 88, 128, 144, 160, 1),
		FRAMES_INSIDE(FDP_AWAIT_RESUME, 0, 80, -1, -1, 0, 1, 1),
		.module_state = FDP_ABSENT,
		NO_LISTS,
	},
	{
		.minor = 12,
		TASK(16, 88, 128, 144, 160, 1),
		FRAMES_INSIDE(FDP_AWAIT_RESUME, 0, 72, -1, -1, 0, 1, 1),
		.module_state = FDP_ABSENT,
		NO_LISTS,
	},
	{
		.minor = 13,
		TASK(16, 96, 112, 128, 100, 4),
		FRAMES_INSIDE(FDP_AWAIT_STATE, 0, 72, -1, -1, 0, 1, 1),
		.module_state = FDP_ABSENT,
		NO_LISTS,
	},
	{
		.minor = 13,
		.free_threaded = true,
		TASK(32, 112, 128, 144, 116, 4),
		FRAMES_INSIDE(FDP_AWAIT_STATE, 16, 88, -1, -1, 0, 1, 1),
		.module_state = FDP_ABSENT,
		NO_LISTS,
	},
	{
		.minor = 14,
		TASK_LATE(0),
		FRAMES_INSIDE(FDP_AWAIT_STATE, 0, 72, -1, -1, 0, 1, 1),
		.thread = { 864, 872, 880 },
		.orphans = 10880,
		.module_state = 32,
	},
	{
		.minor = 14,
		.free_threaded = true,
		TASK_LATE(16),
		FRAMES_INSIDE(FDP_AWAIT_STATE, 16, 88, -1, -1, 0, 1, 1),
		.thread = { 864, 872, 880 },
		.orphans = 17304,
		.module_state = 48,
	},
	{
		.minor = 15,
		TASK_LATE(0),
		FRAMES_INSIDE(FDP_AWAIT_STATE, 0, 72, 2, 3, 4, 5, 2),
		.thread = { 1024, 1032, 1048 },
		.orphans = 10856,
		.module_state = 24,
	},
	{
		.minor = 15,
		.free_threaded = true,
		TASK_LATE(16),
		FRAMES_INSIDE(FDP_AWAIT_STATE, 16, 88, 2, 3, 4, 5, 2),
		.thread = { 1024, 1032, 1048 },
		.orphans = 17256,
		.module_state = 40,
	},
};

const struct fdp_task_offsets *
fdp_task_offsets_of(const struct fdp_python_offsets *offsets)
{
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++)
		if (offsets->major == 3 &&
		    versions[i].minor == offsets->minor &&
		    versions[i].free_threaded == offsets->free_threaded)
			return &versions[i];
	return NULL;
}

/* struct Py_AsyncioModuleDebugOffsets. */
struct debug {
	uint64_t task_size, name, awaited_by, is_task, awaited_set, coroutine,
		node;
	uint64_t interpreter_size, orphans;
	uint64_t thread_size, loop, task, head;
};

/* A field of WIDTH bytes lies in an object of SIZE bytes. */
static bool lies_in(uint64_t field, uint64_t width, uint64_t size)
{
	return field < size && width <= size - field &&
	       (width == 1 || field % sizeof(uint64_t) == 0);
}

static bool can_be(const struct debug *debug)
{
	const uint64_t words[] = { debug->name, debug->awaited_by,
				   debug->coroutine };
	const uint64_t thread[] = { debug->loop, debug->task };

	if (debug->task_size > TASK_SANE ||
	    debug->interpreter_size > INTERPRETER_SANE ||
	    debug->thread_size > THREAD_SANE)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!lies_in(words[i], 8, debug->task_size))
			return false;
	for (size_t i = 0; i < ARRAY_SIZE(thread); i++)
		if (!lies_in(thread[i], 8, debug->thread_size))
			return false;
	return lies_in(debug->is_task, 1, debug->task_size) &&
	       lies_in(debug->awaited_set, 1, debug->task_size) &&
	       lies_in(debug->node, 16, debug->task_size) &&
	       lies_in(debug->orphans, 16, debug->interpreter_size) &&
	       lies_in(debug->head, 16, debug->thread_size);
}

int fdp_task_offsets_apply(const uint8_t *bytes, size_t size,
			   struct fdp_task_offsets *offsets)
{
	struct debug debug;

	_Static_assert(sizeof(debug) == FDP_TASK_DEBUG_SIZE, "13 words");
	if (size < sizeof(debug))
		return -EBADMSG;
	memcpy(&debug, bytes, sizeof(debug));
	if (!can_be(&debug))
		return -EBADMSG;
	offsets->task.size = (uint32_t)debug.task_size;
	offsets->task.name = (uint32_t)debug.name;
	offsets->task.awaited_by = (uint32_t)debug.awaited_by;
	offsets->task.awaited_set = (uint32_t)debug.awaited_set;
	offsets->task.coroutine = (uint32_t)debug.coroutine;
	offsets->task.node = (uint32_t)debug.node;
	offsets->orphans = (uint32_t)debug.orphans;
	offsets->thread.loop = (uint32_t)debug.loop;
	offsets->thread.task = (uint32_t)debug.task;
	offsets->thread.head = (uint32_t)debug.head;
	return 0;
}

/* The extension, or the interpreter that it is a part of; or NULL. */
static const struct fdp_module *find_module(const struct fdp_report *report)
{
	static const char extension[] = "_asyncio.";
	const struct fdp_module *interpreter = NULL;

	for (size_t i = 0; i < report->module_count; i++) {
		const struct fdp_module *module = &report->modules[i];

		if (strncmp(fdp_path_basename(module->path), extension,
			    sizeof(extension) - 1) == 0)
			return module;
		if (module->is_interpreter)
			interpreter = module;
	}
	return interpreter;
}

void fdp_task_offsets_ask(struct fdp_target *target,
			  const struct fdp_report *report,
			  struct fdp_task_offsets *offsets)
{
	const struct fdp_module *module = find_module(report);
	uint8_t bytes[FDP_TASK_DEBUG_SIZE];
	uint64_t address, size;

	if (offsets->thread.head == FDP_ABSENT || !module ||
	    fdp_elf_section(target, module, ".AsyncioDebug", &address, &size) <
		    0 ||
	    size < sizeof(bytes) ||
	    fdp_target_read(target, address, bytes, sizeof(bytes)) < 0)
		return;
	/* What cannot be is what the crash has left: the table stays. */
	fdp_task_offsets_apply(bytes, sizeof(bytes), offsets);
}
