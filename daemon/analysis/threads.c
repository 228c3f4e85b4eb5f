#include "threads.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "../native/unwind.h"
#include "merge.h"

static void unwinder_cleanup(struct fdp_unwinder **unwinder)
{
	fdp_unwinder_free(*unwinder);
}

/* What became of the native stacks, said in one sentence for all threads. */
struct outcome {
	size_t all;
	size_t blind;	  /* threads without registers */
	size_t truncated; /* whose stack ends early */
	pid_t first;	  /* of those that end early */
	size_t gaps;
	pid_t first_with_gaps;
};

static struct outcome look_at(const struct fdp_subject *subject,
			      const struct fdp_native_stack *stacks)
{
	struct outcome outcome = { .all = subject->thread_count };

	for (size_t i = 0; i < subject->thread_count; i++) {
		outcome.blind += !subject->threads[i].has_registers;
		if (stacks[i].truncated && outcome.truncated++ == 0)
			outcome.first = subject->threads[i].tid;
		if (stacks[i].gaps && outcome.gaps == 0)
			outcome.first_with_gaps = subject->threads[i].tid;
		outcome.gaps += stacks[i].gaps;
	}
	return outcome;
}

static void say_outcome(struct fdp_target *target, struct fdp_report *report,
			const struct outcome *outcome)
{
	const char *value;

	/* Whoever captured has said already why registers are missing. */
	if (outcome->blind > 0 &&
	    fdp_target_fact(target, "capture/missing", &value, NULL) < 0)
		fdp_report_missing(report,
				   "native frames of %zu of %zu threads: their "
				   "registers are not known",
				   outcome->blind, outcome->all);
	if (outcome->truncated == 1)
		fdp_report_missing(report,
				   "thread %ld: the native stack ends before "
				   "the outermost frame",
				   (long)outcome->first);
	else if (outcome->truncated > 1)
		fdp_report_missing(
			report,
			"%zu threads: the native stack ends before "
			"the outermost frame (thread %ld and others)",
			outcome->truncated, (long)outcome->first);
	if (outcome->gaps)
		fdp_report_missing(
			report,
			"native frames are missing at %zu place%s where the "
			"stack could not be followed (thread %ld)",
			outcome->gaps, outcome->gaps == 1 ? "" : "s",
			(long)outcome->first_with_gaps);
}

/* By tid where Python knows it, else by pthread_t. */
static bool belongs(const struct fdp_python_stack *stack,
		    const struct fdp_thread *thread)
{
	if (stack->tid != 0)
		return stack->tid == thread->tid;
	return thread->has_registers && stack->thread_pointer != 0 &&
	       stack->thread_pointer == thread->registers.thread_pointer;
}

static int compare_addresses(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left;
	uint64_t b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

/* The anchors of THREAD, ascending, malloc'ed.  0 or -ENOMEM. */
static int collect_anchors(const struct fdp_python *python,
			   const struct fdp_thread *thread,
			   uint64_t **ret_anchors, size_t *ret_count)
{
	_cleanup_free_ uint64_t *anchors = NULL;
	size_t count = 0, most = 0;

	for (size_t i = 0; i < python->stack_count; i++)
		if (belongs(&python->stacks[i], thread))
			most += python->stacks[i].run_count;
	anchors = calloc(most + 1, sizeof(*anchors));
	if (!anchors)
		return -ENOMEM;
	for (size_t i = 0; i < python->stack_count; i++) {
		const struct fdp_python_stack *stack = &python->stacks[i];

		for (size_t j = 0;
		     belongs(stack, thread) && j < stack->run_count; j++)
			if (stack->runs[j].anchor)
				anchors[count++] = stack->runs[j].anchor;
	}
	qsort(anchors, count, sizeof(*anchors), compare_addresses);
	*ret_anchors = TAKE_PTR(anchors);
	*ret_count = count;
	return 0;
}

static bool has_frames(const struct fdp_python *python,
		       const struct fdp_thread *thread)
{
	for (size_t i = 0; i < python->stack_count; i++)
		if (belongs(&python->stacks[i], thread) &&
		    python->stacks[i].frame_count)
			return true;
	return false;
}

static int unwind_one(struct fdp_unwinder *unwinder,
		      const struct fdp_python *python,
		      const struct fdp_thread *thread,
		      struct fdp_native_stack *stack)
{
	_cleanup_free_ uint64_t *anchors = NULL;
	size_t count;
	int r = collect_anchors(python, thread, &anchors, &count);

	if (r < 0)
		return r;
	fdp_unwinder_anchors(unwinder, anchors, count,
			     has_frames(python, thread));
	r = fdp_unwind(unwinder, thread, stack);
	fdp_unwinder_anchors(unwinder, NULL, 0, false);
	stack->tid = thread->tid;
	return r == -ENOMEM ? r : 0;
}

/* Those that were lost before another thread showed what an evaluation is. */
static int unwind_lost(struct fdp_unwinder *unwinder,
		       const struct fdp_python *python,
		       const struct fdp_subject *subject,
		       struct fdp_native_stack *stacks, size_t count)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++)
		if (stacks[i].truncated || stacks[i].gaps)
			r = unwind_one(unwinder, python, &subject->threads[i],
				       &stacks[i]);
	return r;
}

static int unwind_all(struct fdp_unwinder *unwinder,
		      const struct fdp_python *python,
		      const struct fdp_subject *subject,
		      struct fdp_native_stack *stacks)
{
	size_t blind = subject->thread_count;

	for (size_t i = 0; i < subject->thread_count; i++) {
		int r = unwind_one(unwinder, python, &subject->threads[i],
				   &stacks[i]);

		if (r < 0)
			return r;
		if (blind > i && fdp_unwinder_has_learned(unwinder))
			blind = i;
	}
	if (blind == subject->thread_count)
		return 0;
	return unwind_lost(unwinder, python, subject, stacks, blind);
}

/* The first frame of the fault: not that of its handler. */
static struct fdp_frame *first_frame(const struct fdp_subject *subject,
				     const struct fdp_native_stack *stack)
{
	size_t at = fdp_subject_handler_frames(subject, stack->frames,
					       stack->frame_count);

	return at < stack->frame_count ? &stack->frames[at] : NULL;
}

/* A breakpoint instruction is reported with the pc behind it. */
static void adjust_trap(const struct fdp_subject *subject,
			const struct fdp_native_stack *stack)
{
	struct fdp_frame *frame = first_frame(subject, stack);

	if (frame && subject->fault.signal == SIGTRAP &&
	    subject->fault.code > 0)
		frame->exact_pc = false;
}

int fdp_threads_unwind(struct fdp_target *target, struct fdp_report *report,
		       const struct fdp_python *python,
		       struct fdp_subject *subject,
		       struct fdp_native_stack **ret_stacks)
{
	__attribute__((cleanup(
		unwinder_cleanup))) struct fdp_unwinder *unwinder = NULL;
	struct fdp_native_stack *stacks;
	struct outcome outcome;
	int r;

	stacks = fdp_arena_array(&report->arena, subject->thread_count + 2,
				 sizeof(*stacks));
	if (!stacks)
		return -ENOMEM;
	r = fdp_unwinder_new(target, report, &unwinder);
	if (r == 0)
		r = unwind_all(unwinder, python, subject, stacks);
	if (r == 0 && fdp_subject_prefer_noted(target, stacks, subject))
		r = unwind_one(unwinder, python, &subject->threads[0],
			       &stacks[0]);
	if (r < 0)
		return r;
	adjust_trap(subject, &stacks[0]);
	outcome = look_at(subject, stacks);
	say_outcome(target, report, &outcome);
	*ret_stacks = stacks;
	return 0;
}

/* Of two interpreters on one thread, those of the first that has any. */
static void join_exceptions(struct fdp_report *report,
			    const struct fdp_python_stack *right,
			    struct fdp_python_stack *joined)
{
	if (joined->exceptions.count && right->exceptions.count)
		fdp_report_missing(report,
				   "exceptions: thread %ld runs several "
				   "interpreters, those of one are shown",
				   (long)joined->tid);
	else if (right->exceptions.count)
		joined->exceptions = right->exceptions;
}

/* A thread is attached to one of its interpreters at most. */
static const char *join_attachments(const struct fdp_python_stack *left,
				    const struct fdp_python_stack *right)
{
	bool detached =
		left->attachment && strcmp(left->attachment, "detached") == 0;

	return detached ? right->attachment : left->attachment;
}

/* What is still to be taken of one of two stacks, from the innermost out. */
struct half {
	const struct fdp_python_stack *stack;
	size_t next;
	uint64_t anchor; /* of what was taken: what it has called lies below */
};

static bool has_anchors(const struct fdp_python_stack *stack)
{
	for (size_t i = 0; i < stack->run_count; i++)
		if (stack->runs[i].anchor)
			return true;
	return false;
}

/*
 * Where on the C stack the next run is.  One that does not say it is where what
 * it has called is.  A stack of which none says it has lost its outer end; it
 * is taken for the outer one, if it is that of the interpreter that has made
 * the others.
 */
static uint64_t next_anchor(const struct half *half)
{
	uint64_t anchor = half->stack->runs[half->next].anchor;

	if (half->stack->interpreter_id == 0 && half->stack->truncated &&
	    !has_anchors(half->stack))
		return UINT64_MAX;
	return anchor > half->anchor ? anchor : half->anchor;
}

/* The next run of HALF, with its frames, goes behind what JOINED has. */
static void take_run(struct half *half, struct fdp_python_stack *joined)
{
	const struct fdp_python_run *run = &half->stack->runs[half->next];
	struct fdp_python_run *taken = &joined->runs[joined->run_count++];

	half->anchor = next_anchor(half);
	half->next++;
	*taken = *run;
	taken->first = joined->frame_count;
	if (run->count)
		memcpy(joined->frames + taken->first,
		       half->stack->frames + run->first,
		       run->count * sizeof(*joined->frames));
	joined->frame_count += run->count;
}

static bool is_done(const struct half *half)
{
	return half->next == half->stack->run_count;
}

/* Each stack keeps its own order. */
static void take_runs(const struct fdp_python_stack *left,
		      const struct fdp_python_stack *right,
		      struct fdp_python_stack *joined)
{
	struct half one = { .stack = left }, other = { .stack = right };

	while (!is_done(&one) || !is_done(&other)) {
		bool first = is_done(&other) ||
			     (!is_done(&one) &&
			      next_anchor(&one) <= next_anchor(&other));

		take_run(first ? &one : &other, joined);
	}
}

/*
 * Two interpreters can have called each other on one thread: one stack out of
 * both, ordered by where they stand on the C stack.
 */
static int join(struct fdp_report *report, const struct fdp_python_stack *left,
		const struct fdp_python_stack *right,
		struct fdp_python_stack *ret_joined)
{
	size_t frames = left->frame_count + right->frame_count;
	size_t runs = left->run_count + right->run_count;
	struct fdp_python_stack joined = *left;

	joined.frames = fdp_arena_array(&report->arena, frames + 1,
					sizeof(*joined.frames));
	joined.runs =
		fdp_arena_array(&report->arena, runs + 1, sizeof(*joined.runs));
	if (!joined.frames || !joined.runs)
		return -ENOMEM;
	joined.frame_count = joined.run_count = 0;
	take_runs(left, right, &joined);
	joined.truncated = left->truncated || right->truncated;
	joined.moves = left->moves || right->moves;
	if (!left->name) {
		joined.name = right->name;
		joined.is_daemon = right->is_daemon;
	}
	joined.attachment = join_attachments(left, right);
	join_exceptions(report, right, &joined);
	*ret_joined = joined;
	return 0;
}

/* Where on the C stack STACK begins: what is deeper is lower. */
static uint64_t innermost(const struct fdp_python_stack *stack)
{
	for (size_t i = 0; i < stack->run_count; i++)
		if (stack->runs[i].anchor)
			return stack->runs[i].anchor;
	return UINT64_MAX;
}

/* Notes whose code STACK is, in THREAD, unless it runs none. */
static int add_interpreter(struct fdp_report *report,
			   const struct fdp_python_stack *stack, bool is_inner,
			   struct fdp_report_thread *thread)
{
	size_t count = thread->interpreter_count;
	long *ids;

	if (stack->interpreter_id == FDP_UNKNOWN || !stack->frame_count)
		return 0;
	ids = fdp_arena_array(&report->arena, count + 1, sizeof(*ids));
	if (!ids)
		return -ENOMEM;
	if (count)
		memcpy(ids + is_inner, thread->interpreters,
		       count * sizeof(*ids));
	ids[is_inner ? 0 : count] = stack->interpreter_id;
	thread->interpreters = ids;
	thread->interpreter_count = count + 1;
	return 0;
}

/* The Python stack of THREAD; USED marks what has found its thread. */
static int python_stack(struct fdp_report *report,
			const struct fdp_thread *thread,
			const struct fdp_python *python, bool *used,
			struct fdp_python_stack *ret_stack,
			struct fdp_report_thread *out)
{
	for (size_t i = 0; i < python->stack_count; i++) {
		const struct fdp_python_stack *stack = &python->stacks[i];
		int r = 0;

		if (used[i] || !belongs(stack, thread))
			continue;
		used[i] = true;
		r = add_interpreter(report, stack,
				    innermost(stack) < innermost(ret_stack),
				    out);
		if (r < 0)
			return r;
		if (out->python_thread)
			r = join(report, ret_stack, stack, ret_stack);
		else
			*ret_stack = *stack;
		out->python_thread = true;
		if (r < 0)
			return r;
	}
	return 0;
}

static int holds_gil(const struct fdp_python *python, pid_t tid)
{
	if (!python->found ||
	    (!python->gil_known && python->gil_holder_tid == FDP_UNKNOWN))
		return FDP_UNKNOWN;
	return python->gil_holder_tid == tid;
}

static int fill_thread(struct fdp_report *report,
		       const struct fdp_thread *thread,
		       const struct fdp_native_stack *native,
		       const struct fdp_python *python, bool *used,
		       struct fdp_report_thread *out)
{
	struct fdp_python_stack stack = { .is_daemon = FDP_UNKNOWN };
	int r;

	out->tid = thread->tid;
	out->crashed = thread->crashed;
	out->is_foreign = out->is_collecting = FDP_UNKNOWN;
	out->holds_gil = holds_gil(python, thread->tid);
	if (thread->name[0]) {
		out->name = fdp_arena_copy(
			&report->arena, thread->name,
			strnlen(thread->name, sizeof(thread->name)));
		if (!out->name)
			return -ENOMEM;
	}
	r = python_stack(report, thread, python, used, &stack, out);
	if (r < 0)
		return r;
	out->kept_moving = stack.moves;
	out->python_name = stack.name;
	out->is_daemon = stack.is_daemon;
	out->attachment = stack.attachment;
	out->exceptions = stack.exceptions;
	return fdp_merge(report, native, &stack, &out->frames,
			 &out->frame_count, &out->merging);
}

/* The frames of the fault only, whose place the handler's have shown. */
static void drop_handler(const struct fdp_subject *subject,
			 struct fdp_report_thread *thread)
{
	size_t count = fdp_subject_handler_frames(subject, thread->frames,
						  thread->frame_count);

	thread->frames += count;
	thread->frame_count -= count;
}

/* A thread that Python believes in and the system does not list. */
static int fill_ghost(struct fdp_report *report,
		      const struct fdp_python_stack *stack,
		      const struct fdp_python *python,
		      struct fdp_report_thread *out)
{
	if (add_interpreter(report, stack, false, out) < 0)
		return -ENOMEM;
	out->tid = stack->tid;
	out->python_thread = true;
	out->holds_gil =
		stack->tid ? holds_gil(python, stack->tid) : FDP_UNKNOWN;
	out->exceptions = stack->exceptions;
	out->python_name = stack->name;
	out->is_daemon = stack->is_daemon;
	out->attachment = stack->attachment;
	out->is_foreign = out->is_collecting = FDP_UNKNOWN;
	fdp_report_missing(report,
			   "a thread that Python knows (tid %ld, pthread "
			   "0x%llx) was not found among those of the process",
			   (long)stack->tid,
			   (unsigned long long)stack->thread_pointer);
	return fdp_merge(report, NULL, stack, &out->frames, &out->frame_count,
			 &out->merging);
}

int fdp_threads_fill(const struct fdp_subject *subject,
		     struct fdp_report *report,
		     const struct fdp_native_stack *natives,
		     const struct fdp_python *python)
{
	_cleanup_free_ bool *used =
		calloc(python->stack_count + 1, sizeof(*used));
	size_t count = subject->thread_count;
	int r = 0;

	report->threads =
		fdp_arena_array(&report->arena, count + python->stack_count + 1,
				sizeof(*report->threads));
	if (!used || !report->threads)
		return -ENOMEM;
	for (size_t i = 0; i < count && r == 0; i++)
		r = fill_thread(report, &subject->threads[i], &natives[i],
				python, used, &report->threads[i]);
	if (r == 0 && count > 0)
		drop_handler(subject, &report->threads[0]);
	for (size_t i = 0; i < python->stack_count && r == 0; i++) {
		if (!used[i])
			r = fill_ghost(report, &python->stacks[i], python,
				       &report->threads[count++]);
	}
	report->thread_count = count;
	return r;
}
