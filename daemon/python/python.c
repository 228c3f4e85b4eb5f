#include "python.h"

#include <errno.h>
#include <string.h>

#include "code.h"
#include "exceptions.h"
#include "frames.h"
#include "gil.h"
#include "object_head.h"
#include "runtime.h"
#include "stacks.h"
#include "table.h"
#include "thread_ids.h"

#define LIST_DAMAGED "Python frames: the list of %s is damaged"

struct reader {
	struct fdp_target *target;
	struct fdp_report *report;
	struct fdp_runtime runtime;
	struct fdp_frame_reader frames;
	struct fdp_exception_reader *exceptions;
	struct fdp_python *python;
	size_t stack_capacity;
	struct fdp_table known;	 /* the target's threads, see know_threads() */
	struct fdp_table states; /* the same, by address of a thread state */
	struct fdp_table seen;	 /* addresses of interpreters and states */
	bool gil_decided;
	bool head_decided; /* whether objects have a longer head */
};

/* What the GIL of one interpreter says. */
struct gil {
	bool known, held;
	uint64_t holder; /* a thread state */
};

static int read_word(struct reader *reader, uint64_t address, uint32_t field,
		     uint64_t *ret_value)
{
	if (field == FDP_ABSENT)
		return -ENOENT;
	return fdp_target_read_u64(reader->target, address + field, ret_value);
}

/* In reader->known: threads of the target by tid and by thread pointer. */
enum { BY_TID, BY_POINTER };

static int know_threads(struct reader *reader)
{
	for (size_t i = 0; i < reader->target->thread_count; i++) {
		struct fdp_thread *thread = &reader->target->threads[i];
		uint64_t pointer = thread->registers.thread_pointer;
		pid_t tid = thread->has_registers
				    ? thread->tid
				    : fdp_thread_own_id(reader->target, thread);

		if (fdp_table_add(&reader->known, (uint64_t)tid, BY_TID,
				  thread) < 0)
			return -ENOMEM;
		if (pointer && fdp_table_add(&reader->known, pointer,
					     BY_POINTER, thread) < 0)
			return -ENOMEM;
	}
	return 0;
}

/*
 * The thread that a thread state belongs to, or NULL.  The thread pointer
 * decides where it is known, since Python's thread id is one of another pid
 * namespace in a container, and the parent's in a child made by a bare fork().
 */
static const struct fdp_thread *match_thread(struct reader *reader,
					     uint64_t state, uint64_t pointer)
{
	const struct fdp_thread *thread =
		fdp_table_find(&reader->known, pointer, BY_POINTER);
	uint64_t tid;

	if (thread)
		return thread;
	/* Up to 3.10 it is glibc that knows. */
	if (read_word(reader, state,
		      reader->runtime.offsets.thread.native_thread_id,
		      &tid) < 0)
		tid = (uint64_t)fdp_pthread_own_id(reader->target, pointer);
	thread = fdp_table_find(&reader->known, tid, BY_TID);
	if (thread && thread->registers.thread_pointer)
		return NULL;
	return thread;
}

static void say_truncated(struct reader *reader,
			  const struct fdp_python_stack *stack)
{
	if (stack->truncated && reader->frames.frames_left)
		fdp_report_missing(reader->report,
				   "Python frames of thread %d: the chain is "
				   "broken after %zu of them",
				   (int)stack->tid, stack->frame_count);
}

/*
 * The first thread state that can tell says whether the interpreter was built
 * with Py_TRACE_REFS.  Until then no object has been looked at.
 */
static void decide_head(struct reader *reader, uint64_t state)
{
	struct fdp_python_offsets moved = reader->runtime.offsets;

	if (reader->head_decided)
		return;
	reader->head_decided = fdp_object_head_fits(
		reader->target, &reader->runtime.offsets, state);
	if (reader->head_decided)
		return;
	fdp_object_head_move(&moved);
	reader->head_decided =
		fdp_object_head_fits(reader->target, &moved, state);
	if (reader->head_decided)
		reader->runtime.offsets = moved;
}

/* The number that Python itself gives it. */
static long read_id(struct reader *reader, uint64_t interpreter)
{
	uint64_t id;

	if (read_word(reader, interpreter,
		      reader->runtime.offsets.interpreter.id, &id) < 0 ||
	    id > INT32_MAX)
		return FDP_UNKNOWN;
	return (long)id;
}

/* The frames of STATE, which may not have stood still. */
static int read_frames(struct reader *reader, uint64_t state,
		       struct fdp_python_stack *stack)
{
	uint64_t first = 0;
	enum fdp_stack_state how =
		fdp_stack_find_state(reader->target, state, &first);
	int r = 0;

	reader->frames.first_frame = first;
	if (how == FDP_STACK_WHOLE || first)
		r = fdp_frames_read(&reader->frames, state, stack);
	if (r < 0)
		return r;
	stack->moves = how == FDP_STACK_MOVES;
	if (stack->moves && stack->tid)
		fdp_stack_say_moving(reader->report, stack);
	say_truncated(reader, stack);
	return 0;
}

/* A thread that begins or ends while nobody stops it. */
static bool is_passing(const struct reader *reader,
		       const struct fdp_python_stack *stack)
{
	return !stack->tid && !stack->frame_count &&
	       fdp_stacks_move(reader->target);
}

static int read_thread(struct reader *reader, uint64_t interpreter,
		       uint64_t state)
{
	struct fdp_python *python = reader->python;
	struct fdp_python_stack *stack = fdp_arena_grow(
		&reader->report->arena, python->stacks, python->stack_count,
		&reader->stack_capacity, sizeof(*stack));
	const struct fdp_thread *thread;
	int r;

	if (!stack)
		return -ENOMEM;
	python->stacks = stack;
	stack += python->stack_count;
	stack->interpreter = interpreter;
	stack->interpreter_id = read_id(reader, interpreter);
	stack->evaluation = reader->runtime.offsets.evaluation;
	read_word(reader, state, reader->runtime.offsets.thread.thread_id,
		  &stack->thread_pointer);
	decide_head(reader, state);
	thread = match_thread(reader, state, stack->thread_pointer);
	if (thread) {
		stack->tid = thread->tid;
		r = fdp_table_add(&reader->states, state, 0, (void *)thread);
		if (r < 0)
			return r;
	}
	r = read_frames(reader, state, stack);
	/* Those of a thread that moves would be of different moments. */
	if (r == 0 && reader->exceptions && !stack->moves)
		r = fdp_exceptions_read(reader->exceptions, state,
					&stack->exceptions);
	if (r == 0 && !is_passing(reader, stack))
		python->stack_count++;
	return r;
}

/* 1: not seen before; 0: a circle, or too many of them; -ENOMEM. */
static int may_read(struct reader *reader, uint64_t address, size_t limit,
		    const char *what)
{
	int r = 0;

	if (reader->seen.used < limit)
		r = fdp_table_add(&reader->seen, address, 0, reader);
	if (r == 0)
		fdp_report_missing(reader->report, LIST_DAMAGED, what);
	return r;
}

/* True if the thread state at ADDRESS says that it is of INTERPRETER. */
static bool is_state_of(struct reader *reader, uint64_t address,
			uint64_t interpreter)
{
	uint64_t back;

	return read_word(reader, address,
			 reader->runtime.offsets.thread.interpreter,
			 &back) == 0 &&
	       back == interpreter;
}

static int read_threads(struct reader *reader, uint64_t interpreter)
{
	const struct fdp_python_offsets *offsets = &reader->runtime.offsets;
	uint64_t base = interpreter;
	uint32_t field = offsets->interpreter.threads_head;
	uint64_t state;
	int r;

	while (read_word(reader, base, field, &state) == 0 && state) {
		r = may_read(reader, state, FDP_PYTHON_THREADS_MAX, "threads");
		if (r <= 0)
			return r;
		if (!is_state_of(reader, state, interpreter)) {
			fdp_report_missing(reader->report, LIST_DAMAGED,
					   "threads");
			return 0;
		}
		if (!fdp_stack_has_gone(reader->target, state))
			r = read_thread(reader, interpreter, state);
		if (r < 0)
			return r;
		base = state;
		field = offsets->thread.next;
	}
	return 0;
}

static void read_collecting(struct reader *reader, uint64_t base,
			    uint32_t field)
{
	uint32_t collecting;

	if (field == FDP_ABSENT ||
	    fdp_target_read_u32(reader->target, base + field, &collecting) < 0)
		return;
	if (collecting == 1)
		reader->python->gc_collecting = 1;
	else if (collecting)
		return; /* not the field that it should be */
	else if (reader->python->gc_collecting == FDP_UNKNOWN)
		reader->python->gc_collecting = 0;
}

/* Free-threaded builds have one that nobody takes unless it is asked for. */
static bool is_gil_enabled(struct reader *reader, uint64_t gil)
{
	uint32_t field = reader->runtime.offsets.gil.enabled;
	uint32_t enabled;

	return field == FDP_ABSENT ||
	       (fdp_target_read_u32(reader->target, gil + field, &enabled) ==
			0 &&
		enabled);
}

/* 3.12 on: an interpreter points to its GIL, which several may share. */
static struct gil read_interpreter_gil(struct reader *reader,
				       uint64_t interpreter)
{
	const struct fdp_python_offsets *offsets = &reader->runtime.offsets;
	struct gil gil = { 0 };
	uint64_t address;
	uint32_t locked;

	if (read_word(reader, interpreter, offsets->interpreter.gil, &address) <
		    0 ||
	    !is_gil_enabled(reader, address) ||
	    fdp_target_read_u32(reader->target, address + offsets->gil.locked,
				&locked) < 0 ||
	    read_word(reader, address, offsets->gil.holder, &gil.holder) < 0)
		return gil;
	/* -1 before it was ever taken. */
	gil.known = locked <= 1 || locked == UINT32_MAX;
	gil.held = locked == 1;
	return gil;
}

static int add_interpreter_gil(struct reader *reader, uint64_t interpreter)
{
	uint64_t address;

	if (read_word(reader, interpreter,
		      reader->runtime.offsets.interpreter.gil, &address) < 0 ||
	    !address || !is_gil_enabled(reader, address))
		return 0;
	return fdp_gils_add(reader->target, reader->report,
			    &reader->runtime.offsets, address,
			    &reader->python->gils);
}

/* Up to 3.11: the thread state that is current, which is the one with the GIL.
 */
static struct gil read_runtime_gil(struct reader *reader)
{
	const struct fdp_runtime *runtime = &reader->runtime;
	struct gil gil = { 0 };

	if (runtime->offsets.roots.interpreters)
		gil.known = runtime->roots.current_thread &&
			    read_word(reader, runtime->roots.current_thread, 0,
				      &gil.holder) == 0;
	else
		gil.known = read_word(reader, runtime->address,
				      runtime->offsets.runtime.current_thread,
				      &gil.holder) == 0;
	gil.held = gil.holder != 0;
	return gil;
}

static void set_gil(struct reader *reader, struct gil gil)
{
	const struct fdp_thread *thread =
		gil.held ? fdp_table_find(&reader->states, gil.holder, 0)
			 : NULL;

	reader->python->gil_known = gil.known && (!gil.held || thread);
	reader->python->gil_holder_tid = thread ? thread->tid : FDP_UNKNOWN;
}

/* True if the crashed thread is among the stacks from index FIRST on. */
static bool has_crashed(const struct reader *reader, size_t first)
{
	const struct fdp_target *target = reader->target;

	for (size_t i = first; i < reader->python->stack_count; i++) {
		if (target->thread_count &&
		    reader->python->stacks[i].tid == target->threads[0].tid)
			return true;
	}
	return false;
}

/*
 * Threads, collector and GIL of one interpreter.  The GIL that counts is the
 * one of the crashed thread's interpreter, else of the last in the list, which
 * is the main one.  1; 0 if the list ends here; -ENOMEM.
 */
static int read_interpreter(struct reader *reader, uint64_t interpreter)
{
	const struct fdp_python_offsets *offsets = &reader->runtime.offsets;
	size_t first = reader->python->stack_count;
	int r = may_read(reader, interpreter,
			 FDP_PYTHON_THREADS_MAX + FDP_PYTHON_INTERPRETERS_MAX,
			 "interpreters");

	if (r <= 0)
		return r;
	r = read_threads(reader, interpreter);
	if (r < 0)
		return r;
	read_collecting(reader, interpreter,
			offsets->interpreter.gc_collecting);
	r = add_interpreter_gil(reader, interpreter);
	if (r < 0)
		return r;
	if (reader->gil_decided || offsets->interpreter.gil == FDP_ABSENT)
		return 1;
	set_gil(reader, read_interpreter_gil(reader, interpreter));
	reader->gil_decided = has_crashed(reader, first);
	return 1;
}

static int read_interpreters(struct reader *reader)
{
	const struct fdp_python_offsets *offsets = &reader->runtime.offsets;
	uint64_t base = reader->runtime.address;
	uint64_t interpreter;
	uint32_t field = offsets->runtime.interpreters_head;
	int r = 1;

	while (r > 0 && read_word(reader, base, field, &interpreter) == 0 &&
	       interpreter) {
		r = read_interpreter(reader, interpreter);
		base = interpreter;
		field = offsets->interpreter.next;
	}
	if (r < 0)
		return r;
	if (offsets->interpreter.gil == FDP_ABSENT)
		set_gil(reader, read_runtime_gil(reader));
	if (offsets->runtime.gil != FDP_ABSENT)
		r = fdp_gils_add(reader->target, reader->report, offsets,
				 reader->runtime.address + offsets->runtime.gil,
				 &reader->python->gils);
	fdp_gils_know_holders(&reader->python->gils, &reader->states);
	return r < 0 ? r : 0;
}

/* What is said of the process and not of an interpreter. */
static void read_process(struct reader *reader)
{
	const struct fdp_python_offsets *offsets = &reader->runtime.offsets;
	const struct fdp_roots *roots = &reader->runtime.roots;
	uint64_t finalizing;

	if (roots->collecting)
		read_collecting(reader, roots->collecting, 0);
	read_collecting(reader, reader->runtime.address,
			offsets->runtime.gc_collecting);
	if ((roots->finalizing &&
	     read_word(reader, roots->finalizing, 0, &finalizing) == 0) ||
	    read_word(reader, reader->runtime.address,
		      offsets->runtime.finalizing, &finalizing) == 0)
		reader->python->finalizing = finalizing != 0;
}

static int read_state(struct reader *reader)
{
	const struct fdp_python_offsets *offsets = &reader->runtime.offsets;
	struct fdp_python *python = reader->python;
	int r;

	python->found = true;
	python->version = reader->runtime.version;
	python->major = offsets->major;
	python->minor = offsets->minor;
	python->free_threaded = offsets->free_threaded;
	python->runtime_address = reader->runtime.address;
	python->interpreter = reader->runtime.module;
	reader->runtime.module->is_interpreter = true;
	read_process(reader);
	r = read_interpreters(reader);
	/* Not before: it may have been moved. */
	python->offsets = (const void *)fdp_arena_copy(&reader->report->arena,
						       (const char *)offsets,
						       sizeof(*offsets));
	return r == 0 && !python->offsets ? -ENOMEM : r;
}

/* 0 or -ENOMEM. */
static int begin_locals(struct reader *reader)
{
	const struct fdp_python_offsets *offsets = &reader->runtime.offsets;

	if (offsets->values_known)
		return fdp_locals_new(reader->target, offsets, reader->report,
				      &reader->frames.locals);
	fdp_report_missing(reader->report, "Python locals: how this build of "
					   "Python keeps values is not known");
	return 0;
}

static int read_found(struct reader *reader, unsigned flags)
{
	int r = know_threads(reader);

	if (r < 0)
		return r;
	r = fdp_codes_new(reader->target, &reader->runtime.offsets,
			  reader->report, &reader->frames.codes);
	if (r == 0 && (flags & FDP_PYTHON_LOCALS))
		r = begin_locals(reader);
	if (r == 0 && (flags & FDP_PYTHON_EXCEPTIONS))
		r = fdp_exception_reader_new(
			reader->target, &reader->runtime.offsets,
			reader->report, reader->frames.codes,
			&reader->exceptions);
	if (r < 0)
		return r;
	return read_state(reader);
}

int fdp_python_read(struct fdp_target *target, struct fdp_report *report,
		    unsigned flags, struct fdp_python *ret_python)
{
	struct reader reader = {
		.target = target,
		.report = report,
		.python = ret_python,
	};
	int r;

	*ret_python = (struct fdp_python){
		.gil_holder_tid = FDP_UNKNOWN,
		.gc_collecting = FDP_UNKNOWN,
		.finalizing = FDP_UNKNOWN,
	};
	r = fdp_runtime_find(target, report, &reader.runtime);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	reader.frames = (struct fdp_frame_reader){
		.target = target,
		.offsets = &reader.runtime.offsets,
		.report = report,
		.frames_left = FDP_PYTHON_FRAMES_MAX,
	};
	r = read_found(&reader, flags);
	fdp_locals_free(reader.frames.locals);
	fdp_exception_reader_free(reader.exceptions);
	fdp_codes_free(reader.frames.codes);
	fdp_table_done(&reader.known);
	fdp_table_done(&reader.states);
	fdp_table_done(&reader.seen);
	return r;
}
