#include "states.h"

#include <errno.h>
#include <string.h>

#include "../base/util.h"

/*
 * Functions of gcmodule.c, gc.c and gc_free_threading.c that run while garbage
 * is collected.  Compilers inline some of them into the others.
 */
static const char *const collectors[] = {
	"collect",	"collect_generations",	  "collect_with_callback",
	"PyGC_Collect", "_PyGC_Collect",	  "_PyGC_CollectNoFail",
	"_Py_RunGC",	"_PyGC_CollectIfEnabled",
};

/* The others begin with this. */
#define COLLECTOR_PREFIX "gc_collect"

/* Without what a compiler has put behind the name: ".constprop.0". */
static bool is_collector(const struct fdp_frame *frame)
{
	const char *name = frame->function;
	size_t length;

	if (frame->kind != FDP_FRAME_NATIVE || !name || !frame->module ||
	    !frame->module->is_interpreter)
		return false;
	if (strncmp(name, COLLECTOR_PREFIX, strlen(COLLECTOR_PREFIX)) == 0)
		return true;
	length = strcspn(name, ".");
	for (size_t i = 0; i < ARRAY_SIZE(collectors); i++)
		if (strlen(collectors[i]) == length &&
		    memcmp(collectors[i], name, length) == 0)
			return true;
	return false;
}

static bool runs_collector(const struct fdp_report_thread *thread)
{
	for (size_t i = 0; i < thread->frame_count; i++)
		if (is_collector(&thread->frames[i]))
			return true;
	return false;
}

static void set_collecting(struct fdp_report *report, int value)
{
	for (size_t i = 0; i < report->thread_count; i++)
		report->threads[i].is_collecting = value;
}

/* The thread that Python lets run, as faulthandler has it; or NULL. */
static struct fdp_report_thread *find_holder(struct fdp_report *report)
{
	for (size_t i = 0; i < report->thread_count; i++)
		if (report->threads[i].holds_gil == 1)
			return &report->threads[i];
	return NULL;
}

/*
 * Whose frames say so; in an interpreter without symbols none do, and then it
 * is the one with the GIL.
 */
static void fill_collecting(struct fdp_report *report)
{
	struct fdp_report_thread *holder = find_holder(report);
	bool found = false;

	if (report->python.gc_collecting != 1) {
		set_collecting(report, report->python.gc_collecting);
		return;
	}
	for (size_t i = 0; i < report->thread_count; i++) {
		report->threads[i].is_collecting =
			runs_collector(&report->threads[i]);
		found = found || report->threads[i].is_collecting;
	}
	if (!found)
		set_collecting(report, holder ? 0 : FDP_UNKNOWN);
	if (!found && holder)
		holder->is_collecting = 1;
}

/* Only who has seen all that Python knows can say what it does not. */
static void fill_foreign(const struct fdp_python *python,
			 struct fdp_report *report)
{
	bool whole = python->found && python->threads_whole;
	long count = 0;

	for (size_t i = 0; i < python->stack_count; i++)
		whole = whole && python->stacks[i].tid;
	for (size_t i = 0; i < report->thread_count; i++) {
		struct fdp_report_thread *thread = &report->threads[i];

		if (thread->python_thread)
			thread->is_foreign = 0;
		else
			thread->is_foreign = whole ? 1 : FDP_UNKNOWN;
		count += thread->is_foreign == 1;
	}
	report->python.foreign_threads = whole ? count : FDP_UNKNOWN;
}

/* Those of THREAD, which stand in the order of its frames.  0 or -ENOMEM. */
static int fill_imports(const struct fdp_imports *imports,
			struct fdp_report *report,
			struct fdp_report_thread *thread)
{
	size_t count = 0;

	for (size_t i = 0; i < imports->count; i++)
		count += imports->all[i].tid == thread->tid;
	if (!count || !thread->tid)
		return 0;
	thread->imports = fdp_arena_array(&report->arena, count,
					  sizeof(*thread->imports));
	if (!thread->imports)
		return -ENOMEM;
	for (size_t i = 0; i < imports->count; i++) {
		const struct fdp_import *import = &imports->all[i];

		if (import->tid == thread->tid && !import->waits)
			thread->imports[thread->import_count++] =
				import->module;
	}
	return 0;
}

int fdp_states_fill(const struct fdp_python *python,
		    const struct fdp_imports *imports,
		    struct fdp_report *report)
{
	int r = 0;

	fill_foreign(python, report);
	fill_collecting(report);
	for (size_t i = 0; r == 0 && i < report->thread_count; i++)
		r = fill_imports(imports, report, &report->threads[i]);
	return r;
}
