#include "subject.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "noted.h"

int fdp_subject_init(struct fdp_target *target, struct fdp_report *report,
		     struct fdp_subject *ret_subject)
{
	struct fdp_thread *threads = fdp_arena_array(
		&report->arena, target->thread_count + 1, sizeof(*threads));

	if (!threads)
		return -ENOMEM;
	if (target->thread_count)
		memcpy(threads, target->threads,
		       target->thread_count * sizeof(*threads));
	*ret_subject = (struct fdp_subject){
		.fault = target->fault,
		.threads = threads,
		.thread_count = target->thread_count,
	};
	return 0;
}

/* A thread that /proc did not list. */
static void add_thread(struct fdp_target *target, struct fdp_subject *subject)
{
	struct fdp_thread thread = { .tid = target->noted.tid };
	const char *name;
	char key[48];

	snprintf(key, sizeof(key), "thread/%d/comm", (int)thread.tid);
	if (fdp_target_fact(target, key, &name, NULL) == 0)
		snprintf(thread.name, sizeof(thread.name), "%s", name);
	subject->threads[subject->thread_count++] = thread;
}

static size_t find_thread(const struct fdp_subject *subject, pid_t tid)
{
	size_t i = 0;

	while (i < subject->thread_count && subject->threads[i].tid != tid)
		i++;
	return i;
}

/* The thread at index AT becomes the first, and its stack, if there are any. */
static void move_to_front(struct fdp_subject *subject,
			  struct fdp_native_stack *stacks, size_t at)
{
	struct fdp_thread thread = subject->threads[at];

	memmove(&subject->threads[1], &subject->threads[0],
		at * sizeof(thread));
	subject->threads[0] = thread;
	if (stacks) {
		struct fdp_native_stack stack = stacks[at];

		memmove(&stacks[1], &stacks[0], at * sizeof(stack));
		stacks[0] = stack;
	}
}

static void take_noted(struct fdp_target *target,
		       struct fdp_native_stack *stacks,
		       struct fdp_subject *subject)
{
	const struct fdp_noted_fault *noted = &target->noted;
	size_t at = find_thread(subject, noted->tid);
	uint64_t thread_pointer;

	if (at == subject->thread_count)
		add_thread(target, subject);
	subject->threads[0].crashed = false;
	move_to_front(subject, stacks, at);
	thread_pointer = subject->threads[0].registers.thread_pointer;
	subject->threads[0].crashed = true;
	subject->threads[0].registers = noted->registers;
	subject->threads[0].registers.thread_pointer = thread_pointer;
	subject->threads[0].has_registers = true;
	subject->fault = noted->fault;
	/* glibc has one, and it is about an abort(). */
	if (noted->fault.signal == SIGABRT)
		subject->fault.abort_message = target->fault.abort_message;
	subject->is_noted = true;
}

int fdp_subject_prefer_noted(struct fdp_target *target,
			     struct fdp_native_stack *stacks,
			     struct fdp_subject *subject)
{
	size_t at = find_thread(subject, target->noted.tid);
	struct fdp_noted_place place;

	if (!fdp_noted_holds(target,
			     at < subject->thread_count ? &stacks[at] : NULL,
			     &place))
		return 0;
	take_noted(target, stacks, subject);
	subject->handler_context = place.context;
	return !place.is_on_stack;
}

void fdp_subject_believe_noted(struct fdp_target *target,
			       struct fdp_subject *subject)
{
	struct fdp_noted_place place;

	if (target->noted.present &&
	    (!target->noted.deferred || fdp_noted_holds(target, NULL, &place)))
		take_noted(target, NULL, subject);
}

size_t fdp_subject_handler_frames(const struct fdp_subject *subject,
				  const struct fdp_frame *frames, size_t count)
{
	for (size_t i = 0; subject->handler_context && i < count; i++) {
		if (frames[i].is_signal_return &&
		    frames[i].stack_low == subject->handler_context)
			return i + 1;
	}
	return 0;
}
