#include "analyse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "../native/modules.h"
#include "../native/symbols.h"
#include "../python/python.h"
#include "annotations.h"
#include "cause.h"
#include "handlers.h"
#include "process.h"
#include "subject.h"
#include "threads.h"

/*
 * A program that is not position-independent is linked to an address below
 * this; all others are loaded far above it.
 */
#define FIXED_ADDRESS_END ((uint64_t)1 << 32)

static void symbols_cleanup(struct fdp_symbols **symbols)
{
	fdp_symbols_free(*symbols);
}

static int64_t fact_number(struct fdp_target *target, const char *key)
{
	const char *text;
	char *end;
	long long value;

	if (fdp_target_fact(target, key, &text, NULL) < 0)
		return FDP_UNKNOWN;
	errno = 0;
	value = strtoll(text, &end, 10);
	return errno || end == text || *end || value < 0 ? FDP_UNKNOWN : value;
}

static int fact_text(struct fdp_target *target, struct fdp_report *report,
		     const char *key, const char **ret_text)
{
	const char *text;

	if (fdp_target_fact(target, key, &text, NULL) < 0)
		return 0;
	*ret_text = fdp_arena_strdup(&report->arena, text);
	return *ret_text ? 0 : -ENOMEM;
}

/* What was asked of nobody: who the report is about and when it happened. */
static int fill_head(struct fdp_target *target, struct fdp_report *report)
{
	int r;

	report->kind = "crash";
	report->time_us = fact_number(target, "report/time");
	report->capture.complete = true;
	report->capture.hold_ms = FDP_UNKNOWN;
	report->python.gil_holder_tid = FDP_UNKNOWN;
	report->python.gc_collecting = FDP_UNKNOWN;
	report->python.finalizing = FDP_UNKNOWN;
	r = fact_text(target, report, "report/id", &report->id);
	if (r == 0)
		r = fact_text(target, report, "capture/method",
			      &report->capture.method);
	if (r == 0)
		r = fdp_process_read(target, report);
	return r < 0 ? r : fdp_annotations_fill(target, report);
}

static void fill_registers(const struct fdp_subject *subject,
			   struct fdp_report *report)
{
	if (subject->thread_count == 0 || !subject->threads[0].crashed ||
	    !subject->threads[0].has_registers)
		return;
	report->has_registers = true;
	report->registers = subject->threads[0].registers;
}

static void read_code(struct fdp_target *target, struct fdp_report *report)
{
	ssize_t got;

	if (!report->has_registers)
		return;
	got = fdp_target_read_some(
		target, report->registers.general[FDP_REGISTER_PC],
		report->code_bytes, sizeof(report->code_bytes));
	report->code_byte_count = got > 0 ? (size_t)got : 0;
}

static void fill_python(struct fdp_report *report,
			const struct fdp_python *python)
{
	if (!python->found)
		return;
	report->python.implementation = "CPython";
	report->python.version = python->version;
	report->python.gil_holder_tid = python->gil_holder_tid;
	report->python.gc_collecting = python->gc_collecting;
	report->python.finalizing = python->finalizing;
}

/* Each line of the fact is a reason; it is said last, when all are known. */
static int fill_capture(struct fdp_target *target, struct fdp_report *report)
{
	const char *text;

	if (fdp_target_fact(target, "capture/hold-ms", &text, NULL) == 0) {
		char *end;
		double value = strtod(text, &end);

		if (end != text && value >= 0)
			report->capture.hold_ms = value;
	}
	if (fdp_target_fact(target, "capture/missing", &text, NULL) < 0)
		return 0;
	while (*text) {
		size_t length = strcspn(text, "\n");

		if (length > 0)
			fdp_report_missing(report, "%.*s",
					   length > 1000 ? 1000 : (int)length,
					   text);
		text += length + (text[length] != '\0');
	}
	return 0;
}

/* Of a crash (with what is known of handlers) or of a dump. */
static int name_all(struct fdp_target *target, struct fdp_report *report,
		    uint64_t deadline_ns, const struct fdp_subject *subject,
		    struct fdp_native_stack *stacks, bool crashed)
{
	__attribute__((cleanup(symbols_cleanup))) struct fdp_symbols *symbols =
		NULL;
	int r = fdp_symbols_new(target, report, deadline_ns, &symbols);

	/* In the order of what would be missed, if time is short. */
	if (r == 0 && subject->thread_count > 0 && stacks[0].frame_count > 0)
		r = fdp_symbols_name(symbols, &stacks[0]);
	if (r == 0 && crashed)
		r = fdp_handlers_fill(target, subject, symbols, report);
	for (size_t i = 1; r == 0 && i < subject->thread_count; i++) {
		if (stacks[i].frame_count > 0)
			r = fdp_symbols_name(symbols, &stacks[i]);
	}
	return r;
}

/* The text of the line FRAME stands on; files named <...> do not exist. */
static int read_source(struct fdp_target *target, struct fdp_report *report,
		       struct fdp_frame *frame)
{
	const char *text;
	char *key;

	if (frame->kind != FDP_FRAME_PYTHON || frame->source || !frame->file ||
	    frame->file[0] == '<' || frame->file[0] == '\0' || frame->line < 1)
		return 0;
	if (asprintf(&key, "source/%d/%s", frame->line, frame->file) < 0)
		return -ENOMEM;
	if (fdp_target_fact(target, key, &text, NULL) == 0)
		frame->source = fdp_arena_strdup(&report->arena, text);
	free(key);
	return 0;
}

/* Frames of a recursion stand on the same few lines: copies what is known. */
static bool same_line(const struct fdp_frame *left,
		      const struct fdp_frame *right)
{
	return left->kind == right->kind && left->line == right->line &&
	       left->file && right->file &&
	       (left->file == right->file ||
		strcmp(left->file, right->file) == 0);
}

static int read_sources(struct fdp_target *target, struct fdp_report *report)
{
	const struct fdp_frame *last = NULL;

	for (size_t i = 0; i < report->thread_count; i++) {
		const struct fdp_report_thread *thread = &report->threads[i];

		for (size_t j = 0; j < thread->frame_count; j++) {
			struct fdp_frame *frame = &thread->frames[j];
			int r;

			if (frame->kind != FDP_FRAME_PYTHON)
				continue;
			if (last && same_line(last, frame) && !frame->source)
				frame->source = last->source;
			else if ((r = read_source(target, report, frame)) < 0)
				return r;
			last = frame;
		}
	}
	return 0;
}

/* All that needs the memory of the process. */
static int read_process(struct fdp_target *target, struct fdp_report *report,
			struct fdp_python *python, struct fdp_subject *subject,
			struct fdp_native_stack **ret_stacks)
{
	int r = fdp_modules_read(target, report);

	if (r == 0)
		r = fdp_python_read(target, report, python);
	if (r < 0)
		return r;
	fill_python(report, python);
	r = fdp_threads_unwind(target, report, subject, ret_stacks);
	if (r < 0)
		return r;
	fill_registers(subject, report);
	read_code(target, report);
	return 0;
}

int fdp_analyse(struct fdp_target *target,
		const struct fdp_analysis_hooks *hooks,
		struct fdp_report *report)
{
	struct fdp_native_stack *stacks = NULL;
	struct fdp_python python = { .gil_holder_tid = FDP_UNKNOWN };
	struct fdp_subject subject;
	int r;

	r = fill_head(target, report);
	if (r == 0)
		r = fdp_subject_init(target, report, &subject);
	if (r == 0)
		r = read_process(target, report, &python, &subject, &stacks);
	if (hooks && hooks->captured)
		hooks->captured(hooks->argument);
	if (r == 0)
		r = name_all(target, report, hooks ? hooks->deadline_ns : 0,
			     &subject, stacks, true);
	if (r == 0)
		r = fdp_threads_fill(&subject, report, stacks, &python);
	if (r == 0)
		r = read_sources(target, report);
	if (r == 0)
		r = fdp_cause_find(target, &subject, report);
	return r < 0 ? r : fill_capture(target, report);
}

/* Stacks that have no native frames. */
static int leave_native(const struct fdp_subject *subject,
			struct fdp_report *report,
			struct fdp_native_stack **ret_stacks)
{
	*ret_stacks = fdp_arena_array(&report->arena, subject->thread_count + 1,
				      sizeof(**ret_stacks));
	return *ret_stacks ? 0 : -ENOMEM;
}

/* All that needs the memory of a process that lives. */
static int read_living(struct fdp_target *target,
		       const struct fdp_dump_options *options,
		       struct fdp_subject *subject, struct fdp_report *report,
		       struct fdp_python *python,
		       struct fdp_native_stack **ret_stacks)
{
	int r = fdp_modules_read(target, report);

	if (r == 0)
		r = fdp_python_read(target, report, python);
	if (r < 0)
		return r;
	fill_python(report, python);
	return options->native
		       ? fdp_threads_unwind(target, report, subject, ret_stacks)
		       : leave_native(subject, report, ret_stacks);
}

int fdp_analyse_dump(struct fdp_target *target,
		     const struct fdp_dump_options *options,
		     struct fdp_report *report)
{
	struct fdp_native_stack *stacks = NULL;
	struct fdp_python python = { .gil_holder_tid = FDP_UNKNOWN };
	struct fdp_subject subject;
	int r = fill_head(target, report);

	report->kind = "dump";
	if (r == 0)
		r = fdp_subject_init(target, report, &subject);
	if (r == 0)
		r = read_living(target, options, &subject, report, &python,
				&stacks);
	if (r == 0 && options->native)
		r = name_all(target, report, options->deadline_ns, &subject,
			     stacks, false);
	if (r == 0)
		r = fdp_threads_fill(&subject, report, stacks, &python);
	if (r == 0)
		r = read_sources(target, report);
	return r < 0 ? r : fill_capture(target, report);
}

void fdp_analyse_rehearse(struct fdp_target *target)
{
	struct fdp_python python = { .gil_holder_tid = FDP_UNKNOWN };
	struct fdp_report report;

	memset(&report, 0, sizeof(report));
	if (fdp_modules_read(target, &report) == 0)
		fdp_python_read(target, &report, &python);
	fdp_report_done(&report);
}

static bool same_file(const struct fdp_map *left, const struct fdp_map *right)
{
	return left->inode == right->inode && left->path && right->path &&
	       strcmp(left->path, right->path) == 0;
}

/* The neighbouring mappings of the file that MAP is one of. */
static void fill_module(const struct fdp_target *target,
			const struct fdp_map *map, struct fdp_module *module)
{
	const struct fdp_map *first = map;
	const struct fdp_map *last = map;

	while (first > target->maps && same_file(first - 1, map))
		first--;
	while (last + 1 < target->maps + target->map_count &&
	       same_file(last + 1, map))
		last++;
	module->start = first->start;
	module->end = last->end;
	if (first->start >= FIXED_ADDRESS_END)
		module->bias = first->start - first->offset;
}

/* The module around ADDRESS, by the names in the memory map alone. */
static int add_module(const struct fdp_target *target,
		      struct fdp_report *report, uint64_t address)
{
	const struct fdp_map *map = fdp_target_map(target, address);
	struct fdp_module module = { .start = 0 };
	size_t at = report->module_count;

	if (!map || !map->path || map->path[0] != '/' ||
	    fdp_modules_find(report, address))
		return 0;
	fill_module(target, map, &module);
	module.path = fdp_arena_strdup(&report->arena, map->path);
	if (!module.path)
		return -ENOMEM;
	for (; at > 0 && report->modules[at - 1].start > module.start; at--)
		report->modules[at] = report->modules[at - 1];
	report->modules[at] = module;
	report->module_count++;
	return 0;
}

/* Those of all addresses that the report names. */
static int add_modules(const struct fdp_target *target,
		       const struct fdp_subject *subject,
		       struct fdp_report *report)
{
	int r;

	report->modules =
		fdp_arena_array(&report->arena, 2 + target->foreign_count,
				sizeof(*report->modules));
	if (!report->modules)
		return -ENOMEM;
	r = add_module(target, report,
		       report->registers.general[FDP_REGISTER_PC]);
	if (r == 0)
		r = add_module(target, report, subject->fault.handler);
	for (size_t i = 0; r == 0 && i < target->foreign_count; i++)
		r = add_module(target, report, target->foreign[i].handler);
	return r;
}

static int add_frame(struct fdp_report *report, struct fdp_native_stack *stack)
{
	uint64_t pc = report->registers.general[FDP_REGISTER_PC];

	if (!report->has_registers)
		return 0;
	stack->frames = fdp_arena_alloc(&report->arena, sizeof(*stack->frames));
	if (!stack->frames)
		return -ENOMEM;
	stack->frames[0] = (struct fdp_frame){
		.kind = FDP_FRAME_NATIVE,
		.line = FDP_UNKNOWN,
		.end_line = FDP_UNKNOWN,
		.column = FDP_UNKNOWN,
		.end_column = FDP_UNKNOWN,
		.pc = pc,
		.module = fdp_modules_find(report, pc),
	};
	stack->frame_count = 1;
	return 0;
}

/* What frame 1 says of SUBJECT. */
static int fill_frame(struct fdp_target *target,
		      const struct fdp_subject *subject,
		      struct fdp_report *report)
{
	struct fdp_python python = { .gil_holder_tid = FDP_UNKNOWN };
	struct fdp_native_stack *stacks = fdp_arena_array(
		&report->arena, subject->thread_count + 1, sizeof(*stacks));
	int r = stacks ? add_modules(target, subject, report) : -ENOMEM;

	if (r == 0)
		r = add_frame(report, &stacks[0]);
	if (r == 0)
		r = fdp_threads_fill(subject, report, stacks, &python);
	if (r == 0)
		r = fdp_handlers_fill(target, subject, NULL, report);
	return r < 0 ? r : fdp_cause_find(target, subject, report);
}

int fdp_analyse_frame(struct fdp_target *target, const char *reason,
		      struct fdp_report *report)
{
	struct fdp_subject subject;
	int r = fill_head(target, report);

	if (r == 0)
		r = fdp_subject_init(target, report, &subject);
	if (r < 0)
		return r;
	fdp_subject_believe_noted(target, &subject);
	/* However much was captured, this is all that is used of it. */
	report->capture.method = "frame";
	fdp_report_missing(report, "%s", reason);
	fill_registers(&subject, report);
	r = fill_frame(target, &subject, report);
	return r < 0 ? r : fill_capture(target, report);
}
