#include "analyse.h"

#include <errno.h>
#include <string.h>

#include "../native/modules.h"
#include "cause.h"
#include "handlers.h"
#include "head.h"
#include "subject.h"
#include "threads.h"

/*
 * A program that is not position-independent is linked to an address below
 * this; all others are loaded far above it.
 */
#define FIXED_ADDRESS_END ((uint64_t)1 << 32)

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
	int r = fdp_head_fill(target, report);

	if (r == 0)
		r = fdp_subject_init(target, report, &subject);
	if (r < 0)
		return r;
	fdp_subject_believe_noted(target, &subject);
	/* However much was captured, this is all that is used of it. */
	report->capture.method = "frame";
	fdp_report_missing(report, "%s", reason);
	fdp_head_registers(&subject, report);
	r = fill_frame(target, &subject, report);
	return r < 0 ? r : fdp_head_capture(target, report);
}
