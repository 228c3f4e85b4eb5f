#include "view.h"

#include <string.h>

/* Frames of a stack or a traceback, most recent call first. */
struct stack {
	struct fdp_frame *frames;
	size_t count;
};

static void drop_native(struct stack *stack)
{
	size_t kept = 0;

	for (size_t i = 0; i < stack->count; i++)
		if (stack->frames[i].kind == FDP_FRAME_PYTHON)
			stack->frames[kept++] = stack->frames[i];
	stack->count = kept;
}

/* How many frames from the first on have LIMIT Python frames among them. */
static size_t count_first(const struct stack *stack, unsigned long limit)
{
	size_t at = 0;

	for (; at < stack->count; at++) {
		if (stack->frames[at].kind != FDP_FRAME_PYTHON)
			continue;
		if (limit-- == 0)
			break;
	}
	return at;
}

/* The same from the last one on. */
static size_t count_last(const struct stack *stack, unsigned long limit)
{
	size_t at = stack->count;

	for (; at > 0; at--) {
		if (stack->frames[at - 1].kind != FDP_FRAME_PYTHON)
			continue;
		if (limit-- == 0)
			break;
	}
	return stack->count - at;
}

static void limit_stack(struct stack *stack, bool innermost,
			unsigned long limit)
{
	size_t kept;

	if (innermost) {
		stack->count = count_first(stack, limit);
		return;
	}
	kept = count_last(stack, limit);
	memmove(stack->frames, stack->frames + stack->count - kept,
		kept * sizeof(*stack->frames));
	stack->count = kept;
}

static void strip(const struct fdp_view *view, struct stack *stack)
{
	for (size_t i = 0; i < stack->count; i++) {
		if (view->no_source) {
			stack->frames[i].source = stack->frames[i].lines = NULL;
			stack->frames[i].source_changed = false;
		}
		if (!view->no_locals)
			continue;
		stack->frames[i].locals = NULL;
		stack->frames[i].local_count = 0;
	}
}

static void look(const struct fdp_view *view, bool of_exception,
		 struct fdp_frame *frames, size_t *count)
{
	struct stack stack = { frames, *count };

	if (view->no_native)
		drop_native(&stack);
	if (view->limited && view->limit >= 0)
		limit_stack(&stack, !of_exception, (unsigned long)view->limit);
	else if (view->limited)
		limit_stack(&stack, of_exception,
			    0 - (unsigned long)view->limit);
	strip(view, &stack);
	*count = stack.count;
}

static void look_at_exceptions(const struct fdp_view *view,
			       struct fdp_exceptions *exceptions)
{
	for (size_t i = 0; i < exceptions->count; i++) {
		struct fdp_exception *exception = &exceptions->list[i];

		look(view, true, exception->frames, &exception->frame_count);
		if (view->no_chain)
			exception->cause = exception->context = FDP_UNKNOWN;
	}
}

void fdp_view_apply(const struct fdp_view *view, struct fdp_report *report)
{
	for (size_t i = 0; i < report->thread_count; i++) {
		struct fdp_report_thread *thread = &report->threads[i];

		thread->hidden = view->limited && view->limit == 0;
		look(view, false, thread->frames, &thread->frame_count);
		look_at_exceptions(view, &thread->exceptions);
	}
	for (size_t i = 0; i < report->tasks.count; i++)
		look(view, false, report->tasks.list[i].frames,
		     &report->tasks.list[i].frame_count);
	for (size_t i = 0; i < report->greenlets.count; i++)
		look(view, false, report->greenlets.list[i].frames,
		     &report->greenlets.list[i].frame_count);
}

bool fdp_view_has_locals(const struct fdp_report *report)
{
	for (size_t i = 0; i < report->thread_count; i++) {
		const struct fdp_report_thread *thread = &report->threads[i];

		for (size_t j = 0; j < thread->frame_count; j++)
			if (thread->frames[j].locals)
				return true;
	}
	return false;
}
