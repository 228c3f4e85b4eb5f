#include "owners.h"

/* The innermost anchor of STACK, or 0. */
static uint64_t anchor_of(const struct fdp_python_stack *stack)
{
	for (size_t i = 0; i < stack->run_count; i++)
		if (stack->runs[i].anchor)
			return stack->runs[i].anchor;
	return 0;
}

static bool holds(const struct fdp_native_stack *native, uint64_t anchor)
{
	for (size_t i = 0; i < native->frame_count; i++)
		if (native->frames[i].stack_low <= anchor &&
		    anchor < native->frames[i].stack_high)
			return true;
	return false;
}

/* The index of the thread that Python says, or thread_count. */
static size_t said(const struct fdp_subject *subject,
		   const struct fdp_python_stack *stack)
{
	size_t i = 0;

	while (i < subject->thread_count &&
	       subject->threads[i].tid != stack->tid)
		i++;
	return i;
}

static void settle(const struct fdp_subject *subject,
		   const struct fdp_native_stack *natives,
		   struct fdp_python_stack *stack)
{
	uint64_t anchor = anchor_of(stack);
	size_t first = said(subject, stack);

	if (!anchor ||
	    (first < subject->thread_count && holds(&natives[first], anchor)))
		return;
	for (size_t i = 0; i < subject->thread_count; i++) {
		if (holds(&natives[i], anchor)) {
			stack->tid = subject->threads[i].tid;
			return;
		}
	}
}

void fdp_owners_settle(const struct fdp_subject *subject,
		       const struct fdp_native_stack *natives,
		       struct fdp_python *python)
{
	for (size_t i = 0; i < python->stack_count; i++)
		settle(subject, natives, &python->stacks[i]);
}
