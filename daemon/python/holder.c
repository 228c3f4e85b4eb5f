/* Who holds the GIL that a report speaks of. */
#include "reader.h"

#include "gil.h"

/* What the GIL of one interpreter says. */
struct gil {
	bool known, held;
	uint64_t holder; /* a thread state */
};

/* Free-threaded builds have one that nobody takes unless it is asked for. */
static bool is_gil_enabled(struct fdp_python_reader *reader, uint64_t gil)
{
	uint32_t field = reader->runtime.offsets.gil.enabled;
	uint32_t enabled;

	return field == FDP_ABSENT ||
	       (fdp_target_read_u32(reader->target, gil + field, &enabled) ==
			0 &&
		enabled);
}

/* 3.12 on: an interpreter points to its GIL, which several may share. */
static struct gil read_interpreter_gil(struct fdp_python_reader *reader,
				       uint64_t interpreter)
{
	const struct fdp_python_offsets *offsets = &reader->runtime.offsets;
	struct gil gil = { 0 };
	uint64_t address;
	uint32_t locked;

	if (fdp_reader_word(reader, interpreter, offsets->interpreter.gil,
			    &address) < 0 ||
	    !is_gil_enabled(reader, address) ||
	    fdp_target_read_u32(reader->target, address + offsets->gil.locked,
				&locked) < 0 ||
	    fdp_reader_word(reader, address, offsets->gil.holder, &gil.holder) <
		    0)
		return gil;
	/* -1 before it was ever taken. */
	gil.known = locked <= 1 || locked == UINT32_MAX;
	gil.held = locked == 1;
	return gil;
}

int fdp_reader_add_gil(struct fdp_python_reader *reader, uint64_t interpreter)
{
	uint64_t address;

	if (fdp_reader_word(reader, interpreter,
			    reader->runtime.offsets.interpreter.gil,
			    &address) < 0 ||
	    !address || !is_gil_enabled(reader, address))
		return 0;
	return fdp_gils_add(reader->target, reader->report,
			    &reader->runtime.offsets, address,
			    &reader->python->gils);
}

/* Up to 3.11: the thread state that is current, which is the one with the GIL.
 */
static struct gil read_runtime_gil(struct fdp_python_reader *reader)
{
	const struct fdp_runtime *runtime = &reader->runtime;
	struct gil gil = { 0 };

	if (runtime->offsets.roots.interpreters)
		gil.known =
			runtime->roots.current_thread &&
			fdp_reader_word(reader, runtime->roots.current_thread,
					0, &gil.holder) == 0;
	else
		gil.known =
			fdp_reader_word(reader, runtime->address,
					runtime->offsets.runtime.current_thread,
					&gil.holder) == 0;
	gil.held = gil.holder != 0;
	return gil;
}

static void set_gil(struct fdp_python_reader *reader, struct gil gil)
{
	const struct fdp_thread *thread =
		gil.held ? fdp_table_find(&reader->states, gil.holder, 0)
			 : NULL;

	reader->python->gil_known = gil.known && (!gil.held || thread);
	reader->python->gil_holder_tid = thread ? thread->tid : FDP_UNKNOWN;
}

/* True if the crashed thread is among the stacks from index FIRST on. */
static bool has_crashed(const struct fdp_python_reader *reader, size_t first)
{
	const struct fdp_target *target = reader->target;

	for (size_t i = first; i < reader->python->stack_count; i++) {
		if (target->thread_count &&
		    reader->python->stacks[i].tid == target->threads[0].tid)
			return true;
	}
	return false;
}

void fdp_reader_decide_gil(struct fdp_python_reader *reader,
			   uint64_t interpreter, size_t first)
{
	if (reader->gil_decided ||
	    reader->runtime.offsets.interpreter.gil == FDP_ABSENT)
		return;
	set_gil(reader, read_interpreter_gil(reader, interpreter));
	reader->gil_decided = has_crashed(reader, first);
}

void fdp_reader_decide_only_gil(struct fdp_python_reader *reader)
{
	if (reader->runtime.offsets.interpreter.gil == FDP_ABSENT)
		set_gil(reader, read_runtime_gil(reader));
}
