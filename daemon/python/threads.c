/* The threads of an interpreter, and which of the target's each is. */
#include "reader.h"

#include "../base/util.h"
#include "object_head.h"
#include "python.h"
#include "stacks.h"
#include "thread_ids.h"

/* In reader->known: threads of the target by tid and by thread pointer. */
enum { BY_TID, BY_POINTER };

int fdp_reader_know_threads(struct fdp_python_reader *reader)
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
static const struct fdp_thread *match_thread(struct fdp_python_reader *reader,
					     uint64_t state, uint64_t pointer)
{
	const struct fdp_thread *thread =
		fdp_table_find(&reader->known, pointer, BY_POINTER);
	uint64_t tid;

	if (thread)
		return thread;
	/* Up to 3.10 it is glibc that knows. */
	if (fdp_reader_word(reader, state,
			    reader->runtime.offsets.thread.native_thread_id,
			    &tid) < 0)
		tid = (uint64_t)fdp_pthread_own_id(reader->target, pointer);
	thread = fdp_table_find(&reader->known, tid, BY_TID);
	if (thread && thread->registers.thread_pointer)
		return NULL;
	return thread;
}

static void say_truncated(struct fdp_python_reader *reader,
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
static void decide_head(struct fdp_python_reader *reader, uint64_t state)
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
static long read_id(struct fdp_python_reader *reader, uint64_t interpreter)
{
	uint64_t id;

	if (fdp_reader_word(reader, interpreter,
			    reader->runtime.offsets.interpreter.id, &id) < 0 ||
	    id > INT32_MAX)
		return FDP_UNKNOWN;
	return (long)id;
}

/* The frames of STATE, which may not have stood still. */
static int read_frames(struct fdp_python_reader *reader, uint64_t state,
		       const struct fdp_thread *thread,
		       struct fdp_python_stack *stack)
{
	uint64_t first = 0;
	enum fdp_stack_state how =
		fdp_stack_find_state(reader->target, state, &first);
	int r = 0;

	reader->frames.first_frame = first;
	reader->frames.standing =
		thread && thread->has_registers && !thread->crashed
			? &thread->registers
			: NULL;
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
static bool is_passing(const struct fdp_python_reader *reader,
		       const struct fdp_python_stack *stack)
{
	return !stack->tid && !stack->frame_count &&
	       fdp_stacks_move(reader->target);
}

/* What STATE says of its thread: _Py_THREAD_ATTACHED and the like. */
static const char *read_attachment(struct fdp_python_reader *reader,
				   uint64_t state)
{
	static const char *const words[] = {
		"detached",	 "attached",	      "suspended",
		"shutting-down", "suspended-waiting", "detached-waiting",
	};
	uint32_t field = reader->runtime.offsets.thread.state;
	uint32_t value;

	if (field == FDP_ABSENT ||
	    fdp_target_read_u32(reader->target, state + field, &value) < 0 ||
	    value >= ARRAY_SIZE(words))
		return NULL;
	return words[value];
}

static int read_thread(struct fdp_python_reader *reader, uint64_t interpreter,
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
	stack->state = state;
	stack->interpreter = interpreter;
	stack->interpreter_id = read_id(reader, interpreter);
	stack->evaluation = reader->runtime.offsets.evaluation;
	stack->is_daemon = FDP_UNKNOWN;
	stack->attachment = read_attachment(reader, state);
	fdp_reader_word(reader, state, reader->runtime.offsets.thread.thread_id,
			&stack->thread_pointer);
	decide_head(reader, state);
	thread = match_thread(reader, state, stack->thread_pointer);
	if (thread) {
		stack->tid = thread->tid;
		r = fdp_table_add(&reader->states, state, 0, (void *)thread);
		if (r < 0)
			return r;
	}
	r = read_frames(reader, state, thread, stack);
	/* Those of a thread that moves would be of different moments. */
	if (r == 0 && reader->exceptions && !stack->moves)
		r = fdp_exceptions_read(reader->exceptions, state,
					&stack->exceptions);
	if (r == 0 && !is_passing(reader, stack))
		python->stack_count++;
	return r;
}

/* True if the thread state at ADDRESS says that it is of INTERPRETER. */
static bool is_state_of(struct fdp_python_reader *reader, uint64_t address,
			uint64_t interpreter)
{
	uint64_t back;

	return fdp_reader_word(reader, address,
			       reader->runtime.offsets.thread.interpreter,
			       &back) == 0 &&
	       back == interpreter;
}

int fdp_reader_threads(struct fdp_python_reader *reader, uint64_t interpreter)
{
	const struct fdp_python_offsets *offsets = &reader->runtime.offsets;
	uint64_t base = interpreter;
	uint32_t field = offsets->interpreter.threads_head;
	uint64_t state;
	int r;

	while ((state = fdp_reader_next(reader, base, field))) {
		r = fdp_reader_may_read(reader, state, FDP_PYTHON_THREADS_MAX,
					"threads");
		if (r <= 0)
			return r;
		if (!is_state_of(reader, state, interpreter)) {
			reader->python->threads_whole = false;
			fdp_report_missing(reader->report, FDP_LIST_DAMAGED,
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
