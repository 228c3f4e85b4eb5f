#include "handlers.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "../native/modules.h"
#include "cause.h"
#include "cause_internal.h"
#include "noted.h"

struct handlers {
	struct fdp_target *target;
	const struct fdp_subject *subject;
	struct fdp_symbols *symbols;
	struct fdp_report *report;
};

/* The symbol that begins at FRAME's pc; inlined calls come before it. */
static int find_name(struct handlers *handlers, struct fdp_frame *frame,
		     const char **ret_name)
{
	struct fdp_native_stack stack = { .frames = frame, .frame_count = 1 };
	const struct fdp_frame *last;
	int r;

	if (!handlers->symbols)
		return 0;
	r = fdp_symbols_name(handlers->symbols, &stack);
	if (r < 0 || stack.frame_count == 0)
		return r;
	last = &stack.frames[stack.frame_count - 1];
	if (last->offset == 0)
		*ret_name = last->function;
	return 0;
}

static int find_handler(struct handlers *handlers, uint64_t address,
			struct fdp_handler *ret_handler)
{
	struct fdp_frame frame = { .kind = FDP_FRAME_NATIVE,
				   .pc = address,
				   .exact_pc = true };

	ret_handler->address = address;
	ret_handler->module = fdp_modules_find(handlers->report, address);
	frame.module = ret_handler->module;
	return address ? find_name(handlers, &frame, &ret_handler->function)
		       : 0;
}

/* "`f` of m.so", "m.so+0x1234", "0x1234". */
static void write_name(const struct fdp_handler *handler,
		       char name[static FDP_CAUSE_NAME_SIZE])
{
	const struct fdp_frame frame = { .kind = FDP_FRAME_NATIVE,
					 .pc = handler->address,
					 .function = handler->function,
					 .module = handler->module };

	fdp_cause_name(&frame, name);
}

/* Behind "had the signal first": the last signal was an error of its own. */
static void failed_words(const struct fdp_fault *last, const char *signal,
			 char *buffer, size_t size)
{
	const char *code = fdp_signal_code_name(last->signal, last->code);
	char address[32] = "";

	if (fdp_cause_has_address(last))
		snprintf(address, sizeof(address), " at address 0x%llx",
			 (unsigned long long)last->address);
	snprintf(buffer, size, ", and failed itself: %s (%s)%s", signal,
		 code ? code : "code not known", address);
}

static void sent_words(const struct handlers *handlers, const char *signal,
		       char *buffer, size_t size)
{
	const struct fdp_target *target = handlers->target;
	const struct fdp_fault *last = &target->fault;
	char thread[48] = "";

	if (target->threads[0].tid != handlers->subject->threads[0].tid)
		snprintf(thread, sizeof(thread), ", which thread %ld got",
			 (long)target->threads[0].tid);
	if (!fdp_noted_is_own_signal(target))
		snprintf(buffer, size,
			 ", and had not given up when %s came from elsewhere "
			 "(process %ld)",
			 signal, (long)last->sender_pid);
	else if (last->signal == handlers->subject->fault.signal)
		snprintf(buffer, size, ", gave up and sent %s again%s", signal,
			 thread);
	else
		snprintf(buffer, size, ", gave up and sent %s%s", signal,
			 thread);
}

static void aborted_words(const struct fdp_fault *last, char *buffer,
			  size_t size)
{
	int length;
	const char *message = fdp_cause_message(last, &length);

	snprintf(buffer, size, ", and the process aborted (SIGABRT)%s%.*s",
		 length ? ": " : "", length, length ? message : "");
}

/* What came of it that a handler had the fault first. */
static void outcome_words(const struct handlers *handlers, char *buffer,
			  size_t size)
{
	const struct fdp_fault *first = &handlers->subject->fault;
	const struct fdp_fault *last = &handlers->target->fault;
	const char *signal = fdp_signal_name(last->signal);

	signal = signal ? signal : "another signal";
	if (last->code > 0 && handlers->target->noted.deferred)
		snprintf(buffer, size,
			 " and returned, and the instruction failed again");
	else if (last->code > 0)
		failed_words(last, signal, buffer, size);
	else if (last->signal == SIGABRT && first->signal != SIGABRT &&
		 last->code == SI_TKILL)
		aborted_words(last, buffer, size);
	else
		sent_words(handlers, signal, buffer, size);
}

static int fill_first(struct handlers *handlers)
{
	struct fdp_report *report = handlers->report;
	uint64_t address = handlers->subject->fault.handler;
	char outcome[2 * FDP_CAUSE_WORDS_SIZE];
	char name[FDP_CAUSE_NAME_SIZE];
	int r = find_handler(handlers, address, &report->handler);

	if (r < 0)
		return r;
	write_name(&report->handler, name);
	if (handlers->subject->is_noted) {
		outcome_words(handlers, outcome, sizeof(outcome));
		report->handler_text = fdp_arena_printf(
			&report->arena,
			"The program's handler %s had the signal first%s.",
			name, outcome);
	} else {
		report->handler_text = fdp_arena_printf(
			&report->arena,
			"The program's own handler of SIGABRT%s%s%s returned; "
			"abort() then ended the process.",
			address ? " (" : "", address ? name : "",
			address ? ")" : "");
	}
	return report->handler_text ? 0 : -ENOMEM;
}

static int fill_foreign(struct handlers *handlers)
{
	static const char *const actions[] = { "default", "ignore" };
	const struct fdp_target *target = handlers->target;
	struct fdp_report *report = handlers->report;
	int r = 0;

	report->foreign =
		fdp_arena_array(&report->arena, target->foreign_count + 1,
				sizeof(*report->foreign));
	if (!report->foreign)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < target->foreign_count; i++) {
		const struct fdp_foreign_action *action = &target->foreign[i];
		struct fdp_foreign_handler *foreign = &report->foreign[i];

		foreign->signal = action->signal;
		foreign->name = fdp_signal_name(action->signal);
		foreign->action = action->handler < 2 ? actions[action->handler]
						      : "handler";
		if (action->handler >= 2)
			r = find_handler(handlers, action->handler,
					 &foreign->handler);
	}
	report->foreign_count = target->foreign_count;
	return r;
}

int fdp_handlers_fill(struct fdp_target *target,
		      const struct fdp_subject *subject,
		      struct fdp_symbols *symbols, struct fdp_report *report)
{
	struct handlers handlers = { target, subject, symbols, report };
	int r = 0;

	/* The handler of a note that did not hold is not told of. */
	if (subject->is_noted || subject->fault.handler_returned)
		r = fill_first(&handlers);
	return r < 0 ? r : fill_foreign(&handlers);
}
