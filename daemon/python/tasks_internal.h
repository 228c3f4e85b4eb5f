/* What the parts share that read tasks: tasks.c. */
#ifndef FDP_PYTHON_TASKS_INTERNAL_H
#define FDP_PYTHON_TASKS_INTERNAL_H

#include "task_offsets.h"
#include "tasks.h"
#include "types.h"

/* What an object is in the way of tasks, by its class or one below it. */
enum fdp_task_kind {
	FDP_TASK_KIND_NONE,
	FDP_TASK_KIND_TASK,	     /* of _asyncio */
	FDP_TASK_KIND_PYTHON_TASK,   /* of asyncio.tasks, in Python */
	FDP_TASK_KIND_FUTURE,	     /* of _asyncio */
	FDP_TASK_KIND_PYTHON_FUTURE, /* of asyncio.futures, in Python */
};

/* A task awaits another one: their places in the list. */
struct fdp_task_edge {
	size_t from, to;
};

struct fdp_task_reader {
	struct fdp_target *target;
	struct fdp_report *report;
	const struct fdp_python_offsets *offsets;
	struct fdp_task_offsets layout;
	struct fdp_frame_reader *frames;
	struct fdp_python *python;
	struct fdp_types *types;
	struct fdp_table places; /* of a task in the list, itself, by address */
	struct fdp_table loops;	 /* struct fdp_python_stack, by address */
	struct fdp_table current; /* tasks that run, by address */
	struct fdp_task *list;
	size_t count, capacity, limit;
	size_t frames_left;
	size_t scans_left; /* frames of threads that are looked at */
	struct fdp_task_edge *edges;
	size_t edge_count, edge_capacity;
	struct fdp_table known_edges;
};

/* The type of the object at ADDRESS, which may be invalid; NULL: no memory. */
const struct fdp_type *fdp_task_type(struct fdp_task_reader *reader,
				     uint64_t address);

enum fdp_task_kind fdp_task_kind_of(const struct fdp_type *type);

/* True for both kinds of task. */
bool fdp_task_kind_is_task(enum fdp_task_kind kind);

/* A word of the object at ADDRESS; 0 if there is none, or no such field. */
uint64_t fdp_task_word(struct fdp_task_reader *reader, uint64_t address,
		       uint32_t field);

/* The attribute NAME of the instance at ADDRESS; 0: it has none. */
uint64_t fdp_task_attribute(struct fdp_task_reader *reader, uint64_t address,
			    const char *name);

/* The int at ADDRESS, below 2**60.  0, or -EBADMSG and the like. */
int fdp_task_integer(struct fdp_task_reader *reader, uint64_t address,
		     uint64_t *ret_number);

/*
 * task_find.c: puts all tasks into the list, of which nothing but the address
 * is known then, and those that run into reader->current.  0 or -ENOMEM.
 */
int fdp_tasks_find(struct fdp_task_reader *reader);

/* task_fields.c: what the object itself says.  0 or -ENOMEM. */
int fdp_task_read_fields(struct fdp_task_reader *reader, struct fdp_task *task,
			 uint64_t *ret_coroutine);

/* task_chain.c: its frames, from COROUTINE on.  0 or -ENOMEM. */
int fdp_task_read_chain(struct fdp_task_reader *reader, struct fdp_task *task,
			uint64_t coroutine);

/* task_edges.c: whom the task at PLACE awaits, and who it says awaits it. */
int fdp_task_read_edges(struct fdp_task_reader *reader, size_t place);

/* task_edges.c: puts them into the tasks.  0 or -ENOMEM. */
int fdp_task_settle_edges(struct fdp_task_reader *reader);

#endif
