#include "python.h"

#include "../native/dynamic.h"
#include "code.h"
#include "gil.h"
#include "greenlets.h"
#include "reader.h"
#include "strays.h"
#include "tasks.h"
#include "thread_names.h"

uint64_t fdp_reader_next(struct fdp_python_reader *reader, uint64_t address,
			 uint32_t field)
{
	uint64_t next;

	if (fdp_reader_word(reader, address, field, &next) == 0)
		return next;
	reader->python->threads_whole = false;
	return 0;
}

int fdp_reader_may_read(struct fdp_python_reader *reader, uint64_t address,
			size_t limit, const char *what)
{
	int r = 0;

	if (reader->seen.used < limit)
		r = fdp_table_add(&reader->seen, address, 0, reader);
	if (r == 0) {
		reader->python->threads_whole = false;
		fdp_report_missing(reader->report, FDP_LIST_DAMAGED, what);
	}
	return r;
}

static void read_collecting(struct fdp_python_reader *reader, uint64_t base,
			    uint32_t field)
{
	uint32_t collecting;

	if (field == FDP_ABSENT ||
	    fdp_target_read_u32(reader->target, base + field, &collecting) < 0)
		return;
	if (collecting == 1)
		reader->python->gc_collecting = 1;
	else if (collecting)
		return; /* not the field that it should be */
	else if (reader->python->gc_collecting == FDP_UNKNOWN)
		reader->python->gc_collecting = 0;
}

/*
 * Threads, collector and GIL of one interpreter.  1; 0 if the list ends here;
 * -ENOMEM.
 */
static int read_interpreter(struct fdp_python_reader *reader,
			    uint64_t interpreter)
{
	const struct fdp_python_offsets *offsets = &reader->runtime.offsets;
	size_t first = reader->python->stack_count;
	int r = fdp_reader_may_read(reader, interpreter,
				    FDP_PYTHON_THREADS_MAX +
					    FDP_PYTHON_INTERPRETERS_MAX,
				    "interpreters");

	if (r <= 0)
		return r;
	r = fdp_reader_threads(reader, interpreter);
	if (r < 0)
		return r;
	read_collecting(reader, interpreter,
			offsets->interpreter.gc_collecting);
	r = fdp_reader_add_gil(reader, interpreter);
	if (r < 0)
		return r;
	fdp_reader_decide_gil(reader, interpreter, first);
	return 1;
}

static int read_interpreters(struct fdp_python_reader *reader)
{
	const struct fdp_python_offsets *offsets = &reader->runtime.offsets;
	uint64_t base = reader->runtime.address;
	uint64_t interpreter;
	uint32_t field = offsets->runtime.interpreters_head;
	int r = 1;

	while (r > 0 && (interpreter = fdp_reader_next(reader, base, field))) {
		/* The first that was made is the last in the list. */
		reader->python->main_interpreter = interpreter;
		r = read_interpreter(reader, interpreter);
		base = interpreter;
		field = offsets->interpreter.next;
	}
	if (r < 0)
		return r;
	fdp_reader_decide_only_gil(reader);
	if (offsets->runtime.gil != FDP_ABSENT)
		r = fdp_gils_add(reader->target, reader->report, offsets,
				 reader->runtime.address + offsets->runtime.gil,
				 &reader->python->gils);
	fdp_gils_know_holders(&reader->python->gils, &reader->states);
	return r < 0 ? r : 0;
}

/* What is said of the process and not of an interpreter. */
static void read_process(struct fdp_python_reader *reader)
{
	const struct fdp_python_offsets *offsets = &reader->runtime.offsets;
	const struct fdp_roots *roots = &reader->runtime.roots;
	uint64_t finalizing, importing;

	if (roots->importing &&
	    fdp_reader_word(reader, roots->importing, 0, &importing) == 0 &&
	    importing != UINT64_MAX)
		reader->python->import_thread = importing;
	if (roots->collecting)
		read_collecting(reader, roots->collecting, 0);
	read_collecting(reader, reader->runtime.address,
			offsets->runtime.gc_collecting);
	if ((roots->finalizing &&
	     fdp_reader_word(reader, roots->finalizing, 0, &finalizing) == 0) ||
	    fdp_reader_word(reader, reader->runtime.address,
			    offsets->runtime.finalizing, &finalizing) == 0)
		reader->python->finalizing = finalizing != 0;
}

static int read_state(struct fdp_python_reader *reader)
{
	const struct fdp_python_offsets *offsets = &reader->runtime.offsets;
	struct fdp_python *python = reader->python;
	int r;

	python->found = python->threads_whole = true;
	python->version = reader->runtime.version;
	python->major = offsets->major;
	python->minor = offsets->minor;
	python->free_threaded = offsets->free_threaded;
	python->runtime_address = reader->runtime.address;
	python->interpreter = reader->runtime.module;
	reader->runtime.module->is_interpreter = true;
	read_process(reader);
	r = read_interpreters(reader);
	if (r == 0)
		r = fdp_strays_cut(reader->target, reader->report, offsets,
				   python);
	/* Not before: it may have been moved. */
	python->offsets = (const void *)fdp_arena_copy(&reader->report->arena,
						       (const char *)offsets,
						       sizeof(*offsets));
	return r == 0 && !python->offsets ? -ENOMEM : r;
}

/* Only of versions whose CFrames have to be looked at with it. */
static void find_evaluation(struct fdp_python_reader *reader)
{
	struct fdp_frame_reader *frames = &reader->frames;

	if (frames->offsets->cframe.frame == FDP_ABSENT ||
	    fdp_dynamic_symbol(reader->target, reader->runtime.module,
			       "_PyEval_EvalFrameDefault", &frames->evaluation,
			       &frames->evaluation_size) < 0)
		frames->evaluation = 0;
}

static int read_found(struct fdp_python_reader *reader, unsigned flags)
{
	int r = fdp_reader_know_threads(reader);

	if (r < 0)
		return r;
	r = fdp_frame_reader_open(reader->target, &reader->runtime.offsets,
				  reader->report, &reader->frames);
	if (r < 0)
		return r;
	find_evaluation(reader);
	if (flags & FDP_PYTHON_LOCALS)
		r = fdp_locals_new(reader->target, &reader->runtime.offsets,
				   reader->report, &reader->frames.locals);
	if (r == 0 && (flags & FDP_PYTHON_GUESSES))
		r = fdp_class_names_new(reader->target,
					&reader->runtime.offsets,
					reader->report, &reader->frames.names);
	if (r == 0 && (flags & FDP_PYTHON_EXCEPTIONS))
		r = fdp_exception_reader_new(
			reader->target, &reader->runtime.offsets,
			reader->report, reader->frames.codes,
			reader->frames.names, &reader->exceptions);
	if (r < 0)
		return r;
	r = read_state(reader);
	if (r == 0 && (flags & FDP_PYTHON_NAMES))
		r = fdp_thread_names_read(reader->target, reader->report,
					  flags & FDP_PYTHON_MAIN_NAME,
					  reader->python);
	if (r == 0 && (flags & FDP_PYTHON_TASKS))
		r = fdp_tasks_read(reader, flags & FDP_PYTHON_ALL_TASKS);
	if (r == 0 && (flags & FDP_PYTHON_TASKS))
		r = fdp_greenlets_read(reader, flags & FDP_PYTHON_ALL_TASKS);
	return r;
}

int fdp_python_read(struct fdp_target *target, struct fdp_report *report,
		    unsigned flags, struct fdp_python *ret_python)
{
	struct fdp_python_reader reader = {
		.target = target,
		.report = report,
		.python = ret_python,
	};
	int r;

	*ret_python = (struct fdp_python){
		.gil_holder_tid = FDP_UNKNOWN,
		.gc_collecting = FDP_UNKNOWN,
		.finalizing = FDP_UNKNOWN,
	};
	r = fdp_runtime_find(target, report, &reader.runtime);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = read_found(&reader, flags);
	fdp_locals_free(reader.frames.locals);
	fdp_class_names_free(reader.frames.names);
	fdp_exception_reader_free(reader.exceptions);
	fdp_codes_free(reader.frames.codes);
	fdp_table_done(&reader.known);
	fdp_table_done(&reader.states);
	fdp_table_done(&reader.seen);
	return r;
}
