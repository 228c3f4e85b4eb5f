#include "imports.h"

#include <errno.h>
#include <string.h>

#include "../base/util.h"
#include "containers.h"
#include "strings.h"

/*
 * The same in 3.8 to 3.15.  _find_and_load(name) takes the lock of the module
 * and calls _find_and_load_unlocked() with it; _lock_unlock_module(name) waits
 * for somebody else to be done.  Both wait in _ModuleLock.acquire().
 */
#define IMPORTLIB "<frozen importlib._bootstrap>"
#define TAKES "_find_and_load"
#define HAS_TAKEN "_find_and_load_unlocked"
#define ONLY_WAITS "_lock_unlock_module"
#define ACQUIRES "acquire"

/*
 * 2.7 imports in C, with one lock for all: of the thread that holds it, frames
 * of this name are modules that are being imported, but for the outermost.
 */
#define MODULE_LEVEL "<module>"

/* Between them: the manager's __enter__(). */
#define BETWEEN_MAX 2

static bool is_called(const struct fdp_frame *frame, const char *function)
{
	return frame->file && frame->function &&
	       strcmp(frame->function, function) == 0 &&
	       strcmp(frame->file, IMPORTLIB) == 0;
}

/* The str at ADDRESS in *RET_TEXT; NULL there if it is none. */
static int read_text(struct fdp_target *target, struct fdp_report *report,
		     const struct fdp_python *python, uint64_t address,
		     const char **ret_text)
{
	struct fdp_string string = { 0 };
	int r = fdp_string_read(target, python->offsets, address, &string);

	*ret_text = NULL;
	if (r == 0) {
		*ret_text = fdp_string_text(&string, &report->arena);
		r = *ret_text ? 0 : -ENOMEM;
	}
	fdp_string_done(&string);
	return r == -ENOMEM ? r : 0;
}

/* The first argument of FRAME, a str, in *RET_TEXT; NULL there if it is none.
 */
static int read_name(struct fdp_target *target, struct fdp_report *report,
		     const struct fdp_python *python,
		     const struct fdp_frame *frame, const char **ret_text)
{
	uint64_t place = frame->address + python->offsets->frame.locals;
	uint64_t object;

	*ret_text = NULL;
	if (!frame->address ||
	    fdp_target_read_u64(target, place, &object) < 0 ||
	    fdp_target_is_late(target, place))
		return 0;
	object &= ~(uint64_t)python->offsets->code_tags;
	return read_text(target, report, python, object, ret_text);
}

/* __name__ of the module that FRAME runs, in 2.7. */
static int read_module_name(struct fdp_target *target,
			    struct fdp_report *report,
			    const struct fdp_python *python,
			    const struct fdp_frame *frame,
			    const char **ret_text)
{
	uint64_t place = frame->address + python->offsets->frame.globals;
	struct fdp_container dict;
	uint64_t globals, name;

	*ret_text = NULL;
	if (!frame->address ||
	    fdp_target_read_u64(target, place, &globals) < 0 ||
	    fdp_target_is_late(target, place) ||
	    fdp_dict_begin(target, python->offsets, globals, &dict) < 0 ||
	    fdp_dict_find(&dict, python->offsets, "__name__", &name) < 0)
		return 0;
	return read_text(target, report, python, name, ret_text);
}

static int add(struct fdp_report *report, struct fdp_imports *imports,
	       const struct fdp_import *import)
{
	struct fdp_import *all =
		fdp_arena_grow(&report->arena, imports->all, imports->count,
			       &imports->capacity, sizeof(*all));

	if (!all)
		return -ENOMEM;
	imports->all = all;
	all[imports->count++] = *import;
	return 0;
}

/* Index of the frame that waits for a module; or the number of frames. */
static size_t find_waiting(const struct fdp_python_stack *stack)
{
	if (stack->frame_count == 0 || !is_called(&stack->frames[0], ACQUIRES))
		return stack->frame_count;
	for (size_t i = 1; i < stack->frame_count && i <= 1 + BETWEEN_MAX; i++)
		if (is_called(&stack->frames[i], TAKES) ||
		    is_called(&stack->frames[i], ONLY_WAITS))
			return i;
	return stack->frame_count;
}

/* It has called what is called with the lock. */
static bool is_taken(const struct fdp_python_stack *stack, size_t at)
{
	return at > 0 && is_called(&stack->frames[at], TAKES) &&
	       is_called(&stack->frames[at - 1], HAS_TAKEN);
}

static int read_stack(struct fdp_target *target, struct fdp_report *report,
		      const struct fdp_python *python,
		      const struct fdp_python_stack *stack,
		      struct fdp_imports *imports)
{
	size_t waiting = find_waiting(stack);

	for (size_t i = 0; i < stack->frame_count; i++) {
		struct fdp_import import = { .tid = stack->tid,
					     .interpreter = stack->interpreter,
					     .waits = i == waiting };
		int r = 0;

		if (i == waiting || is_taken(stack, i))
			r = read_name(target, report, python, &stack->frames[i],
				      &import.module);
		if (r == 0 && import.module)
			r = add(report, imports, &import);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_old_stack(struct fdp_target *target, struct fdp_report *report,
			  const struct fdp_python *python,
			  const struct fdp_python_stack *stack,
			  struct fdp_imports *imports)
{
	for (size_t i = 0; i + 1 < stack->frame_count; i++) {
		const struct fdp_frame *frame = &stack->frames[i];
		struct fdp_import import = { .tid = stack->tid,
					     .interpreter =
						     stack->interpreter };
		int r = 0;

		if (frame->function &&
		    strcmp(frame->function, MODULE_LEVEL) == 0)
			r = read_module_name(target, report, python, frame,
					     &import.module);
		if (r == 0 && import.module)
			r = add(report, imports, &import);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_any_stack(struct fdp_target *target, struct fdp_report *report,
			  const struct fdp_python *python,
			  const struct fdp_python_stack *stack,
			  struct fdp_imports *imports)
{
	if (python->offsets->major > 2)
		return read_stack(target, report, python, stack, imports);
	if (!python->import_thread ||
	    stack->thread_pointer != python->import_thread)
		return 0;
	return read_old_stack(target, report, python, stack, imports);
}

int fdp_imports_read(struct fdp_target *target, struct fdp_report *report,
		     const struct fdp_python *python,
		     struct fdp_imports *ret_imports)
{
	int r = 0;

	*ret_imports = (struct fdp_imports){ 0 };
	for (size_t i = 0; r == 0 && i < python->stack_count; i++)
		r = read_any_stack(target, report, python, &python->stacks[i],
				   ret_imports);
	return r;
}

const struct fdp_import *fdp_import_awaited(const struct fdp_imports *imports,
					    pid_t tid)
{
	for (size_t i = 0; tid && i < imports->count; i++)
		if (imports->all[i].waits && imports->all[i].tid == tid)
			return &imports->all[i];
	return NULL;
}

const struct fdp_import *fdp_import_owner(const struct fdp_imports *imports,
					  const struct fdp_import *awaited)
{
	for (size_t i = 0; i < imports->count; i++) {
		const struct fdp_import *import = &imports->all[i];

		if (!import->waits && import->tid != awaited->tid &&
		    import->interpreter == awaited->interpreter &&
		    strcmp(import->module, awaited->module) == 0)
			return import;
	}
	return NULL;
}
