#include "analyse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../base/util.h"
#include "../native/modules.h"
#include "../native/symbols.h"
#include "../python/loaded.h"
#include "../python/python.h"
#include "cause.h"
#include "deadlocks.h"
#include "handlers.h"
#include "head.h"
#include "owners.h"
#include "sources.h"
#include "states.h"
#include "subject.h"
#include "task_cycles.h"
#include "threads.h"
#include "waits.h"

static void symbols_cleanup(struct fdp_symbols **symbols)
{
	fdp_symbols_free(*symbols);
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
	report->python.free_threaded = python->free_threaded;
	report->python.gil_holder_tid = python->gil_holder_tid;
	report->python.gc_collecting = python->gc_collecting;
	report->python.finalizing = python->finalizing;
	report->tasks = python->tasks;
	report->greenlets = python->greenlets;
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

/* Modules, and Python with all its threads. */
static int read_python(struct fdp_target *target, struct fdp_report *report,
		       unsigned flags, struct fdp_python *python)
{
	int r = fdp_modules_read(target, report);

	if (r == 0)
		r = fdp_python_read(target, report, flags, python);
	if (r < 0)
		return r;
	fill_python(report, python);
	return fdp_task_cycles_find(report);
}

/* Not a matter of moments, and much to read: after all the rest. */
static int read_loaded(struct fdp_target *target,
		       const struct fdp_python *python,
		       struct fdp_report *report)
{
	return python->main_interpreter
		       ? fdp_loaded_read(target, python->offsets,
					 python->main_interpreter, report)
		       : 0;
}

/* All that needs the memory of the process. */
static int read_process(struct fdp_target *target, struct fdp_report *report,
			unsigned flags, struct fdp_python *python,
			struct fdp_subject *subject,
			struct fdp_native_stack **ret_stacks,
			struct fdp_wait_readings *ret_waits)
{
	int r = read_python(target, report, flags, python);

	if (r == 0)
		r = fdp_threads_unwind(target, report, python, subject,
				       ret_stacks);
	if (r == 0)
		r = fdp_waits_read(target, report, python, ret_waits);
	if (r < 0)
		return r;
	fdp_head_registers(subject, report);
	read_code(target, report);
	return read_loaded(target, python, report);
}

/* When the frames have their names. */
static int fill_waits(struct fdp_target *target,
		      const struct fdp_python *python,
		      const struct fdp_wait_readings *waits,
		      struct fdp_report *report)
{
	int r = fdp_waits_fill(target, waits, report);

	if (r == 0)
		r = fdp_states_fill(python, &waits->imports, report);
	return r < 0 ? r : fdp_deadlocks_find(report);
}

static unsigned flags_of_crash(const struct fdp_analysis_hooks *hooks)
{
	unsigned flags = FDP_PYTHON_EXCEPTIONS | FDP_PYTHON_NAMES |
			 FDP_PYTHON_MAIN_NAME | FDP_PYTHON_TASKS |
			 FDP_PYTHON_ALL_TASKS;

	if (hooks && hooks->locals)
		flags |= FDP_PYTHON_LOCALS;
	if (hooks && hooks->guess_names)
		flags |= FDP_PYTHON_GUESSES;
	return flags;
}

int fdp_analyse(struct fdp_target *target,
		const struct fdp_analysis_hooks *hooks,
		struct fdp_report *report)
{
	struct fdp_native_stack *stacks = NULL;
	struct fdp_python python = { .gil_holder_tid = FDP_UNKNOWN };
	struct fdp_wait_readings waits = { 0 };
	struct fdp_subject subject;
	int r;

	r = fdp_head_fill(target, report);
	if (r == 0)
		r = fdp_subject_init(target, report, &subject);
	if (r == 0)
		r = read_process(target, report, flags_of_crash(hooks), &python,
				 &subject, &stacks, &waits);
	if (hooks && hooks->captured)
		hooks->captured(hooks->argument);
	if (r == 0)
		r = name_all(target, report, hooks ? hooks->deadline_ns : 0,
			     &subject, stacks, true);
	if (r == 0) {
		fdp_owners_settle(&subject, stacks, &python);
		r = fdp_threads_fill(&subject, report, stacks, &python);
	}
	if (r == 0)
		r = fill_waits(target, &python, &waits, report);
	if (r == 0)
		r = fdp_sources_read(target, report);
	if (r == 0)
		r = fdp_cause_find(target, &subject, report);
	return r < 0 ? r : fdp_head_capture(target, report);
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

/* What is on a stack was taken care of; all else was read while it changed. */
static bool was_running(struct fdp_target *target)
{
	const char *method;

	return fdp_target_fact(target, "capture/method", &method, NULL) == 0 &&
	       strcmp(method, "nonblocking") == 0;
}

static unsigned flags_of(struct fdp_target *target,
			 const struct fdp_dump_options *options)
{
	bool exceptions = options->exceptions && !was_running(target);

	return FDP_PYTHON_NAMES | (options->locals ? FDP_PYTHON_LOCALS : 0) |
	       (options->guess_names ? FDP_PYTHON_GUESSES : 0) |
	       (exceptions ? FDP_PYTHON_EXCEPTIONS | FDP_PYTHON_TASKS : 0);
}

/* All that needs the memory of a process that lives. */
static int read_living(struct fdp_target *target,
		       const struct fdp_dump_options *options,
		       struct fdp_subject *subject, struct fdp_report *report,
		       struct fdp_python *python,
		       struct fdp_native_stack **ret_stacks,
		       struct fdp_wait_readings *ret_waits)
{
	/* The process runs again: there is time for it. */
	unsigned flags = flags_of(target, options) | FDP_PYTHON_MAIN_NAME |
			 FDP_PYTHON_ALL_TASKS;
	int r = read_python(target, report, flags, python);

	if (r == 0)
		r = fdp_waits_read(target, report, python, ret_waits);
	if (r < 0)
		return r;
	r = options->native ? fdp_threads_unwind(target, report, python,
						 subject, ret_stacks)
			    : leave_native(subject, report, ret_stacks);
	return r < 0 ? r : read_loaded(target, python, report);
}

int fdp_analyse_dump(struct fdp_target *target,
		     const struct fdp_dump_options *options,
		     struct fdp_report *report)
{
	struct fdp_native_stack *stacks = NULL;
	struct fdp_python python = { .gil_holder_tid = FDP_UNKNOWN };
	struct fdp_wait_readings waits = { 0 };
	struct fdp_subject subject;
	int r = fdp_head_fill(target, report);

	report->kind = "dump";
	if (r == 0)
		r = fdp_subject_init(target, report, &subject);
	if (r == 0)
		r = read_living(target, options, &subject, report, &python,
				&stacks, &waits);
	if (r == 0 && options->native)
		r = name_all(target, report, options->deadline_ns, &subject,
			     stacks, false);
	if (r == 0) {
		fdp_owners_settle(&subject, stacks, &python);
		r = fdp_threads_fill(&subject, report, stacks, &python);
	}
	if (r == 0)
		r = fill_waits(target, &python, &waits, report);
	if (r == 0)
		r = fdp_sources_read(target, report);
	return r < 0 ? r : fdp_head_capture(target, report);
}

/*
 * Before the first stop.  Later it would read what lies behind stacks that have
 * moved, and keep the process waiting for it.
 */
static bool is_rehearsal(const struct fdp_target *target)
{
	return !target->running && target->thread_count > 0 &&
	       !target->threads[0].has_registers;
}

void fdp_analyse_rehearse(struct fdp_target *target, const void *argument)
{
	const struct fdp_dump_options *options = argument;
	struct fdp_wait_readings waits;
	struct fdp_python python = { .gil_holder_tid = FDP_UNKNOWN };
	struct fdp_report report;

	memset(&report, 0, sizeof(report));
	if (read_python(target, &report, flags_of(target, options), &python) ==
		    0 &&
	    is_rehearsal(target))
		fdp_waits_read(target, &report, &python, &waits);
	fdp_report_done(&report);
}
