#include "fold.h"

#include <string.h>

static bool is_interpreter(const struct fdp_frame *frame)
{
	return frame->kind == FDP_FRAME_NATIVE && frame->module &&
	       frame->module->is_interpreter;
}

size_t fdp_fold_top(const struct fdp_report_thread *thread)
{
	size_t top = 0;

	while (top < thread->frame_count) {
		const struct fdp_frame *frame = &thread->frames[top];

		if (!is_interpreter(frame) &&
		    (frame->kind != FDP_FRAME_NATIVE ||
		     (!fdp_module_is_system(frame->module) &&
		      !fdp_module_is_ours(frame->module))))
			break;
		top++;
	}
	return top;
}

bool fdp_fold_is_group(const struct fdp_report_thread *thread, size_t top,
		       size_t at)
{
	return at >= top && is_interpreter(&thread->frames[at]);
}

size_t fdp_fold_entry(const struct fdp_report_thread *thread, size_t top,
		      size_t at)
{
	size_t end = at + 1;

	if (!fdp_fold_is_group(thread, top, at))
		return 1;
	while (end < thread->frame_count &&
	       is_interpreter(&thread->frames[end]))
		end++;
	return end - at;
}

static bool same_string(const char *left, const char *right)
{
	return left == right || (left && right && strcmp(left, right) == 0);
}

bool fdp_frame_equal(const struct fdp_frame *left,
		     const struct fdp_frame *right)
{
	if (left->kind != right->kind || left->line != right->line ||
	    !same_string(left->function, right->function))
		return false;
	if (left->kind == FDP_FRAME_PYTHON)
		return left->column == right->column &&
		       left->end_column == right->end_column &&
		       same_string(left->qualname, right->qualname) &&
		       same_string(left->file, right->file);
	return left->pc == right->pc && left->inlined == right->inlined &&
	       left->gap_bytes == right->gap_bytes &&
	       left->found == right->found;
}

/*
 * Within a recursion the interpreter may take another way to the same call (it
 * specialises itself), so of its frames only the functions are compared.
 */
static bool repeats(const struct fdp_frame *left, const struct fdp_frame *right)
{
	if (is_interpreter(left) && is_interpreter(right))
		return same_string(left->function, right->function) &&
		       (left->function || left->pc == right->pc);
	return fdp_frame_equal(left, right);
}

static size_t count_rounds(const struct fdp_report_thread *thread, size_t at,
			   size_t frames)
{
	size_t end = at + frames;

	while (end < thread->frame_count &&
	       repeats(&thread->frames[end], &thread->frames[end - frames]))
		end++;
	return (end - at) / frames;
}

struct fdp_cycle fdp_fold_cycle(const struct fdp_report_thread *thread,
				size_t top, size_t at)
{
	struct fdp_cycle cycle = { 0, 0, 1 };

	while (cycle.entries < FDP_FOLD_CYCLE_MAX &&
	       at + cycle.frames < thread->frame_count) {
		cycle.frames += fdp_fold_entry(thread, top, at + cycle.frames);
		cycle.entries++;
		cycle.rounds = count_rounds(thread, at, cycle.frames);
		/* One round more is no line saved. */
		if (cycle.rounds > FDP_FOLD_SHOWN)
			return cycle;
	}
	return (struct fdp_cycle){
		.entries = 1,
		.frames = fdp_fold_entry(thread, top, at),
		.rounds = 1,
	};
}

/* Those of a recursion are not compared: it is folded all the same. */
static bool same_locals(const struct fdp_frame *left,
			const struct fdp_frame *right)
{
	if (left->local_count != right->local_count)
		return false;
	for (size_t i = 0; i < left->local_count; i++) {
		if (strcmp(left->locals[i].name, right->locals[i].name) != 0 ||
		    strcmp(left->locals[i].value, right->locals[i].value) != 0)
			return false;
	}
	return true;
}

static bool has_exceptions(const struct fdp_report_thread *thread)
{
	return thread->exceptions.count > 0;
}

bool fdp_stack_equal(const struct fdp_report_thread *left,
		     const struct fdp_report_thread *right)
{
	/* What they were handling would be told of one only. */
	if (left->frame_count != right->frame_count || has_exceptions(left) ||
	    has_exceptions(right))
		return false;
	for (size_t i = 0; i < left->frame_count; i++) {
		if (!fdp_frame_equal(&left->frames[i], &right->frames[i]) ||
		    !same_locals(&left->frames[i], &right->frames[i]))
			return false;
	}
	return true;
}

/* FNV-1a, over what fdp_frame_equal() compares and is cheap to take. */
uint64_t fdp_stack_hash(const struct fdp_report_thread *thread)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	/* Not among those that are equal to each other. */
	if (has_exceptions(thread))
		hash = ~hash;

	for (size_t i = 0; i < thread->frame_count; i++) {
		const struct fdp_frame *frame = &thread->frames[i];
		uint64_t value = frame->kind == FDP_FRAME_NATIVE
					 ? frame->pc
					 : (uint64_t)frame->line;

		hash = (hash ^ value) * UINT64_C(1099511628211);
		hash = (hash ^ frame->kind) * UINT64_C(1099511628211);
	}
	return hash;
}
