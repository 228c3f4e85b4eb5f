#include "thread_names.h"

#include <errno.h>
#include <string.h>

#include "attributes.h"
#include "containers.h"
#include "python.h"
#include "strings.h"
#include "table.h"

/* More attributes than a Thread has, and than a class of a program adds. */
#define ATTRIBUTES_MAX 64

/*
 * Interpreters whose sys.modules is gone through; each is a millisecond at the
 * most.  More are hardly of one program.
 */
#define SEARCHED_MAX 256

struct names {
	struct fdp_target *target;
	const struct fdp_python_offsets *offsets;
	struct fdp_report *report;
	struct fdp_python *python;
	bool main_too;
	struct fdp_interned name, daemon; /* attributes of a Thread */
	/* Stacks without a name, by pthread_t and interpreter. */
	struct fdp_table nameless;
};

static bool is_key(struct names *names, struct fdp_interned *key,
		   uint64_t address)
{
	return fdp_interned_is(names->target, names->offsets, address, key);
}

/* The str at ADDRESS, or nothing.  0 or -ENOMEM. */
static int read_name(struct names *names, uint64_t address,
		     const char **ret_name)
{
	struct fdp_string string = { 0 };
	int r = fdp_string_read_some(names->target, names->offsets, address,
				     FDP_THREAD_NAME_MAX, &string);

	if (r == 0) {
		*ret_name = fdp_string_text(&string, &names->report->arena);
		r = *ret_name ? 0 : -ENOMEM;
	}
	fdp_string_done(&string);
	return r == -ENOMEM ? r : 0;
}

/* False has no digits, and in 2.7 is a machine word that is 0. */
static int read_flag(struct names *names, uint64_t address)
{
	const struct fdp_python_offsets *offsets = names->offsets;
	uint64_t count, value;

	if (!offsets->values_known)
		return FDP_UNKNOWN;
	if (offsets->major == 2 &&
	    fdp_object_is(names->target, offsets, address, FDP_TYPE_WORD) &&
	    fdp_target_read_u64(names->target, address + offsets->word.value,
				&value) == 0)
		return value != 0;
	if (!fdp_object_is(names->target, offsets, address, FDP_TYPE_INTEGER) ||
	    fdp_target_read_u64(names->target, address + offsets->integer.count,
				&count) < 0)
		return FDP_UNKNOWN;
	return count >> offsets->integer.count_shift != 0;
}

/* What the Thread at ADDRESS says.  0 or -ENOMEM. */
static int read_thread(struct names *names, uint64_t address,
		       struct fdp_python_stack *stack)
{
	struct fdp_container dict;
	uint64_t key, value;
	int r = 0;

	if (fdp_attributes_of(names->target, names->offsets, address, &dict) <
	    0)
		return 0;
	for (int i = 0; r == 0 && i < ATTRIBUTES_MAX &&
			fdp_container_next(&dict, &key, &value);
	     i++) {
		if (is_key(names, &names->name, key))
			r = read_name(names, value, &stack->name);
		else if (is_key(names, &names->daemon, key))
			stack->is_daemon = read_flag(names, value);
	}
	return r;
}

static bool is_bootstrap(const struct names *names,
			 const struct fdp_frame *frame)
{
	const char *function =
		names->python->major == 2 ? "__bootstrap" : "_bootstrap";

	return frame->address && frame->function && frame->file &&
	       strcmp(frame->function, function) == 0 &&
	       strcmp(fdp_path_basename(frame->file), "threading.py") == 0;
}

/* The Thread whose method is the outermost frame of STACK, or 0. */
static uint64_t find_started(struct names *names,
			     const struct fdp_python_stack *stack)
{
	const struct fdp_frame *frame;
	uint64_t place, object;

	if (!stack->frame_count)
		return 0;
	frame = &stack->frames[stack->frame_count - 1];
	place = frame->address + names->offsets->frame.locals;
	if (!is_bootstrap(names, frame) ||
	    fdp_target_read_u64(names->target, place, &object) < 0 ||
	    fdp_target_is_late(names->target, place))
		return 0;
	return object & ~(uint64_t)names->offsets->code_tags;
}

/* The value of NAME in the dict at ADDRESS, or 0. */
static uint64_t look_up(struct names *names, uint64_t address, const char *name)
{
	struct fdp_container dict;
	uint64_t value;

	if (fdp_dict_begin(names->target, names->offsets, address, &dict) < 0 ||
	    fdp_dict_find(&dict, names->offsets, name, &value) < 0)
		return 0;
	return value;
}

/* The dict threading._active of INTERPRETER, or 0. */
static uint64_t find_active(struct names *names, uint64_t interpreter)
{
	const struct fdp_python_offsets *offsets = names->offsets;
	uint64_t modules, module, globals;

	if (fdp_target_read_u64(names->target,
				interpreter + offsets->interpreter.modules,
				&modules) < 0)
		return 0;
	module = look_up(names, modules, "threading");
	if (!module ||
	    fdp_target_read_u64(names->target, module + offsets->module.dict,
				&globals) < 0)
		return 0;
	return look_up(names, globals, "_active");
}

static int read_active(struct names *names, uint64_t interpreter)
{
	uint64_t active = find_active(names, interpreter);
	struct fdp_container dict;
	uint64_t number, thread;
	int r = 0;

	if (!active ||
	    fdp_dict_begin(names->target, names->offsets, active, &dict) < 0)
		return 0;
	for (int i = 0; r == 0 && i < FDP_PYTHON_THREADS_MAX &&
			fdp_dict_next_number(&dict, &number, &thread);
	     i++) {
		struct fdp_python_stack *stack =
			fdp_table_find(&names->nameless, number, interpreter);

		if (stack && !stack->name)
			r = read_thread(names, thread, stack);
	}
	return r;
}

/* Those that say so themselves; the others are put into the table. */
static int read_started(struct names *names)
{
	struct fdp_python *python = names->python;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < python->stack_count; i++) {
		struct fdp_python_stack *stack = &python->stacks[i];
		uint64_t thread = find_started(names, stack);

		stack->is_daemon = FDP_UNKNOWN;
		r = thread ? read_thread(names, thread, stack) : 0;
		if (r == 0 && !stack->name)
			r = fdp_table_add(&names->nameless,
					  stack->thread_pointer,
					  stack->interpreter, stack);
	}
	return r < 0 ? r : 0;
}

/* Each interpreter has a module of its own; its threads stand together. */
static int read_others(struct names *names)
{
	const struct fdp_python *python = names->python;
	uint64_t last = 0;
	int searched = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < python->stack_count; i++) {
		const struct fdp_python_stack *stack = &python->stacks[i];

		if (stack->name || stack->interpreter == last ||
		    (!names->main_too && stack->tid == names->target->pid))
			continue;
		if (searched++ == SEARCHED_MAX) {
			fdp_report_missing(names->report,
					   "names of threads: only those of "
					   "%d interpreters were looked up",
					   SEARCHED_MAX);
			break;
		}
		last = stack->interpreter;
		r = read_active(names, last);
	}
	return r;
}

int fdp_thread_names_read(struct fdp_target *target, struct fdp_report *report,
			  bool main_too, struct fdp_python *python)
{
	bool old = python->major == 2;
	struct names names = {
		.target = target,
		.offsets = python->offsets,
		.report = report,
		.python = python,
		.main_too = main_too,
		.name = { .name = old ? "_Thread__name" : "_name" },
		.daemon = { .name = old ? "_Thread__daemonic" : "_daemonic" },
	};
	int r = read_started(&names);

	if (r == 0)
		r = read_others(&names);
	fdp_table_done(&names.nameless);
	return r;
}
