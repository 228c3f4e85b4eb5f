#include "c_stack.h"

#include <errno.h>
#include <string.h>

#include "../base/util.h"
#include "../native/dynamic.h"
#include "../native/modules.h"
#include "../native/unwind.h"

/* The way from a function of the API to the system call has a few. */
#define OWN_FRAMES_MAX 16

static void unwinder_cleanup(struct fdp_unwinder **unwinder)
{
	fdp_unwinder_free(*unwinder);
}

/* The names of all frames in MODULE, for which its tables are read once. */
static int name_in(struct fdp_target *target, struct fdp_report *report,
		   const struct fdp_module *module,
		   const struct fdp_c_stack *stack)
{
	struct fdp_exported exported[FDP_C_STACK_MAX] = { { 0 } };
	struct fdp_frame *frames[FDP_C_STACK_MAX];
	size_t count = 0;
	int r;

	for (size_t i = 0; i < stack->count; i++) {
		if (stack->frames[i].module != module)
			continue;
		exported[count].address = stack->frames[i].pc;
		frames[count++] = &stack->frames[i];
	}
	r = fdp_dynamic_name(target, module, &report->arena, exported, count);
	for (size_t i = 0; i < count; i++) {
		frames[i]->function = exported[i].name;
		frames[i]->offset = exported[i].address - exported[i].start;
	}
	return r == -ENOMEM ? r : 0;
}

static bool is_first_of_module(const struct fdp_c_stack *stack, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (stack->frames[i].module == stack->frames[at].module)
			return false;
	return stack->frames[at].module;
}

static int name_all(struct fdp_target *target, struct fdp_report *report,
		    const struct fdp_c_stack *stack)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < stack->count; i++)
		if (is_first_of_module(stack, i))
			r = name_in(target, report, stack->frames[i].module,
				    stack);
	return r;
}

/* Inlined calls have no address of their own. */
static bool is_call(const struct fdp_frame *frame)
{
	return frame->kind == FDP_FRAME_NATIVE && !frame->inlined;
}

int fdp_c_stack_of(struct fdp_target *target, struct fdp_report *report,
		   const struct fdp_report_thread *thread,
		   struct fdp_c_stack *ret_stack)
{
	struct fdp_c_stack stack = {
		.frames = fdp_arena_array(&report->arena, FDP_C_STACK_MAX,
					  sizeof(*stack.frames)),
	};
	int r;

	if (!stack.frames)
		return -ENOMEM;
	for (size_t i = fdp_thread_first_shown(thread);
	     i < thread->frame_count && !stack.truncated; i++) {
		/* As far as it goes without a break: whoever reads it there
		 * expects each frame to have been called by the next. */
		if (thread->frames[i].kind == FDP_FRAME_GAP)
			break;
		if (!is_call(&thread->frames[i]))
			continue;
		stack.truncated = stack.count == FDP_C_STACK_MAX;
		if (!stack.truncated)
			stack.frames[stack.count++] = thread->frames[i];
	}
	r = name_all(target, report, &stack);
	if (r == 0)
		*ret_stack = stack;
	return r;
}

static const struct fdp_thread *find_thread(const struct fdp_target *target,
					    pid_t tid)
{
	for (size_t i = 0; i < target->thread_count; i++)
		if (target->threads[i].tid == tid)
			return &target->threads[i];
	return NULL;
}

int fdp_c_stack_read(struct fdp_target *target, struct fdp_report *report,
		     pid_t tid, struct fdp_c_stack *ret_stack)
{
	__attribute__((cleanup(
		unwinder_cleanup))) struct fdp_unwinder *unwinder = NULL;
	const struct fdp_thread *thread = find_thread(target, tid);
	struct fdp_native_stack native = { .tid = tid };
	struct fdp_report_thread whole = { .tid = tid };
	int r;

	if (thread) {
		r = fdp_unwinder_new(target, report, &unwinder);
		if (r < 0)
			return r;
		fdp_unwinder_limit(unwinder,
				   OWN_FRAMES_MAX + FDP_C_STACK_MAX + 1);
		r = fdp_unwind(unwinder, thread, &native);
		if (r == -ENOMEM)
			return r;
	}
	whole.frames = native.frames;
	whole.frame_count = native.frame_count;
	return fdp_c_stack_of(target, report, &whole, ret_stack);
}

void fdp_c_stack_rehearse(struct fdp_target *target, const void *argument)
{
	struct fdp_report report;

	(void)argument;
	memset(&report, 0, sizeof(report));
	fdp_modules_read(target, &report);
	fdp_report_done(&report);
}
